#pragma once

#include "daemon/core/result.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/passage.pb.h"

/// Readings as messages, and back: what passages hold of them, and what a capture keeps of those that still wait.
namespace exhaust::assembly {

v1::Plume to_message(const PlumeReading& plume);
v1::Smoke to_message(const SmokeReading& smoke);
v1::Weather to_message(const WeatherReading& weather);

v1::ReadingState to_message(const Reading& reading);
/// The same reading again, pictures too. Error: kDamaged.
Result<Reading> from_message(const v1::ReadingState& state);

/// Nanoseconds of the monotonic clock and microseconds of UTC, as captures have them.
std::int64_t to_ns(MonotonicTime time);
std::int64_t to_us(WallTime time);
/// Error: kDamaged, when it cannot be a stamp of a running system: a window added to it would overflow.
Result<MonotonicTime> monotonic_from_ns(std::int64_t ns);
/// Error: kDamaged, outside the years 1970 to 9999.
Result<WallTime> wall_from_us(std::int64_t us);

}  // namespace exhaust::assembly
