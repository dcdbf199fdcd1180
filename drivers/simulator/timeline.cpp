#include "drivers/simulator/timeline.hpp"

#include <utility>

namespace exhaust::simulator {

namespace {

/// Between two of these turns the devices answer questions.
constexpr int kMostPerTurn = 16;

}  // namespace

void Timeline::at(MonotonicTime when, std::function<void()> what) {
  const bool first = due_.empty() || when < due_.begin()->first;
  due_.emplace(when, std::move(what));
  if (first) arm();
}

void Timeline::arm() {
  if (due_.empty()) return;
  timer_.expires_at(due_.begin()->first);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) run_due();
  });
}

void Timeline::run_due() {
  const auto now = SystemClock().monotonic();
  for (int i = 0; i < kMostPerTurn && !due_.empty() && due_.begin()->first <= now; ++i) {
    const auto node = due_.extract(due_.begin());
    node.mapped()();
  }
  arm();
}

}  // namespace exhaust::simulator
