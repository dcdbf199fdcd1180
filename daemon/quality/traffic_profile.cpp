#include "daemon/quality/traffic_profile.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace exhaust::quality {

TrafficProfile::TrafficProfile(const SanitySettings& settings, WallTime now)
    : settings_(settings), hour_(std::chrono::floor<std::chrono::hours>(now)) {}

/// The first of 1970 was a Thursday.
std::size_t TrafficProfile::hour_of_week() const {
  constexpr std::int64_t kThursday = 3 * 24, kWeek = 7 * 24;
  const auto local = (hour_.time_since_epoch() + kChinaUtcOffset).count() + kThursday;
  return static_cast<std::size_t>(((local % kWeek) + kWeek) % kWeek);
}

TrafficProfile::News TrafficProfile::hour_ends(std::string& detail) {
  auto& cell = cells_[hour_of_week()];
  const auto passages = std::exchange(count_, 0);
  const bool whole = std::exchange(whole_, true);
  hour_ += std::chrono::hours{1};
  if (!whole) return News::kNone;

  const double seen = passages, usual = cell.mean, factor = settings_.traffic_factor;
  const bool known = factor != 0 && cell.weeks >= settings_.traffic_weeks;
  const bool far = known && std::abs(seen - usual) >= settings_.traffic_least &&
                   (seen > usual * factor || seen * factor < usual);
  if (cell.weeks < kMostWeeks) ++cell.weeks;
  cell.mean += static_cast<float>((seen - usual) / cell.weeks);
  char text[96];
  std::snprintf(text, sizeof text, "%u passages in the hour, %.0f are usual", passages, usual);
  detail = text;
  if (!known || far == unusual_) return News::kNone;
  unusual_ = far;
  return far ? News::kUnusual : News::kUsual;
}

void TrafficProfile::clock_set(WallTime now) {
  hour_ = std::chrono::floor<std::chrono::hours>(now);
  count_ = 0;
  whole_ = false;
}

void TrafficProfile::save(v1::SanityState& state) const {
  state.set_hour(hour_.time_since_epoch().count());
  state.set_hour_count(count_);
  state.set_hour_whole(whole_);
  state.set_unusual(unusual_);
}

void TrafficProfile::restore(const v1::SanityState& state) {
  constexpr std::int64_t kLast = 70'389'527;  // of the year 9999
  hour_ = std::chrono::sys_time<std::chrono::hours>{
      std::chrono::hours{std::clamp<std::int64_t>(state.hour(), 0, kLast)}};
  count_ = state.hour_count();
  whole_ = state.hour_whole();
  unusual_ = state.unusual();
}

void TrafficProfile::save(v1::Learnt& learnt) const {
  for (const auto& cell : cells_) {
    learnt.add_hour_means(cell.mean);
    learnt.add_hour_weeks(cell.weeks);
  }
}

void TrafficProfile::restore(const v1::Learnt& learnt) {
  cells_ = {};
  if (learnt.hour_means_size() != static_cast<int>(kHours) ||
      learnt.hour_weeks_size() != static_cast<int>(kHours))
    return;
  for (std::size_t i = 0; i < kHours; ++i) {
    const auto mean = learnt.hour_means(static_cast<int>(i));
    if (!std::isfinite(mean) || mean < 0) continue;
    cells_[i] = {mean, static_cast<std::uint8_t>(
                           std::min<std::uint32_t>(learnt.hour_weeks(static_cast<int>(i)), kMostWeeks))};
  }
}

}  // namespace exhaust::quality
