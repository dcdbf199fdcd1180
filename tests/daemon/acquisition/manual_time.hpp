#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <memory>

#include "daemon/acquisition/alarm.hpp"

namespace exhaust::acquisition {

/// Time moved by hand: alarms ring only inside `advance`, in the order in which they are due, and everything that they
/// set going runs before the next one.
class ManualTime {
 public:
  asio::io_context io;
  ManualClock clock;

  MakeAlarm alarms() {
    return [this] { return std::make_unique<ManualAlarm>(*this); };
  }

  void advance(Duration by) {
    const auto target = clock.monotonic() + by;
    run();
    for (auto* next = earliest(target); next != nullptr; next = earliest(target)) {
      clock.advance(std::max(next->due, clock.monotonic()) - clock.monotonic());
      next->timer.cancel();
      run();
    }
    clock.advance(target - clock.monotonic());
  }

 private:
  struct Waiting {
    MonotonicTime due;
    asio::steady_timer timer;
  };

  class ManualAlarm final : public Alarm {
   public:
    explicit ManualAlarm(ManualTime& time) : time_(time) {}
    asio::awaitable<void> wait_until(MonotonicTime when) override {
      auto& waiting = time_.waiting_;
      const auto mine = waiting.insert(waiting.end(), Waiting{when, asio::steady_timer(time_.io, asio::steady_timer::time_point::max())});
      mine_ = &*mine;
      co_await mine->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      mine_ = nullptr;
      waiting.erase(mine);
    }
    void cancel() override {
      if (mine_ != nullptr) mine_->timer.cancel();
    }

   private:
    ManualTime& time_;
    Waiting* mine_ = nullptr;
  };

  void run() {
    io.restart();
    io.poll();
  }
  Waiting* earliest(MonotonicTime until) {
    const auto found = std::ranges::min_element(waiting_, {}, &Waiting::due);
    return found == waiting_.end() || found->due > until ? nullptr : &*found;
  }

  std::list<Waiting> waiting_;
};

}  // namespace exhaust::acquisition
