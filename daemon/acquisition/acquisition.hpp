#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.hpp"

namespace exhaust::acquisition {

enum class DeviceState { kUnknown, kUp, kDegraded, kDown };
const char* to_string(DeviceState state);

/// What is known of one device, for people.
struct DeviceReport {
  std::string name;
  const char* driver = "";
  Lane lane = 0;
  DeviceState state = DeviceState::kUnknown;
  std::string detail;             ///< the last error, while not up
  std::uint64_t polls = 0;
  std::uint64_t readings = 0;
  std::uint64_t errors = 0;
  std::uint64_t missed_beats = 0;
  std::optional<WallTime> last_reading;
  Counters counters;
};

struct StateChange {
  std::string device;
  Lane lane;
  DeviceState from, to;
  std::string detail;
};

/// Who hears of what the devices say. All are called on the io thread; none is empty.
struct Consumers {
  std::function<void(Reading)> deliver;
  std::function<void(const StateChange&)> changed;
  std::function<void(const DeviceSettings&, const Frame&)> tap = [](const DeviceSettings&, const Frame&) {};
  std::function<void(const DeviceSettings&, const DeviceNotice&)> notice = [](const DeviceSettings&, const DeviceNotice&) {};
};

/// Runs each device's driver on its beat, each in a task of its own, and brings it back when it fails: back-off with
/// jitter after a failed opening or a broken line; a fresh opening also after several time-outs in a row. The beat is
/// kept from the planned time; a beat that is missed is counted, not caught up.
///
/// Threading: everything on the io thread.
class Acquisition {
 public:
  Acquisition(asio::io_context& io, const Clock& clock, const std::vector<DeviceSettings>& devices, Consumers consumers);
  ~Acquisition();

  void start();
  /// Ends every task and closes every driver; at most the longest response time-out.
  asio::awaitable<void> stop();
  std::vector<DeviceReport> report() const;

 private:
  struct Device;
  struct Buses;

  asio::awaitable<void> run(Device& device);
  asio::awaitable<bool> poll_on_beat(Device& device);
  asio::awaitable<void> pause(Device& device, Duration time);
  void set_state(Device& device, DeviceState state, std::string detail);

  asio::io_context& io_;
  const Clock& clock_;
  Consumers consumers_;
  std::unique_ptr<Buses> buses_;  // outlives the drivers that share them
  std::vector<std::unique_ptr<Device>> devices_;
  bool stopping_ = false;
};

}  // namespace exhaust::acquisition
