#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/core/result.hpp"

namespace exhaust {

/// Orders, joins and times out; never shown, never stored.
using MonotonicTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
/// A point that is passed down, not a duration that starts again at each level.
using Deadline = MonotonicTime;
/// UTC, as data. Deadlines never use it.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Where time comes from, so that tests and replays can move it by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime monotonic() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime monotonic() const override;
  WallTime wall() const override;
};

class ManualClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return monotonic_; }
  WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    monotonic_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by);
  }

 private:
  MonotonicTime monotonic_{std::chrono::hours{1}};
  WallTime wall_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
};

/// China Standard Time has had no summer time since 1991; the national dictionary's text fields use it.
inline constexpr std::chrono::hours kChinaUtcOffset{8};

/// "2026-11-23T10:02:11.123456Z"
std::string to_rfc3339(WallTime time);
/// Accepts an offset ("+08:00" or "Z") and up to microseconds. A text without an offset is a settings error.
Result<WallTime> from_rfc3339(std::string_view text);
/// yyyyMMddHHmmss at UTC+8, as in record numbers (networking.md 1).
std::string to_china_compact(std::chrono::sys_seconds time);

/// "250ms", "5s", "10min", "2h", "30d". Error: kSettings, with what is expected.
Result<Duration> parse_duration(std::string_view text);
/// "250 ms", "1.5 s", "183 s", "30 min", "2 h 5 min", "3 d 4 h": for sentences. REQUIRES: not negative.
std::string stretch_of_time(double seconds);

}  // namespace exhaust
