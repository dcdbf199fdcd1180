#include "drivers/modbus/conditions.hpp"

#include <algorithm>

namespace exhaust::modbus {

namespace {

std::optional<std::int64_t> code_in(std::span<const Block> blocks, const RegisterField& field,
                                    const ModbusProfile& profile) {
  const auto words = find_words(blocks, field, profile);
  if (words.empty()) return std::nullopt;
  return static_cast<std::int64_t>(decode_raw(words, field));  // at most 32 bits: exact
}

std::string word_of(const CodeWords& words, std::int64_t code) {
  const auto found = words.find(code);
  return found == words.end() ? "code " + std::to_string(code) : found->second;
}

bool measures(const StateField& state, std::optional<std::int64_t> code) {
  if (state.measuring.empty()) return true;
  if (!code || !state.words.contains(*code)) return false;
  return std::ranges::find(state.measuring, state.words.at(*code)) != state.measuring.end();
}

bool normal(const AlarmField& alarm, std::optional<std::int64_t> code) {
  return !code || std::ranges::find(alarm.normal, *code) != alarm.normal.end();
}

std::string alarm_text(const AlarmField& alarm, std::int64_t code) {
  const auto& name = alarm.where.quantity;
  if (alarm.words.contains(code)) return name + ": " + alarm.words.at(code);
  if (normal(alarm, code)) return name + ": off";
  const bool flag = alarm.where.type == RegisterType::kBits && alarm.where.first_bit == alarm.where.last_bit;
  return name + (flag ? ": on" : ": on, code " + std::to_string(code));
}

}  // namespace

Conditions::Change Conditions::look(std::span<const Block> blocks) {
  states_.resize(profile_.states.size());
  alarms_.resize(profile_.alarms.size());
  Change change;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto& state = profile_.states[i];
    const auto code = code_in(blocks, state.where, profile_);
    if (!code || code == states_[i]) continue;
    const bool first = !states_[i];
    states_[i] = code;
    if (!state.words.empty() && !state.words.contains(*code)) ++change.unknown_states;
    const bool measuring = measures(state, code);
    if (first && measuring) continue;
    change.notices.push_back({"state", state.where.quantity + ": " + word_of(state.words, *code) +
                                           (measuring ? "" : ", not measuring")});
  }
  for (std::size_t i = 0; i < alarms_.size(); ++i) {
    const auto& alarm = profile_.alarms[i];
    const auto code = code_in(blocks, alarm.where, profile_);
    if (!code || code == alarms_[i]) continue;
    const bool was_normal = normal(alarm, alarms_[i]);
    alarms_[i] = code;
    // From one normal value to another nothing has happened.
    if (was_normal && normal(alarm, code)) continue;
    change.notices.push_back({"error_status", alarm_text(alarm, *code)});
  }
  return change;
}

bool Conditions::measuring() const {
  for (std::size_t i = 0; i < profile_.states.size(); ++i) {
    if (!measures(profile_.states[i], i < states_.size() ? states_[i] : std::nullopt)) return false;
  }
  return true;
}

std::map<std::string, std::optional<std::string>> read_identities(std::span<const Block> blocks,
                                                                  const ModbusProfile& profile) {
  std::map<std::string, std::optional<std::string>> found;
  for (const auto& identity : profile.identities) {
    const auto words = find_words(blocks, identity.where, profile);
    if (words.empty()) continue;
    auto& value = found[identity.where.quantity];
    if (identity.where.type == RegisterType::kString) {
      value = decode_text(words, identity.where.order);
    } else if (identity.where.type == RegisterType::kU64) {
      value = std::to_string(decode_bits(words, identity.where.order));
    } else {
      value = std::to_string(static_cast<std::int64_t>(decode_raw(words, identity.where)));
    }
  }
  return found;
}

Result<void> check_identities(const std::map<std::string, std::optional<std::string>>& found,
                              const ModbusProfile& profile) {
  for (const auto& identity : profile.identities) {
    if (!identity.expect) continue;
    const auto& name = identity.where.quantity;
    const auto value = found.find(name);
    if (value != found.end() && value->second == identity.expect) continue;
    const bool text = value != found.end() && value->second;
    return fail(ErrorKind::kSettings, "says " + name + (text ? " '" + *value->second + "'" : " in no readable text") +
                                          ", but profile '" + profile.name + "' expects '" + *identity.expect +
                                          "': another device is there, or it needs another profile");
  }
  return {};
}

}  // namespace exhaust::modbus
