#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "daemon/core/time.hpp"

/// When a device is asked, and when it is tried again. Pure.
namespace exhaust::acquisition {

struct Beat {
  MonotonicTime due;
  std::uint64_t missed = 0;
};

/// The beat after the one that was planned for `planned`: counted from the plan, never from when the work was done, so
/// that the beat does not drift. Beats that have passed by `now` are missed, not caught up.
inline Beat next_beat(MonotonicTime planned, Duration period, MonotonicTime now) {
  auto due = planned + period;
  if (due >= now) return {due, 0};
  const auto missed = (now - due + period - Duration{1}) / period;
  return {due + missed * period, static_cast<std::uint64_t>(missed)};
}

/// Waits between attempts: doubling up to a limit, each between half and the whole of it, so that devices that were lost
/// together (a switch, a gateway) do not come back together, and none is ever tried without a pause.
class Backoff {
 public:
  Backoff(Duration first, Duration most, std::uint64_t seed) : first_(first), most_(std::max(first, most)), ceiling_(first), random_(seed) {}

  Duration next() {
    const auto ceiling = std::exchange(ceiling_, std::min(most_, ceiling_ * 2));
    std::uniform_int_distribution<Duration::rep> upper_half{ceiling.count() / 2, ceiling.count()};
    return Duration{upper_half(random_)};
  }
  void reset() { ceiling_ = first_; }
  void to_limit() { ceiling_ = most_; }

 private:
  Duration first_, most_, ceiling_;
  std::mt19937_64 random_;
};

}  // namespace exhaust::acquisition
