#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

struct ModbusSettings {
  Endpoint endpoint;
  std::uint8_t unit_id = 1;
  ModbusProfile profile;
  CountSource count = CountSource::kNone;
};

}  // namespace exhaust
