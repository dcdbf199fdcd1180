#pragma once

#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/acquisition/device_task.hpp"
#include "tests/daemon/acquisition/manual_time.hpp"

namespace exhaust::acquisition {

/// How a fake device behaves, and what was asked of it; outlives its drivers.
struct FakeDevice {
  // Behaviour.
  bool reachable = true;
  std::optional<Error> poll_error;   ///< each poll ends with it
  std::deque<bool> script;           ///< of the next polls: true succeeds; then as `poll_error` says
  Duration poll_takes{};
  bool hangs = false;                ///< a poll ends only when the driver is closed
  bool deaf = false;                 ///< and not even then
  std::string throws;                ///< poll throws it
  bool close_throws = false;
  bool throws_under_close = false;   ///< a poll throws as soon as the driver is being closed
  Duration close_takes{};            ///< the first close

  // What happened.
  std::vector<MonotonicTime> opened_at;  ///< attempts
  std::vector<MonotonicTime> polled_at;
  int closed = 0;
  int destroyed_while_closing = 0;
  int made = 0;
  DriverContext* context = nullptr;  ///< of the last driver, to speak unasked

  void goes_silent() { poll_error = Error{ErrorKind::kTimeout, "no answer within 500 ms"}; }
  void answers() { poll_error.reset(); }
};

class FakeDriver final : public Driver {
 public:
  FakeDriver(DriverContext context, FakeDevice& device, ManualTime& time)
      : context_(std::move(context)), device_(device), time_(time), alarm_(time.alarms()()), close_alarm_(time.alarms()()) {
    device_.context = &context_;
    ++device_.made;
  }

  ~FakeDriver() override { device_.destroyed_while_closing += closing_ ? 1 : 0; }

  asio::awaitable<Result<void>> open(Deadline) override {
    device_.opened_at.push_back(time_.clock.monotonic());
    if (!device_.reachable) co_return fail(ErrorKind::kDisconnected, "connection refused");
    open_ = true;
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> poll(Deadline) override {
    device_.polled_at.push_back(time_.clock.monotonic());
    if (!device_.throws.empty()) throw std::runtime_error(device_.throws);
    if (device_.poll_takes > Duration{}) co_await alarm_->wait_until(time_.clock.monotonic() + device_.poll_takes);
    while (device_.deaf || (device_.hangs && open_)) co_await alarm_->wait_until(MonotonicTime::max());
    if (!open_ && device_.throws_under_close) throw std::runtime_error("closed under a poll");
    if (!open_) co_return fail(ErrorKind::kDisconnected, "closed");
    bool good = !device_.poll_error;
    if (!device_.script.empty()) {
      good = device_.script.front();
      device_.script.pop_front();
    }
    if (!good) co_return std::unexpected(device_.poll_error.value_or(Error{ErrorKind::kTimeout, "no answer"}));
    co_return Result<void>{};
  }

  asio::awaitable<void> close() override {
    ++device_.closed;
    if (device_.close_throws) throw std::runtime_error("close fails");
    open_ = false;
    if (device_.hangs && !device_.deaf) alarm_->cancel();
    if (device_.close_takes > Duration{}) {
      const auto takes = std::exchange(device_.close_takes, Duration{});
      closing_ = true;
      co_await close_alarm_->wait_until(time_.clock.monotonic() + takes);
      closing_ = false;
    }
  }

  const Counters& counters() const override { return counters_; }

 private:
  DriverContext context_;
  FakeDevice& device_;
  ManualTime& time_;
  std::unique_ptr<Alarm> alarm_, close_alarm_;
  bool open_ = false;
  bool closing_ = false;
  Counters counters_{{"bad_frames", 0}};
};

}  // namespace exhaust::acquisition
