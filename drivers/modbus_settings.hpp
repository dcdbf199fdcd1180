#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust {

enum class RegisterType { kU16, kI16, kU32, kI32, kF32, kF64 };
/// A is the most significant byte (devices.md 2).
enum class WordOrder { kABCD, kCDAB, kBADC, kDCBA };
enum class RegisterFunction : std::uint8_t { kHolding = 3, kInput = 4 };

/// One quantity in a device's registers.
struct RegisterField {
  std::string quantity;  ///< a word of the reading: co_per_co2, wind_speed_m_s, vehicle_number, ...
  std::uint16_t address = 0;  ///< 0-based; with slots: where it stands in slot 0
  RegisterType type = RegisterType::kU16;
  WordOrder order = WordOrder::kABCD;
  double scale = 1.0;
  double offset = 0.0;
  std::vector<double> not_available;        ///< raw values that mean "no value"; NaN always does
  std::optional<double> valid_min, valid_max;  ///< after scaling; outside is "no value", counted
};

/// A device model's register map: config/devices/*.toml.
struct ModbusProfile {
  enum class Reading { kPlume, kSmoke, kWeather };
  std::string name;
  Reading reading = Reading::kPlume;
  RegisterFunction function = RegisterFunction::kInput;
  std::vector<RegisterField> fields;
  /// A counter that changes when a measurement is complete. Without one, each poll delivers a reading.
  std::optional<RegisterField> handshake;
  /// Devices that keep a history: measurement n stands in slot n % slots, `slot_stride` registers each.
  std::uint16_t slots = 1;
  std::uint16_t slot_stride = 0;
};

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
