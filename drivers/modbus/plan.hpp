#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/modbus/map.hpp"
#include "drivers/modbus_profile.hpp"

/// Which registers to ask for, and in how many requests. Pure. REQUIRES throughout: a checked profile.
namespace exhaust::modbus {

struct PlannedRead {
  RegisterFunction function = RegisterFunction::kInput;
  RegisterRange range;
  bool operator==(const PlannedRead&) const = default;
};

/// The fewest requests for these fields: neighbours together, a gap only where the profile lets it be filled and nothing
/// in it is forbidden, none longer than the device allows.
std::vector<PlannedRead> plan(std::span<const RegisterField> fields, const ModbusProfile& profile);

/// What is asked when. Of a device with slots `values` is empty: see `plan_slots`.
struct PollPlan {
  std::vector<PlannedRead> identity;  ///< when the device is opened
  std::vector<PlannedRead> watch;     ///< each poll: the handshake counter, states and alarms that are not among the values
  std::vector<PlannedRead> values;    ///< a measurement, when there is a new one
  std::vector<PlannedRead> counter;   ///< the handshake counter alone, after the values
  /// One request brings counter and values, so nothing can change between them.
  bool atomic = false;
};
PollPlan plan_poll(const ModbusProfile& profile);

/// The registers of one slot, at its place in slot 0, gaps included.
PlannedRead slot_read(const ModbusProfile& profile);

/// Consecutive measurements that one request brings.
struct SlotRequest {
  PlannedRead read;
  std::uint64_t first = 0;  ///< number of the first measurement
  std::uint16_t count = 0;  ///< measurements
};
/// The first request of those for the measurements `first` to `last`: as many as stand side by side and fit.
SlotRequest plan_slots(const ModbusProfile& profile, std::uint64_t first, std::uint64_t last);
/// Cuts measurement `number` out of what was read from the slots. Empty: it is not in there.
Block cut_slot(const ModbusProfile& profile, const Block& read, std::uint64_t number);

/// One line of the plan, for a person: `exhaustctl device plan NAME`.
struct PlannedRequest {
  std::string when;  ///< "at opening", "each poll", "new measurement", "after reading"
  PlannedRead read;
  std::vector<std::string> fields;
};
/// All requests of a device in their order; the slots are shown by the request for a full one, slot 0 first.
std::vector<PlannedRequest> describe_plan(const ModbusProfile& profile);

}  // namespace exhaust::modbus
