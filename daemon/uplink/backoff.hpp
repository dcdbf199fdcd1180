#pragma once

#include <algorithm>
#include <random>
#include <utility>

#include "daemon/core/time.hpp"

namespace exhaust::uplink {

/// Exponential with full jitter: a thousand stations that lost the same platform do not come back together.
class Backoff {
 public:
  Backoff(Duration first, Duration most) : first_(first), most_(most), ceiling_(first) {}

  /// Somewhere between nothing and a ceiling that doubles each time, up to `most`.
  Duration next() {
    const auto ceiling = std::exchange(ceiling_, std::min(most_, ceiling_ * 2));
    std::uniform_int_distribution<Duration::rep> anything{0, std::max<Duration::rep>(1, ceiling.count())};
    return Duration{anything(random_)};
  }
  void reset() { ceiling_ = first_; }

 private:
  Duration first_, most_, ceiling_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace exhaust::uplink
