#include "drivers/simulator/weather.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace exhaust::simulator {

namespace {

double wave(double at_s, double period_s, double phase) {
  return std::sin(2 * std::numbers::pi * (at_s / period_s + phase));
}

}  // namespace

WeatherReading weather_at(double at_s) {
  WeatherReading weather;
  weather.wind_speed_m_s = 2.0 + 1.2 * wave(at_s, 610, 0.1) + 0.4 * wave(at_s, 47, 0);
  weather.wind_direction_deg = 180.0 + 60.0 * wave(at_s, 1800, 0) + 15.0 * wave(at_s, 90, 0.3);
  weather.temperature_c = 22.0 + 6.0 * wave(at_s, 86400, 0) + 0.3 * wave(at_s, 700, 0);
  weather.humidity_percent = 55.0 - 15.0 * wave(at_s, 86400, 0);
  weather.pressure_hpa = 1013.25 + 4.0 * wave(at_s, 43200, 0.2);
  return weather;
}

std::array<std::uint16_t, kWeatherRegisters> weather_registers(const WeatherReading& weather) {
  std::array<std::uint16_t, kWeatherRegisters> registers{};
  std::size_t at = 0;
  for (const auto& value : {weather.wind_speed_m_s, weather.wind_direction_deg, weather.temperature_c,
                            weather.humidity_percent, weather.pressure_hpa}) {
    const auto number = value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
    const auto bits = std::bit_cast<std::uint32_t>(number);
    registers[at++] = static_cast<std::uint16_t>(bits);  // CDAB: low word first
    registers[at++] = static_cast<std::uint16_t>(bits >> 16);
  }
  return registers;
}

}  // namespace exhaust::simulator
