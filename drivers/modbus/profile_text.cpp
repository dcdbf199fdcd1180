#include "drivers/modbus/profile_text.hpp"

#include <charconv>
#include <string_view>

namespace exhaust::modbus {

namespace {

/// The shortest text that is read as the same number.
std::string shown(double number) {
  char text[40];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), number);
  return {text, end};
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

template <class List, class Show>
std::string list(const List& items, Show show) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ", ") + show(item);
  return "[" + out + "]";
}

class Writer {
 public:
  explicit Writer(const ModbusProfile& profile) : profile_(profile) {}

  std::string all() {
    line("profile", quoted(profile_.name));
    line("reading", quoted(to_string(profile_.reading)));
    line("function", quoted(to_string(profile_.function)));
    line("address_base", "0");
    if (profile_.slots > 1) {
      line("slots", std::to_string(profile_.slots));
      line("slot_stride", std::to_string(profile_.slot_stride));
    }
    if (profile_.most_registers != kMostRegisters) line("most_registers", std::to_string(profile_.most_registers));
    if (profile_.gap_fill != 0) line("gap_fill", std::to_string(profile_.gap_fill));
    if (!profile_.forbidden.empty()) {
      line("forbidden", list(profile_.forbidden, [](const auto& range) {
             return "[" + std::to_string(range.first) + ", " + std::to_string(range.second) + "]";
           }));
    }
    if (profile_.handshake) {
      text_ += "\n[handshake]\n";
      place(*profile_.handshake);
    }
    for (const auto& field : profile_.fields) quantity(field);
    for (const auto& state : profile_.states) {
      named("state", state.where);
      codes(state.words);
      if (!state.measuring.empty()) line("measuring", list(state.measuring, [](const auto& word) { return quoted(word); }));
    }
    for (const auto& alarm : profile_.alarms) {
      named("alarm", alarm.where);
      codes(alarm.words);
      line("normal", list(alarm.normal, [](auto code) { return std::to_string(code); }));
    }
    for (const auto& identity : profile_.identities) {
      named("identity", identity.where);
      if (!identity.expect) continue;
      line("expect", identity.where.type == RegisterType::kString ? quoted(*identity.expect) : *identity.expect);
    }
    return std::move(text_);
  }

 private:
  void line(std::string_view key, const std::string& value) { text_ += std::string(key) + " = " + value + "\n"; }

  void place(const RegisterField& field) {
    line("address", std::to_string(field.address));
    if (field.function) line("function", quoted(to_string(*field.function)));
    line("type", quoted(to_string(field.type)));
    if (field.type == RegisterType::kString || field.type == RegisterType::kBits) {
      line("length", std::to_string(field.length));
    }
    if (field.type == RegisterType::kBits) {
      line("bits", "[" + std::to_string(field.first_bit) + ", " + std::to_string(field.last_bit) + "]");
    }
    if (word_count(field) > 1 || field.order != WordOrder::kABCD) line("order", quoted(to_string(field.order)));
  }

  void named(const char* key, const RegisterField& field) {
    text_ += std::string("\n[[") + key + "]]\n";
    line("name", quoted(field.quantity));
    place(field);
  }

  void quantity(const RegisterField& field) {
    text_ += "\n[[field]]\n";
    line("quantity", quoted(field.quantity));
    place(field);
    const double scale = field.scale * field.unit_factor;
    const double offset = field.offset * field.unit_factor + field.unit_shift;
    if (scale != 1.0) line("scale", shown(scale));
    if (offset != 0.0) line("offset", shown(offset));
    if (!field.not_available.empty()) line("not_available", list(field.not_available, shown));
    if (field.valid_min && field.valid_max) {
      const auto own = [&](double value) { return shown(value * field.unit_factor + field.unit_shift); };
      line("valid", "[" + own(*field.valid_min) + ", " + own(*field.valid_max) + "]");
    }
  }

  void codes(const CodeWords& words) {
    if (words.empty()) return;
    std::string all;
    for (const auto& [code, word] : words) all += (all.empty() ? "" : ", ") + std::to_string(code) + " = " + quoted(word);
    line("enum", "{" + all + "}");
  }

  const ModbusProfile& profile_;
  std::string text_;
};

}  // namespace

std::string to_toml(const ModbusProfile& profile) { return Writer(profile).all(); }

}  // namespace exhaust::modbus
