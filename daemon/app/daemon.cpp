#include "daemon/app/daemon.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app/reviews.hpp"
#include "daemon/app/station_entries.hpp"
#include "daemon/core/log.hpp"
#include "daemon/host/host.hpp"
#include "daemon/ledger/sqlite/sqlite_ledger.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::app {

namespace {

using namespace std::chrono_literals;

/// An end by exception of any task is a broken promise inside the program: it ends the daemon, visibly.
constexpr auto kRethrow = [](std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
};

v1::ClockState to_clock_state(const host::ClockReport& report) {
  v1::ClockState state;
  switch (report.quality) {
    case host::ClockQuality::kUnknown: state.set_state(v1::ClockState::clock_unknown); break;
    case host::ClockQuality::kSynchronised: state.set_state(v1::ClockState::synchronised); break;
    case host::ClockQuality::kFree: state.set_state(v1::ClockState::free); break;
  }
  if (report.estimated_error_s) state.set_estimated_error_s(*report.estimated_error_s);
  return state;
}

}  // namespace

Daemon::Daemon(settings::Settings settings) : settings_(std::move(settings)) {}

Result<void> Daemon::open() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  auto ledger = ledger::open_sqlite_ledger(settings_.ledger, settings_.station.id, settings_.station.simulated, EXHAUST_VERSION);
  if (!ledger) return std::unexpected(ledger.error());
  ledger_ = std::move(*ledger);
  for (auto& draft : start_entries(settings_, *ledger_, clock_.wall())) append(std::move(draft));

  if (auto opened = open_registry(); !opened) return opened;
  history_ = std::make_unique<projection::History>(*ledger_, clock_, history_settings(settings_));
  history_->start();
  accounts_ = std::make_unique<projection::Accounts>(*ledger_, settings_.ledger.folder / "accounts.sqlite", settings_.accounts);
  accounts_->start();
  if (!settings_.lanes.empty()) {
    pipeline_ = std::make_unique<Pipeline>(io_, clock_, *ledger_, settings_.station.id, settings_.lanes, settings_.standards,
                                            settings::quality_plans(settings_));
    pipeline_->tell_vehicles_by(settings_.registry.fuel, vehicles_.get());
    recorder_ = std::make_unique<Recorder>(
        io_, clock_, settings_,
        Recorder::Asks{.state =
                           [this] {
                             pipeline_->tick();  // what is due by now belongs to the time before the capture
                             return pipeline_->state();
                           },
                       .operated =
                           [this](const v1::OperatorAction& action) {
                             append({v1::Entry::operator_action, clock_.wall().time_since_epoch().count(), action.SerializeAsString(), {}});
                           }});
  }
  if (pipeline_) {
    quality_ = std::make_unique<QualityDesk>(clock_, *pipeline_, *recorder_, settings_.quality.zero_after,
                                             [this](const v1::OperatorAction& action, ledger::Marks marks) {
                                               append({v1::Entry::operator_action, clock_.wall().time_since_epoch().count(), action.SerializeAsString(), std::move(marks)});
                                             });
  }
  const Identity identity{settings_.station.id, EXHAUST_VERSION};
  auto server = service::Server::start(io_, *ledger_, settings_.service, identity, {.status = [this] { return status(); },
                                                                                        .captures = capture_calls(),
                                                                                        .reviews = review_calls(),
                                                                                        .accounts = accounts_call(),
                                                                                        .quality = quality_ ? quality_->calls() : service::QualityCalls{}});
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);

  for (const auto& tier : settings_.tiers) {
    uplinks_.push_back(std::make_unique<uplink::Uplink>(io_, *ledger_, tier, identity, settings_.ledger.folder));
  }
  acquisition_ = std::make_unique<acquisition::Acquisition>(
      io_, clock_, settings_.devices,
      acquisition::Consumers{
          .deliver =
              [this](Reading reading) {
                if (pipeline_) pipeline_->take(reading);
              },
          .changed = [this](const acquisition::StateChange& change) { on_device_change(change); },
          .tap =
              [this](const DeviceSettings& device, const Frame& frame) {
                if (recorder_) recorder_->tap(device, frame);
              },
          .notice = [this](const DeviceSettings& device, const DeviceNotice& notice) { on_notice(device, notice); }});
  // Unknown is not serving: a device serves from its first good poll on.
  for (const auto& device : settings_.devices) server_->set_health("device." + device.name, false);
  refresh_clock();
  return {};
}

void Daemon::run() {
  for (auto& uplink : uplinks_) uplink->start();
  acquisition_->start();
  asio::co_spawn(io_, beat(), kRethrow);
  asio::co_spawn(io_, watchdog(), kRethrow);
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    log::info("stopping", {{"SIGNAL", std::to_string(signal)}});
    asio::co_spawn(io_, shut_down(), kRethrow);
  });
  host::notify("READY=1\nSTATUS=measuring");
  log::info("ready", {{"STATION", settings_.station.id},
                      {"ENTRIES", std::to_string(ledger_->newest())},
                      {"LANES", std::to_string(settings_.lanes.size())},
                      {"SIMULATED", settings_.station.simulated ? "yes" : "no"}});
  io_.run();
}

/// Lets joining deadlines pass, and looks at the clock and the devices now and then.
asio::awaitable<void> Daemon::beat() {
  Duration period = 100ms;
  for (const auto& lane : settings_.lanes) period = std::clamp<Duration>(lane.join_window / 20, 5ms, period);
  auto next_look = clock_.monotonic();
  while (!stopping_) {
    beat_timer_.expires_after(period);
    co_await beat_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    // What arrived at the same moment goes first, so that a busy io thread closes nothing too early.
    co_await asio::post(io_, asio::use_awaitable);
    if (pipeline_ && !stopping_) pipeline_->tick();
    if (clock_.monotonic() < next_look) continue;
    next_look = clock_.monotonic() + 1s;
    refresh_clock();
    refresh_health();
    if (vehicles_) vehicles_->look();
  }
}

/// Feeds systemd only while both the io loop and the ledger's thread have moved since the last time.
asio::awaitable<void> Daemon::watchdog() {
  const auto period = host::watchdog_period();
  if (!period) co_return;
  auto ledger_moved = std::make_shared<bool>(true);
  while (!stopping_) {
    if (*ledger_moved) host::notify("WATCHDOG=1");
    *ledger_moved = false;
    ledger_->read(ledger_->newest() + 1, 1, 1, [this, ledger_moved](const auto&) {
      asio::post(io_, [ledger_moved] { *ledger_moved = true; });
    });
    watchdog_timer_.expires_after(*period / 3);
    co_await watchdog_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> Daemon::wait_for(std::function<bool()> done, Duration most) {
  asio::steady_timer pause(io_);
  for (const auto deadline = clock_.monotonic() + most; !done() && clock_.monotonic() < deadline;) {
    pause.expires_after(10ms);
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> Daemon::shut_down() {
  stopping_ = true;
  host::notify("STOPPING=1");
  beat_timer_.cancel();
  watchdog_timer_.cancel();
  // Said before anything is drained: whoever looks goes elsewhere at once.
  server_->set_health("", false);
  for (const auto& device : settings_.devices) server_->set_health("device." + device.name, false);
  co_await acquisition_->stop();
  if (pipeline_) {
    const auto end = now();
    pipeline_->finish(end);  // and asks about the last vehicles, which the capture must hold
    recorder_->station_stops(end);
    co_await wait_for(
        [this] {
          pipeline_->tick();
          return pipeline_->drained();
        },
        10s);
  }
  // What connected platforms can still take in a short while; the rest waits in the ledger.
  co_await wait_for(
      [this] {
        return std::ranges::all_of(uplinks_, [](const auto& uplink) {
          const auto state = uplink->state();
          return state.pending == 0 || state.state != "connected";
        });
      },
      3s);
  for (auto& uplink : uplinks_) uplink->stop();
  server_->stop(clock_.monotonic() + 5s, [this] { io_.stop(); });
}

void Daemon::on_device_change(const acquisition::StateChange& change) {
  if (stopping_) return;
  // A degraded device still serves: some of its answers are lost, and a warning says so.
  server_->set_health("device." + change.device, change.to == acquisition::DeviceState::kUp || change.to == acquisition::DeviceState::kDegraded);
  const auto at = now();
  ledger::Marks marks;
  if (pipeline_) {
    recorder_->device_changed(change, at);
    marks = pipeline_->device_changed(change.device, to_string(change.to), change.detail, at);
  }
  if (!change.told) return;  // acted on, and too many to be stored
  v1::DeviceEvent event;
  event.set_device(change.device);
  event.set_lane(change.lane);
  event.set_state(to_string(change.to));
  event.set_previous_state(to_string(change.from));
  event.set_detail(change.detail);
  append({v1::Entry::device_event, at.wall.time_since_epoch().count(), event.SerializeAsString(), std::move(marks)});
}

void Daemon::on_notice(const DeviceSettings& device, const DeviceNotice& notice) {
  if (stopping_) return;
  v1::DeviceEvent event;
  event.set_device(device.name);
  event.set_lane(device.lane);
  event.set_notice(notice.word);
  event.set_detail(notice.detail);
  append({v1::Entry::device_event, clock_.wall().time_since_epoch().count(), event.SerializeAsString(),
          quality_ ? quality_->noticed(device, notice) : ledger::Marks{}});
}

void Daemon::append(ledger::Draft draft) {
  const auto done = [](const Result<Sequence>& appended) {
    if (!appended) log::error("an entry could not be stored", {{"ERROR", appended.error().detail}});
  };
  if (!ledger_->append(std::move(draft), done)) log::error("the ledger's queue is full: an event is lost");
}

void Daemon::refresh_clock() {
  auto state = to_clock_state(host::clock_report());
  if (pipeline_ && state.SerializeAsString() != clock_state_.SerializeAsString()) {
    const auto at = now();
    recorder_->clock_changed(state, at);
    pipeline_->set_clock_state(state, at);
  }
  clock_state_ = std::move(state);
}

Result<void> Daemon::open_registry() {
  if (settings_.registry.file.empty()) return {};
  vehicles_ = std::make_unique<VehicleSource>(
      io_, settings_.registry.file,
      VehicleSource::Tells{.answered =
                               [this](std::string_view plate, std::string_view color, const std::optional<v1::Vehicle>& found) {
                                 if (recorder_) recorder_->looked_up(plate, color, found);
                               },
                           .in_force =
                               [this](const std::string& what) {
                                 v1::DeviceEvent event;
                                 event.set_device("registry");
                                 event.set_notice("in_force");
                                 event.set_detail(what);
                                 append({v1::Entry::device_event, clock_.wall().time_since_epoch().count(), event.SerializeAsString(), {}});
                               }});
  return vehicles_->open();
}

service::CaptureCalls Daemon::capture_calls() {
  if (!recorder_) return {};
  return {.start = [this](const v1::CaptureStartRequest& request, const Recorder::Answer& answer) { answer(recorder_->start(request)); },
          .stop = [this](const v1::CaptureStopRequest& request, const Recorder::Answer& answer) { recorder_->stop(request, answer); },
          .status = [this](const v1::CaptureStatusRequest&, const Recorder::Answer& answer) { answer(recorder_->status()); }};
}

service::ReviewCalls Daemon::review_calls() {
  return {.give = [this](const auto& request, auto answer) { give_review(*ledger_, clock_, request, std::move(answer)); },
          .determinations = [this](const auto& request, auto answer) { list_determinations(*history_, request, std::move(answer)); }};
}

void Daemon::refresh_health() {
  for (const auto& uplink : uplinks_) {
    const auto state = uplink->state();
    server_->set_health("tier." + state.name, state.state == "connected");
  }
}

}  // namespace exhaust::app
