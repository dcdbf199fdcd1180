#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"
#include "drivers/modbus_profile.hpp"

namespace exhaust {

/// Of Modbus TCP: whether a gateway echoes the transaction number of the request. One that does not can only be told
/// apart by what its answers look like, as on a serial line.
enum class TransactionId { kChecked, kIgnored };

/// How a line is used; the same for all devices on it.
struct ModbusLine {
  TransactionId transaction_id = TransactionId::kChecked;
  Duration extra_pause{};  ///< between two frames on a serial line, beyond 3.5 characters
  bool operator==(const ModbusLine&) const = default;
};

/// When one device of a line is left alone, so that the others keep their rate.
struct ModbusPatience {
  /// After a time-out on a line without transaction numbers: for so long this device is not asked, and what it says
  /// is a late answer. Absent: one response time-out.
  std::optional<Duration> late_answer_guard;
  unsigned silent_after = 3;  ///< time-outs in a row until it counts as silent
  /// How often a silent device is asked again. Absent: 25 response time-outs, so that it costs the line 4 %.
  std::optional<Duration> probe_period;
};

struct ModbusSettings {
  Endpoint endpoint;
  ModbusLine line;
  ModbusPatience patience;
  std::uint8_t unit_id = 1;
  ModbusProfile profile;
  CountSource count = CountSource::kNone;
};

}  // namespace exhaust
