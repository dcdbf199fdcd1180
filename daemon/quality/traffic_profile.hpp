#pragma once

#include <array>
#include <optional>
#include <string>

#include "daemon/quality/quality_settings.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust::quality {

/// How many vehicles go by in each hour of the week (UTC+8, Monday 00:00 first), learnt over weeks. Hours
/// that were not seen whole, or in which the lane could not measure for a while, are neither judged nor
/// learnt.
class TrafficProfile {
 public:
  enum class News { kNone, kUnusual, kUsual };

  /// `now` lies in an hour whose beginning was not seen.
  TrafficProfile(const SanitySettings& settings, WallTime now);

  void count() { ++count_; }
  /// The lane cannot measure: this hour says nothing.
  void spoil() { whole_ = false; }
  /// When the hour that runs ends.
  WallTime hour_end() const { return WallTime{hour_ + std::chrono::hours{1}}; }
  /// The hour is over. `detail` gets the numbers compared.
  News hour_ends(std::string& detail);
  /// The clock says another hour than ours: it was set.
  void clock_set(WallTime now);
  bool in_hour(WallTime now) const { return std::chrono::floor<std::chrono::hours>(now) == hour_; }

  bool unusual() const { return unusual_; }

  void save(v1::SanityState& state) const;
  void restore(const v1::SanityState& state);
  void save(v1::Learnt& learnt) const;
  void restore(const v1::Learnt& learnt);

 private:
  static constexpr std::size_t kHours = 168;
  static constexpr std::uint8_t kMostWeeks = 8;  ///< so long a change of traffic takes to become usual

  struct Cell {
    float mean = 0;
    std::uint8_t weeks = 0;
  };
  std::size_t hour_of_week() const;

  const SanitySettings& settings_;
  std::array<Cell, kHours> cells_{};
  std::chrono::sys_time<std::chrono::hours> hour_;
  std::uint32_t count_ = 0;
  bool whole_ = false;
  bool unusual_ = false;
};

}  // namespace exhaust::quality
