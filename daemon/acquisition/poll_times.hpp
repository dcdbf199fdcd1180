#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "daemon/core/time.hpp"

namespace exhaust::acquisition {

/// How long polls took: all of them in a histogram, the last ones exactly. Pure.
class PollTimes {
 public:
  /// Upper bounds in seconds; above the last one there is one more bucket.
  static constexpr std::array kBounds_s{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0};
  using Buckets = std::array<std::uint64_t, kBounds_s.size() + 1>;
  static constexpr std::size_t kRemembered = 128;

  void add(Duration took);
  std::uint64_t count() const { return count_; }
  double sum_s() const { return sum_s_; }
  const Buckets& buckets() const { return buckets_; }  ///< each by itself, not cumulative
  /// Of the last `kRemembered`; `share` 0..1. Absent: none yet.
  std::optional<double> quantile_s(double share) const;

 private:
  std::uint64_t count_ = 0;
  double sum_s_ = 0;
  Buckets buckets_{};
  std::deque<double> last_s_;
};

}  // namespace exhaust::acquisition
