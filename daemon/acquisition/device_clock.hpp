#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "daemon/core/time.hpp"

namespace exhaust::acquisition {

/// A device's clock compared with ours. Joining never uses a device's clock, so one that is minutes off disturbs nothing
/// but the picture's stamp; it is said all the same. Pure.
///
/// A reading's stamp is older than its arrival by what the device and the line take, so a clock may seem up to
/// `kUsualDelay` more behind than the limit. Of a burst (a history that is sent late) only one reading counts.
class DeviceClock {
 public:
  explicit DeviceClock(Duration limit) : limit_s_(std::chrono::duration<double>(limit).count()) {}

  static constexpr std::size_t kSamples = 15;     ///< the offset is the median of so many
  static constexpr std::size_t kFewest = 3;       ///< before so many nothing is said
  static constexpr double kUsualDelay_s = 1.0;    ///< [A]
  static constexpr Duration kBetweenSamples = std::chrono::seconds{1};

  enum class News { kNone, kOff, kBack };
  /// A reading that carries the device's time.
  News look(WallTime device_time, WallTime arrived);

  /// Device's minus ours, seconds; negative: behind.
  std::optional<double> offset_s() const;
  /// Positive: it gains. Only after an hour without a step.
  std::optional<double> drift_s_per_day() const;
  bool off() const { return off_; }
  double limit_s() const { return limit_s_; }
  /// "183 s behind ours"; REQUIRES: an offset.
  std::string words() const;

 private:
  bool beyond(double offset_s, double part_of_limit) const;
  void remember_for_drift(double offset_s, WallTime arrived);

  struct Point {
    WallTime at;
    double offset_s;
  };

  double limit_s_;
  std::deque<double> offsets_s_;
  std::optional<WallTime> last_sample_;
  std::deque<Point> points_;  ///< medians, some minutes apart
  bool off_ = false;
};

}  // namespace exhaust::acquisition
