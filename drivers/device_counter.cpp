#include "drivers/device_counter.hpp"

namespace exhaust {

DeviceCounter::News DeviceCounter::look(std::uint64_t current) {
  News news;
  if (!last_ || current < *last_) {
    news.restarted = last_.has_value();
    last_ = current;
    return news;
  }
  if (current - *last_ > history_) {
    news.lost = current - *last_ - history_;
    last_ = current - history_;
  }
  news.first = *last_ + 1;
  news.last = current;
  return news;
}

}  // namespace exhaust
