#pragma once

#include <memory>
#include <vector>

#include "daemon/acquisition/device_report.hpp"
#include "daemon/acquisition/device_task.hpp"

namespace exhaust::acquisition {

/// Where drivers and waiting come from. Tests put in their own; what is empty is the real one.
struct Seams {
  MakeDriver make_driver;
  MakeAlarm make_alarm;
  std::uint64_t seed = 0;  ///< of all jitter; 0: from the system
};

/// Runs each device's driver on its beat, each in a task of its own, and brings it back when it fails: back-off with
/// jitter after a failed opening or a broken line; a fresh opening also after several time-outs in a row. The beat is
/// kept from the planned time; a beat that is missed is counted, not caught up. First openings are spread, so that many
/// devices behind one switch are not called at once.
///
/// Threading: everything on the io thread.
class Acquisition {
 public:
  Acquisition(asio::io_context& io, const Clock& clock, const std::vector<DeviceSettings>& devices, Consumers consumers,
              Seams seams = {});
  ~Acquisition();

  void start();
  /// Ends every task and closes every driver, within `kStopWithin`: a driver that does not come back is left behind,
  /// with a word in the log.
  asio::awaitable<void> stop();
  std::vector<DeviceReport> report() const;

  static constexpr Duration kStopWithin = std::chrono::seconds{10};
  static constexpr Duration kSpreadPerDevice = std::chrono::milliseconds{20};
  static constexpr Duration kLookEvery = std::chrono::seconds{1};

 private:
  struct Shared;
  asio::awaitable<void> look_after();

  std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<DeviceTask>> tasks_;
  std::uint64_t seed_;
  bool stopping_ = false;
  bool looking_ = false;
};

}  // namespace exhaust::acquisition
