#include "daemon/acquisition/device_state.hpp"

#include <bit>

namespace exhaust::acquisition {

namespace {
constexpr Duration kSettledAfter = std::chrono::minutes{1};
}  // namespace

const char* to_string(DeviceState state) {
  switch (state) {
    case DeviceState::kUnknown: return "unknown";
    case DeviceState::kUp: return "up";
    case DeviceState::kDegraded: return "degraded";
    case DeviceState::kDown: return "down";
  }
  return "unknown";
}

void StateRule::remember(bool lost) {
  window_ = (window_ << 1 | (lost ? 1u : 0u)) & ((1u << kWindow) - 1);
}

unsigned StateRule::lost() const { return static_cast<unsigned>(std::popcount(window_)); }

DeviceState StateRule::good() {
  if (state_ == DeviceState::kDown) opened();  // what was lost while it was down is told already
  in_a_row_ = 0;
  remember(false);
  lossy_ = lossy_ ? lost() > kLossless : lost() >= kLossy;
  return state_ = lossy_ ? DeviceState::kDegraded : DeviceState::kUp;
}

DeviceState StateRule::failed() {
  ++in_a_row_;
  remember(true);
  // While it is down, a failed poll is no news.
  if (state_ == DeviceState::kDown || in_a_row_ >= down_after_) return state_ = DeviceState::kDown;
  if (in_a_row_ >= degraded_after_) state_ = DeviceState::kDegraded;
  return state_;
}

void StateRule::opened() {
  in_a_row_ = 0;
  window_ = 0;
  lossy_ = false;
}

std::string StateRule::remark() const {
  if (!lossy_) return "";
  return std::to_string(lost()) + " of the last " + std::to_string(kWindow) + " polls failed";
}

bool EventBudget::take(MonotonicTime now) {
  while (!taken_.empty() && now - taken_.front() >= within_) taken_.pop_front();
  if (taken_.size() >= most_) return false;
  taken_.push_back(now);
  return true;
}

ChangeLimit::Say ChangeLimit::change(DeviceState to, MonotonicTime now) {
  last_change_ = now;
  if (withholding_) {
    ++withheld_;
    return Say::kNothing;
  }
  if (budget_.take(now)) {
    told_ = to;
    return Say::kChange;
  }
  withholding_ = true;
  ++withheld_;
  return Say::kFlapping;
}

bool ChangeLimit::settled(MonotonicTime now) {
  if (!withholding_ || now - last_change_ < kSettledAfter) return false;
  withholding_ = false;
  budget_.clear();
  return true;
}

}  // namespace exhaust::acquisition
