#pragma once

#include "drivers/device_settings.hpp"

namespace exhaust::modbus {

inline RegisterField field(std::string quantity, std::uint16_t address, RegisterType type = RegisterType::kU16,
                           WordOrder order = WordOrder::kABCD) {
  RegisterField made;
  made.quantity = std::move(quantity);
  made.address = address;
  made.type = type;
  made.order = order;
  return made;
}

/// 智翔宇 station (devices.md 3.1).
inline ModbusProfile weather_profile() {
  ModbusProfile profile;
  profile.name = "weather";
  profile.reading = ModbusProfile::Reading::kWeather;
  profile.function = RegisterFunction::kHolding;
  std::uint16_t address = 0;
  for (const char* word :
       {"wind_speed_m_s", "wind_direction_deg", "temperature_c", "humidity_percent", "pressure_hpa"}) {
    profile.fields.push_back(
        field(word, address, RegisterType::kF32, WordOrder::kCDAB));
    address = static_cast<std::uint16_t>(address + 2);
  }
  return profile;
}

/// The simulated analyser: 64 measurements of history.
inline ModbusProfile analyser_profile() {
  ModbusProfile profile;
  profile.name = "analyser";
  profile.handshake = field("handshake", 0, RegisterType::kU32);
  profile.slots = 64;
  profile.slot_stride = 16;
  profile.fields = {field("vehicle_number", 100, RegisterType::kU32),
                    field("co2_excess_percent", 102, RegisterType::kF32),
                    field("co_per_co2", 104, RegisterType::kF32),
                    field("hc_per_co2", 106, RegisterType::kF32),
                    field("no_per_co2", 108, RegisterType::kF32),
                    field("no2_per_co2", 110, RegisterType::kF32),
                    field("co_r2", 112, RegisterType::kF32),
                    field("samples", 114),
                    field("measurement_check", 115)};
  return profile;
}

}  // namespace exhaust::modbus
