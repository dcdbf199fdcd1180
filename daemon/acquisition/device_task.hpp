#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/acquisition/alarm.hpp"
#include "daemon/acquisition/device_clock.hpp"
#include "daemon/acquisition/device_report.hpp"
#include "daemon/acquisition/pace.hpp"
#include "drivers/driver.hpp"

namespace exhaust::acquisition {

struct StateChange {
  std::string device;
  Lane lane;
  DeviceState from, to;
  std::string detail;
  bool told = true;  ///< false: too many within a minute; to be acted on, not to be stored
};

/// Who hears of what the devices say. All are called on the io thread; none is empty.
struct Consumers {
  std::function<void(Reading)> deliver;
  std::function<void(const StateChange&)> changed;
  std::function<void(const DeviceSettings&, const Frame&)> tap = [](const DeviceSettings&, const Frame&) {};
  std::function<void(const DeviceSettings&, const DeviceNotice&)> notice = [](const DeviceSettings&, const DeviceNotice&) {};
};

using MakeDriver = std::function<std::unique_ptr<Driver>(DriverContext, const DeviceSettings&)>;

/// What all devices' tasks share; outlives them while the io_context runs.
struct Surroundings {
  asio::io_context& io;
  const Clock& clock;
  Consumers consumers;
  MakeDriver make_driver;
  MakeAlarm make_alarm;
};

/// Runs one device: opens it, polls it on its beat, closes and opens it again when it fails, and says what becomes of it.
///
/// A call of the driver that goes on long after its deadline is reported, and the driver is closed under it. A driver
/// that throws is logged by name, the device is down, and a new driver is made after the longest back-off: one broken
/// driver does not darken the others.
///
/// Threading: the io thread. Its coroutines hold it, so it outlives them.
class DeviceTask : public std::enable_shared_from_this<DeviceTask> {
 public:
  DeviceTask(const Surroundings& around, DeviceSettings settings, std::uint64_t seed);

  /// `ended` is called once, when nothing of the device runs any more.
  void start(Duration first_delay, std::function<void()> ended);
  /// Wakes it up and closes the driver under a call.
  void stop();
  bool ended() const { return ended_; }
  /// Now and then: calls that are overdue, and a state that is still to be told.
  void look();

  const std::string& name() const { return settings_.name; }
  DeviceReport report() const;

  /// A call may be so late, or as late again as it was allowed to take, before it is called overdue.
  static constexpr Duration kOverdueAfter = std::chrono::seconds{5};
  static constexpr Duration kOpenTimeout = std::chrono::seconds{5};
  static constexpr std::size_t kMostNoticesInAMinute = 30;

 private:
  /// A call of the driver that is under way.
  struct Call {
    const char* what;
    Deadline deadline;
    MonotonicTime overdue_at;
    bool overdue = false;
  };
  enum class Session { kWorked, kFailed, kThrew };

  asio::awaitable<void> run(std::shared_ptr<DeviceTask> self, Duration first_delay);
  asio::awaitable<Session> one_session();
  asio::awaitable<bool> open_and_poll();
  asio::awaitable<bool> poll_on_beat();
  asio::awaitable<bool> close_driver();
  asio::awaitable<void> wait_for_other_closing();
  asio::awaitable<void> close_under_call(std::shared_ptr<DeviceTask> self);
  asio::awaitable<void> back_off();
  asio::awaitable<void> pause_until(MonotonicTime when);
  void begin_call(const char* what, Deadline deadline);
  bool end_call();
  void spawn_close();
  bool poll_failed(const Error& error, bool worked);
  void driver_threw(const std::string& what);
  void make_new_driver();

  void take(Reading reading);
  void compare_clocks(const Reading& reading);
  void notice(const DeviceNotice& said);
  void set_state(DeviceState state, const std::string& detail);
  void tell(const StateChange& change);

  const Surroundings& around_;
  const DeviceSettings settings_;
  std::unique_ptr<Alarm> alarm_;
  std::unique_ptr<Driver> driver_;   ///< null: none that could be used
  std::unique_ptr<Driver> retired_;  ///< could not be closed
  Backoff backoff_;
  StateRule rule_;
  ChangeLimit changes_;
  EventBudget notices_{kMostNoticesInAMinute, std::chrono::minutes{1}};
  bool withholding_notices_ = false;
  DeviceClock clock_;
  DeviceReport report_;
  std::optional<Call> call_;
  std::function<void()> on_end_;
  bool closing_ = false;  ///< `close_under_call` runs
  bool stopping_ = false;
  bool ended_ = true;
};

}  // namespace exhaust::acquisition
