#include "drivers/device_counter.hpp"

#include <algorithm>

namespace exhaust {

DeviceCounter::News DeviceCounter::look(std::uint64_t current) {
  News news;
  const bool ran_over = last_ && current < *last_ && runs_over_ > *last_ && runs_over_ - *last_ + current <= kMostOver;
  if (!last_ || (current < *last_ && !ran_over)) {
    news.restarted = last_.has_value();
    last_ = current;
    return news;
  }
  const auto ahead = ran_over ? runs_over_ - *last_ + current : current - *last_;
  if (ahead > history_) {
    news.lost = ahead - history_;
    last_ = current >= history_ ? current - history_ : runs_over_ + current - history_;
  }
  news.first = current + 1 - std::min(ahead, history_);
  news.last = current;
  return news;
}

}  // namespace exhaust
