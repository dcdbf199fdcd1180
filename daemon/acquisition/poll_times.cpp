#include "daemon/acquisition/poll_times.hpp"

#include <algorithm>
#include <vector>

namespace exhaust::acquisition {

void PollTimes::add(Duration took) {
  const double seconds = std::chrono::duration<double>(took).count();
  ++count_;
  sum_s_ += seconds;
  ++buckets_[static_cast<std::size_t>(std::ranges::lower_bound(kBounds_s, seconds) - kBounds_s.begin())];
  last_s_.push_back(seconds);
  if (last_s_.size() > kRemembered) last_s_.pop_front();
}

std::optional<double> PollTimes::quantile_s(double share) const {
  if (last_s_.empty()) return std::nullopt;
  std::vector<double> sorted(last_s_.begin(), last_s_.end());
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  std::ranges::nth_element(sorted, sorted.begin() + place);
  return sorted[static_cast<std::size_t>(place)];
}

}  // namespace exhaust::acquisition
