#include "daemon/quality/co2_level.hpp"

#include <algorithm>
#include <cmath>

namespace exhaust::quality {

namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

Co2Level::News Co2Level::take(double co2_excess_percent) {
  if (settings_.co2_drift_factor == 0 || !std::isfinite(co2_excess_percent) || co2_excess_percent <= 0)
    return News::kNone;
  block_.push_back(co2_excess_percent);
  if (block_.size() < settings_.co2_block) return News::kNone;
  const double size = median(std::exchange(block_, {}));
  recent_.push_back(size);
  if (recent_.size() > kRecent) recent_.erase(recent_.begin());
  if (blocks_ < settings_.co2_learn_blocks) {
    learn(std::log(size));
    return News::kNone;
  }
  if (recent_.size() < kRecent) return News::kNone;
  const double factor = settings_.co2_drift_factor;
  const bool far = ratio() > factor || ratio() < 1 / factor;
  if (!far) learn(std::log(size));
  if (far == drifted_) return News::kNone;
  drifted_ = far;
  return far ? News::kDrifted : News::kBack;
}

void Co2Level::learn(double log_median) {
  if (blocks_ < kMostWeight) ++blocks_;
  log_median_ += (log_median - log_median_) / blocks_;
}

bool Co2Level::learn_anew() {
  block_.clear();
  recent_.clear();
  blocks_ = 0;
  log_median_ = 0;
  return std::exchange(drifted_, false);
}

double Co2Level::ratio() const {
  if (recent_.empty() || blocks_ == 0) return 0;
  return median(recent_) / std::exp(log_median_);
}

void Co2Level::save(v1::SanityState& state) const {
  *state.mutable_co2_block() = {block_.begin(), block_.end()};
  *state.mutable_co2_recent() = {recent_.begin(), recent_.end()};
  state.set_drifted(drifted_);
}

void Co2Level::restore(const v1::SanityState& state) {
  block_.assign(state.co2_block().begin(), state.co2_block().end());
  if (block_.size() >= settings_.co2_block) block_.clear();  // of other settings
  recent_.assign(state.co2_recent().begin(), state.co2_recent().end());
  if (recent_.size() > kRecent)
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(kRecent));
  drifted_ = state.drifted();
}

void Co2Level::save(v1::Learnt& learnt) const {
  learnt.set_co2_blocks(blocks_);
  learnt.set_co2_log_median(log_median_);
}

void Co2Level::restore(const v1::Learnt& learnt) {
  const bool usable = std::isfinite(learnt.co2_log_median()) && std::abs(learnt.co2_log_median()) < 20;
  blocks_ = usable ? std::min(learnt.co2_blocks(), kMostWeight) : 0;
  log_median_ = usable ? learnt.co2_log_median() : 0;
}

}  // namespace exhaust::quality
