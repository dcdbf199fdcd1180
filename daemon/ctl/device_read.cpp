#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "daemon/acquisition/drivers.hpp"
#include "daemon/acquisition/pace.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/device.hpp"
#include "daemon/ctl/device_text.hpp"

namespace exhaust::ctl {

namespace {

using namespace std::chrono_literals;

constexpr Duration kOpenTimeout = 5s;

/// One device, opened for a technician: polled on its beat until it has said enough.
class Reader {
 public:
  Reader(const Options& options, const ReadOptions& which, DeviceSettings device, bool daemon_has_it)
      : options_(options), which_(which), device_(std::move(device)), daemon_has_it_(daemon_has_it) {
    driver_ = acquisition::make_driver({io_, clock_, [this](Reading reading) { take(std::move(reading)); },
                                        [this](const Frame& frame) {
                                          if (which_.frames) std::fprintf(stderr, "%s\n", frame_line(frame).c_str());
                                        },
                                        [this](const DeviceNotice& said) {
                                          std::fprintf(stderr, "%s says: %s: %s\n", device_.name.c_str(), said.word.c_str(), said.detail.c_str());
                                        }},
                                       device_, buses_);
  }

  int run() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      interrupted_ = true;
      pause_.cancel();
    });
    asio::co_spawn(io_, read(), [this](std::exception_ptr failure) {
      signals_.cancel();
      if (failure) std::rethrow_exception(failure);
    });
    io_.run();
    return verdict();
  }

 private:
  bool enough() const { return interrupted_ || taken_ >= which_.count || clock_.monotonic() >= give_up_; }

  asio::awaitable<void> read() {
    const auto opened = co_await driver_->open(clock_.monotonic() + kOpenTimeout);
    opened_ = opened.has_value();
    if (!opened) failure_ = opened.error();
    give_up_ = clock_.monotonic() + which_.wait;
    for (auto due = clock_.monotonic(); opened_ && !enough();) {
      const auto polled = co_await driver_->poll(clock_.monotonic() + std::max(device_.period, 4 * device_.response_timeout));
      if (polled) {
        ++good_polls_;
        failure_.reset();
      } else {
        failure_ = polled.error();
        if (polled.error().kind == ErrorKind::kDisconnected) break;
      }
      due = acquisition::next_beat(due, device_.period, clock_.monotonic()).due;
      if (enough()) break;
      pause_.expires_at(std::min(due, give_up_));
      co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_await driver_->close();
  }

  void take(Reading reading) {
    if (taken_ >= which_.count) return;
    if (reading.arrived == WallTime{}) reading.arrived = clock_.wall();
    ++taken_;
    give_up_ = clock_.monotonic() + which_.wait;
    print(reading);
    if (taken_ >= which_.count) pause_.cancel();
  }

  void print(const Reading& reading) const {
    if (options_.output != Output::kTable) {
      std::puts(reading_json(reading, options_.output == Output::kJson).c_str());
    } else {
      if (taken_ > 1) std::puts("");
      std::puts(reading_title(reading).c_str());
      for (const auto& line : value_lines(reading)) std::printf("  %-22s  %10s  %s\n", line[0].c_str(), line[1].c_str(), line[2].c_str());
    }
    std::fflush(stdout);
  }

  /// A serial port's lock, or a port that is listened on already.
  static bool is_held(const std::string& why) { return why.contains("held by another process") || why.contains("already in use"); }

  int verdict() const {
    const auto& name = device_.name;
    if (taken_ >= which_.count) return kDone;
    if (interrupted_ && taken_ > 0) return kDone;
    if (!opened_) {
      std::fprintf(stderr, "%s cannot be opened: %s\n", name.c_str(), failure_->detail.c_str());
      if (daemon_has_it_ || is_held(failure_->detail)) {
        std::fprintf(stderr, "exhaustd may hold it: see `exhaustctl device show %s`\n", name.c_str());
      }
      return failure_->kind == ErrorKind::kSettings ? kSettingsWrong : kNotReachable;
    }
    if (good_polls_ == 0 && failure_) {
      std::fprintf(stderr, "%s (%s) does not answer: %s\n", name.c_str(), endpoint_text(device_).c_str(), failure_->detail.c_str());
      return failure_->kind == ErrorKind::kSettings ? kSettingsWrong : kNotReachable;
    }
    if (failure_) {
      std::fprintf(stderr, "%s answered %llu times, then failed: %s\n", name.c_str(), static_cast<unsigned long long>(good_polls_), failure_->detail.c_str());
      return kNotReachable;
    }
    const auto waited = stretch_of_time(std::chrono::duration<double>(which_.wait).count());
    std::fprintf(stderr, "%s answers, but %s reading within %s: %s\n", name.c_str(), taken_ == 0 ? "gave no new" : "gave no further", waited.c_str(),
                 "most devices speak of a vehicle only when one passes after they were opened; --wait SECONDS waits longer");
    return kDiffers;
  }

  const Options& options_;
  const ReadOptions& which_;
  const DeviceSettings device_;
  const bool daemon_has_it_;
  SystemClock clock_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
  asio::steady_timer pause_{io_};
  modbus::BusTable buses_{io_};
  std::unique_ptr<Driver> driver_;
  MonotonicTime give_up_ = MonotonicTime::max();
  std::uint64_t taken_ = 0, good_polls_ = 0;
  std::optional<Error> failure_;  ///< of the last poll, or of the opening
  bool opened_ = false;
  bool interrupted_ = false;
};

}  // namespace

int device_read(const Options& options, const ReadOptions& which) {
  const auto device = find_device(options, which.name);
  if (!device) return report_device(device.error());
  const auto held = held_by_daemon(options, endpoint_text(*device));
  if (held && !which.anyway) {
    std::fprintf(stderr, "exhaustd holds %s: see `exhaustctl device show %s`, or stop exhaustd first\n", which.name.c_str(), held->c_str());
    return kNotReachable;
  }
  return Reader(options, which, *device, held.has_value()).run();
}

}  // namespace exhaust::ctl
