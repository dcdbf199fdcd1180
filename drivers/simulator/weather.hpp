#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/core/bytes.hpp"
#include "drivers/reading.hpp"

namespace exhaust::simulator {

/// The weather `at_s` seconds of simulated time after the start: slow waves, never a jump, always plausible.
WeatherReading weather_at(double at_s);

/// The Modbus RTU side of the station of devices.md 3.1: unit 1, FC03, registers 0..9, five f32 in CDAB order.
/// Finds requests in a stream of bytes and answers them; noise is skipped byte by byte. Pure: no I/O.
class WeatherStation {
 public:
  static constexpr std::uint8_t kUnit = 1;
  static constexpr std::size_t kRegisters = 10;

  /// The answers to the requests that are now complete, to be sent one after the other.
  Bytes answers(ByteView received, const WeatherReading& weather);
  /// The line was silent for longer than 3.5 characters: what is half a request never becomes one.
  void silence() { waiting_.clear(); }

 private:
  Bytes waiting_;  ///< at most seven bytes between two calls
};

/// The registers as words: wind speed m/s, direction deg, temperature degC, humidity %, pressure hPa.
std::array<std::uint16_t, WeatherStation::kRegisters> weather_registers(const WeatherReading& weather);

}  // namespace exhaust::simulator
