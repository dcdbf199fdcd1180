#include "daemon/acquisition/device_clock.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace exhaust::acquisition {

namespace {

using namespace std::chrono_literals;

constexpr auto kBetweenPoints = 10min;
constexpr std::size_t kMostPoints = 144;  ///< a day
constexpr auto kDriftNeeds = 1h;
constexpr std::size_t kDriftNeedsPoints = 4;
constexpr double kStep_s = 1.0;  ///< a larger jump between two points is a step, not drift
/// Back again only well within the limit, or noise at the limit would be told again and again.
constexpr double kBackWithin = 0.8;

double seconds(std::chrono::microseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

DeviceClock::News DeviceClock::look(WallTime device_time, WallTime arrived) {
  // Our own clock may have been set back since.
  const bool burst = last_sample_ && arrived >= *last_sample_ && arrived - *last_sample_ < kBetweenSamples;
  if (burst) return News::kNone;
  last_sample_ = arrived;
  // As doubles: the difference of two absurd times does not fit their type.
  offsets_s_.push_back(seconds(device_time.time_since_epoch()) - seconds(arrived.time_since_epoch()));
  if (offsets_s_.size() > kSamples) offsets_s_.pop_front();
  const auto offset = offset_s();
  if (!offset) return News::kNone;
  remember_for_drift(*offset, arrived);
  const bool was_off = off_;
  off_ = beyond(*offset, was_off ? kBackWithin : 1.0);
  if (off_ == was_off) return News::kNone;
  return off_ ? News::kOff : News::kBack;
}

bool DeviceClock::beyond(double offset_s, double part_of_limit) const {
  const double limit = limit_s_ * part_of_limit;
  return offset_s > limit || offset_s < -(limit + kUsualDelay_s);
}

std::optional<double> DeviceClock::offset_s() const {
  if (offsets_s_.size() < kFewest) return std::nullopt;
  std::vector<double> sorted(offsets_s_.begin(), offsets_s_.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

void DeviceClock::remember_for_drift(double offset_s, WallTime arrived) {
  if (!points_.empty()) {
    const auto& last = points_.back();
    if (std::abs(offset_s - last.offset_s) > kStep_s || arrived < last.at) points_.clear();
    else if (arrived - last.at < kBetweenPoints) return;
  }
  points_.push_back({arrived, offset_s});
  if (points_.size() > kMostPoints) points_.pop_front();
}

std::optional<double> DeviceClock::drift_s_per_day() const {
  if (points_.size() < kDriftNeedsPoints || points_.back().at - points_.front().at < kDriftNeeds) return std::nullopt;
  double mean_day = 0, mean_offset = 0;
  const auto day = [&](const Point& point) { return seconds(point.at - points_.front().at) / 86400.0; };
  for (const auto& point : points_) {
    mean_day += day(point);
    mean_offset += point.offset_s;
  }
  mean_day /= static_cast<double>(points_.size());
  mean_offset /= static_cast<double>(points_.size());
  double over = 0, under = 0;
  for (const auto& point : points_) {
    over += (day(point) - mean_day) * (point.offset_s - mean_offset);
    under += (day(point) - mean_day) * (day(point) - mean_day);
  }
  return over / under;  // the points' times differ
}

std::string DeviceClock::words() const {
  const auto offset = offset_s().value_or(0);
  return stretch_of_time(std::abs(offset)) + (offset < 0 ? " behind ours" : " ahead of ours");
}

}  // namespace exhaust::acquisition
