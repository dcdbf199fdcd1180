#pragma once

#include <array>
#include <cstdint>

#include "drivers/reading.hpp"

namespace exhaust::simulator {

/// The weather `at_s` seconds of simulated time after the start: slow waves, never a jump, always plausible.
WeatherReading weather_at(double at_s);

/// The station of devices.md 3.1: unit 1, FC03, registers 0..9, five f32 in CDAB order.
inline constexpr std::uint8_t kWeatherUnit = 1;
inline constexpr std::size_t kWeatherRegisters = 10;

/// The registers as words: wind speed m/s, direction deg, temperature degC, humidity %, pressure hPa.
std::array<std::uint16_t, kWeatherRegisters> weather_registers(const WeatherReading& weather);

}  // namespace exhaust::simulator
