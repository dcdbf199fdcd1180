#include "drivers/simulator/weather.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "drivers/frame/crc16.hpp"

namespace exhaust::simulator {

namespace {

constexpr std::size_t kRequest = 8;
constexpr std::uint8_t kReadHolding = 0x03;
constexpr std::uint8_t kIllegalFunction = 1;
constexpr std::uint8_t kIllegalAddress = 2;
constexpr std::uint8_t kIllegalValue = 3;

double wave(double at_s, double period_s, double phase) {
  return std::sin(2 * std::numbers::pi * (at_s / period_s + phase));
}

void finish(Bytes& frame) {
  const auto crc = crc16_modbus(frame);
  frame.push_back(static_cast<std::uint8_t>(crc));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
}

Bytes exception(std::uint8_t function, std::uint8_t code) {
  Bytes frame{WeatherStation::kUnit, static_cast<std::uint8_t>(function | 0x80), code};
  finish(frame);
  return frame;
}

Bytes answer(ByteView request, const WeatherReading& weather) {
  const auto function = request[1];
  const std::size_t first = (std::size_t{request[2]} << 8) | request[3];
  const std::size_t count = (std::size_t{request[4]} << 8) | request[5];
  if (function != kReadHolding) return exception(function, kIllegalFunction);
  if (count == 0 || count > 125) return exception(function, kIllegalValue);
  if (first + count > WeatherStation::kRegisters) return exception(function, kIllegalAddress);
  Bytes frame{WeatherStation::kUnit, kReadHolding, static_cast<std::uint8_t>(2 * count)};
  const auto registers = weather_registers(weather);
  for (std::size_t i = first; i < first + count; ++i) {
    frame.push_back(static_cast<std::uint8_t>(registers[i] >> 8));
    frame.push_back(static_cast<std::uint8_t>(registers[i]));
  }
  finish(frame);
  return frame;
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

std::array<std::uint16_t, WeatherStation::kRegisters> weather_registers(const WeatherReading& weather) {
  std::array<std::uint16_t, WeatherStation::kRegisters> registers{};
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

Bytes WeatherStation::answers(ByteView received, const WeatherReading& weather) {
  waiting_.insert(waiting_.end(), received.begin(), received.end());
  Bytes out;
  std::size_t at = 0;
  while (waiting_.size() - at >= kRequest) {
    const auto window = ByteView(waiting_).subspan(at, kRequest);
    if (window[0] != kUnit || crc16_modbus(window) != 0) {
      ++at;
      continue;
    }
    const auto frame = answer(window, weather);
    out.insert(out.end(), frame.begin(), frame.end());
    at += kRequest;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

}  // namespace exhaust::simulator
