#include "drivers/modbus/plan.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace exhaust::modbus {

namespace {

/// States and alarms; those that stand in the slots, or those that do not.
std::vector<RegisterField> conditions(const ModbusProfile& profile, bool of_slots) {
  std::vector<RegisterField> found;
  const auto take = [&](const RegisterField& field) {
    if (in_slot(profile, field) == of_slots) found.push_back(field);
  };
  for (const auto& state : profile.states) take(state.where);
  for (const auto& alarm : profile.alarms) take(alarm.where);
  return found;
}

std::vector<RegisterField> joined(std::vector<RegisterField> fields, const std::vector<RegisterField>& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::vector<RegisterField> identity_fields(const ModbusProfile& profile) {
  std::vector<RegisterField> found;
  for (const auto& identity : profile.identities) found.push_back(identity.where);
  return found;
}

bool covers(const PlannedRead& read, const RegisterField& field, const ModbusProfile& profile) {
  return read.function == function_of(profile, field) && field.address >= read.range.first &&
         end_of(field) <= static_cast<std::size_t>(read.range.first) + read.range.count;
}

std::vector<std::string> names_in(const PlannedRead& read, const std::vector<RegisterField>& fields,
                                  const ModbusProfile& profile) {
  std::vector<std::string> names;
  for (const auto& field : fields) {
    if (covers(read, field, profile)) names.push_back(field.quantity);
  }
  return names;
}

}  // namespace

std::vector<PlannedRead> plan(std::span<const RegisterField> fields, const ModbusProfile& profile) {
  std::vector<const RegisterField*> sorted;
  for (const auto& field : fields) sorted.push_back(&field);
  std::ranges::sort(sorted, {}, [&](const RegisterField* field) {
    return std::pair(function_of(profile, *field), field->address);
  });
  std::vector<PlannedRead> reads;
  for (const auto* field : sorted) {
    const auto function = function_of(profile, *field);
    if (!reads.empty() && reads.back().function == function) {
      auto& range = reads.back().range;
      const std::size_t end = static_cast<std::size_t>(range.first) + range.count;
      const std::size_t count = std::max(end, end_of(*field)) - range.first;
      const bool near = field->address <= end + profile.gap_fill;
      const bool allowed = field->address <= end || !touches_forbidden(profile, end, field->address);
      if (near && allowed && count <= profile.most_registers) {
        range.count = static_cast<std::uint16_t>(count);
        continue;
      }
    }
    reads.push_back({function, {field->address, static_cast<std::uint16_t>(word_count(*field))}});
  }
  return reads;
}

PollPlan plan_poll(const ModbusProfile& profile) {
  PollPlan plans;
  plans.identity = plan(identity_fields(profile), profile);
  const auto device_conditions = conditions(profile, false);
  if (!profile.handshake) {
    plans.values = plan(joined(profile.fields, device_conditions), profile);
    return plans;
  }
  plans.counter = plan({&*profile.handshake, 1}, profile);
  if (profile.slots > 1) {
    plans.watch = plan(joined({*profile.handshake}, device_conditions), profile);
    return plans;
  }
  const auto needed = joined(profile.fields, {*profile.handshake});
  for (const auto& read : plan(joined(needed, device_conditions), profile)) {
    const auto covered = [&](const RegisterField& field) { return covers(read, field, profile); };
    if (!std::ranges::all_of(needed, covered)) continue;
    plans.atomic = true;
    plans.values = {read};
    std::vector<RegisterField> elsewhere;
    std::ranges::remove_copy_if(device_conditions, std::back_inserter(elsewhere), covered);
    plans.watch = plan(elsewhere, profile);
    return plans;
  }
  plans.watch = plan(joined({*profile.handshake}, device_conditions), profile);
  plans.values = plan(profile.fields, profile);
  return plans;
}

PlannedRead slot_read(const ModbusProfile& profile) {
  const auto fields = joined(profile.fields, conditions(profile, true));
  std::size_t first = 65536, end = 0;
  for (const auto& field : fields) {
    first = std::min<std::size_t>(first, field.address);
    end = std::max(end, end_of(field));
  }
  return {function_of(profile, fields.front()),
          {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(end - first)}};
}

SlotRequest plan_slots(const ModbusProfile& profile, std::uint64_t first, std::uint64_t last) {
  const auto slot = slot_read(profile);
  const std::size_t stride = profile.slot_stride;
  const std::size_t place = first % profile.slots;
  const std::size_t start = slot.range.first + place * stride;
  const auto most = std::min<std::uint64_t>(last - first + 1, profile.slots - place);
  std::size_t count = 1;
  // Between two slots there may be registers that nobody needs: the same rule as between two fields.
  while (count < most && stride - slot.range.count <= profile.gap_fill &&
         count * stride + slot.range.count <= profile.most_registers &&
         !touches_forbidden(profile, start + (count - 1) * stride + slot.range.count, start + count * stride)) {
    ++count;
  }
  return {{slot.function,
           {static_cast<std::uint16_t>(start), static_cast<std::uint16_t>((count - 1) * stride + slot.range.count)}},
          first,
          static_cast<std::uint16_t>(count)};
}

Block cut_slot(const ModbusProfile& profile, const Block& read, std::uint64_t number) {
  const auto slot = slot_read(profile);
  const std::size_t start = slot.range.first + number % profile.slots * profile.slot_stride;
  if (read.function != slot.function || start < read.first ||
      start + slot.range.count > read.first + read.words.size()) {
    return {slot.function, slot.range.first, {}};
  }
  const auto words = std::span(read.words).subspan(start - read.first, slot.range.count);
  return {slot.function, slot.range.first, Registers(words.begin(), words.end())};
}

std::vector<PlannedRequest> describe_plan(const ModbusProfile& profile) {
  const auto plans = plan_poll(profile);
  auto fields = joined(profile.fields, joined(conditions(profile, false), conditions(profile, true)));
  auto watched = conditions(profile, false);
  std::vector<RegisterField> counter;
  if (profile.handshake) {
    counter.push_back(*profile.handshake);
    counter.back().quantity = "handshake";
  }
  std::vector<PlannedRequest> requests;
  const auto add = [&](const char* when, const std::vector<PlannedRead>& reads, const std::vector<RegisterField>& of) {
    for (const auto& read : reads) requests.push_back({when, read, names_in(read, of, profile)});
  };
  add("at opening", plans.identity, identity_fields(profile));
  add("each poll", plans.watch, joined(counter, watched));
  const bool each_poll = plans.atomic || !profile.handshake;
  add(each_poll ? "each poll" : "new measurement", plans.values, joined(counter, fields));
  if (profile.slots > 1) {
    const auto slots = plan_slots(profile, 0, profile.slots - 1u);
    add("new measurement", {slots.read}, fields);
    requests.back().fields.push_back(std::to_string(slots.count) + " of " + std::to_string(profile.slots) + " slots");
  }
  if (profile.handshake && !plans.atomic) add("after reading", plans.counter, counter);
  return requests;
}

}  // namespace exhaust::modbus
