#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

#include "daemon/acquisition/acquisition.hpp"
#include "daemon/app/pipeline.hpp"
#include "daemon/app/quality_desk.hpp"
#include "daemon/app/recorder.hpp"
#include "daemon/app/vehicle_source.hpp"
#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/accounts.hpp"
#include "daemon/projection/history.hpp"
#include "daemon/service/server.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/uplink/uplink.hpp"
#include "exhaust/v1/station.pb.h"

namespace exhaust::app {

/// One running daemon. Knows every module; nobody knows it.
///
/// Threading: everything on the io thread, which is the one that calls `run`.
class Daemon {
 public:
  explicit Daemon(settings::Settings settings);

  /// Opens the ledger, binds the services, starts devices and uplinks. Errors: those of
  /// `open_sqlite_ledger` and `Server::start`.
  Result<void> open();
  /// Until SIGTERM or SIGINT; then ends in order, each step with a bound: devices, pipeline, uplinks, services, ledger.
  void run();

 private:
  asio::awaitable<void> beat();
  asio::awaitable<void> watchdog();
  asio::awaitable<void> shut_down();
  asio::awaitable<void> wait_for(std::function<bool()> done, Duration most);
  void on_device_change(const acquisition::StateChange& change);
  void on_notice(const DeviceSettings& device, const DeviceNotice& notice);
  void append(ledger::Draft draft);
  void refresh_clock();
  void refresh_health();
  Result<void> open_registry();
  service::CaptureCalls capture_calls();
  service::ReviewCalls review_calls();
  service::AccountsCall accounts_call();
  assembly::Moment now() const { return {clock_.monotonic(), clock_.wall()}; }
  v1::StatusReply status() const;

  // Declared in start order; destroyed in reverse, so each part outlives those that use it.
  const settings::Settings settings_;
  SystemClock clock_;
  const WallTime started_ = clock_.wall();
  asio::io_context io_{1};
  asio::signal_set signals_{io_};
  asio::steady_timer beat_timer_{io_};
  asio::steady_timer watchdog_timer_{io_};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<VehicleSource> vehicles_;
  std::unique_ptr<projection::History> history_;
  std::unique_ptr<projection::Accounts> accounts_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<QualityDesk> quality_;
  std::vector<std::unique_ptr<uplink::Uplink>> uplinks_;
  std::unique_ptr<service::Server> server_;
  std::unique_ptr<acquisition::Acquisition> acquisition_;
  v1::ClockState clock_state_;
  bool stopping_ = false;
};

}  // namespace exhaust::app
