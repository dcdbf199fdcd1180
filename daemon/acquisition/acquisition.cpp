#include "daemon/acquisition/acquisition.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <algorithm>
#include <random>

#include "daemon/acquisition/drivers.hpp"
#include "daemon/core/log.hpp"

namespace exhaust::acquisition {

namespace {

using namespace std::chrono_literals;

constexpr Duration kOpenTimeout = 5s;
/// So many polls that failed in a row, and the device counts as degraded, then as down and is opened afresh.
constexpr unsigned kDegradedAfter = 2;
constexpr unsigned kDownAfter = 5;

Duration with_jitter(Duration most) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Duration{std::uniform_int_distribution<Duration::rep>{most.count() / 2, most.count()}(random)};
}

}  // namespace

const char* to_string(DeviceState state) {
  switch (state) {
    case DeviceState::kUnknown: return "unknown";
    case DeviceState::kUp: return "up";
    case DeviceState::kDegraded: return "degraded";
    case DeviceState::kDown: return "down";
  }
  return "unknown";
}

struct Acquisition::Buses {
  explicit Buses(asio::io_context& io) : table(io) {}
  modbus::BusTable table;
};

struct Acquisition::Device {
  DeviceSettings settings;
  asio::steady_timer timer;
  std::unique_ptr<Driver> driver;
  DeviceReport report;
  Duration backoff{};
  bool ended = true;
};

Acquisition::Acquisition(asio::io_context& io, const Clock& clock, const std::vector<DeviceSettings>& devices,
                         Consumers consumers)
    : io_(io), clock_(clock), consumers_(std::move(consumers)), buses_(std::make_unique<Buses>(io)) {
  for (const auto& settings : devices) {
    auto& device = *devices_.emplace_back(std::make_unique<Device>(Device{settings, asio::steady_timer(io), {}, {}, {}, true}));
    device.report.name = settings.name;
    device.report.driver = driver_name(settings);
    device.report.lane = settings.lane;
    device.backoff = settings.backoff_first;
    auto take = [this, &device](Reading reading) {
      ++device.report.readings;
      device.report.last_reading = clock_.wall();
      if (reading.arrived == WallTime{}) reading.arrived = clock_.wall();
      consumers_.deliver(std::move(reading));
    };
    auto tap = [this, &device](const Frame& frame) { consumers_.tap(device.settings, frame); };
    auto notice = [this, &device](const DeviceNotice& said) { consumers_.notice(device.settings, said); };
    device.driver = make_driver({io, clock, std::move(take), std::move(tap), std::move(notice)}, device.settings, buses_->table);
  }
}

Acquisition::~Acquisition() = default;

void Acquisition::start() {
  for (auto& device : devices_) {
    device->ended = false;
    asio::co_spawn(io_, run(*device), [device = device.get()](std::exception_ptr failure) {
      device->ended = true;
      // A task that ends by an exception is a broken promise inside the program: end it, visibly.
      if (failure) std::rethrow_exception(failure);
    });
  }
}

asio::awaitable<void> Acquisition::stop() {
  stopping_ = true;
  for (auto& device : devices_) device->timer.cancel();
  asio::steady_timer check(io_);
  while (!std::ranges::all_of(devices_, &Device::ended)) {
    check.expires_after(5ms);
    co_await check.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> Acquisition::run(Device& device) {
  while (!stopping_) {
    const auto opened = co_await device.driver->open(clock_.monotonic() + kOpenTimeout);
    if (opened) {
      const bool worked = co_await poll_on_beat(device);
      if (worked) device.backoff = device.settings.backoff_first;
    } else {
      ++device.report.errors;
      set_state(device, DeviceState::kDown, opened.error().detail);
    }
    co_await device.driver->close();
    if (stopping_) break;
    co_await pause(device, with_jitter(device.backoff));
    device.backoff = std::min(device.backoff * 2, device.settings.backoff_most);
  }
}

/// Polls until the line breaks or the daemon stops. True: at least one poll succeeded.
asio::awaitable<bool> Acquisition::poll_on_beat(Device& device) {
  const auto& settings = device.settings;
  bool worked = false;
  unsigned failures = 0;
  for (auto due = clock_.monotonic(); !stopping_;) {
    ++device.report.polls;
    const auto polled = co_await device.driver->poll(clock_.monotonic() + std::max(settings.period, 4 * settings.response_timeout));
    if (polled) {
      worked = true;
      failures = 0;
      set_state(device, DeviceState::kUp, "");
    } else if (!stopping_) {
      ++device.report.errors;
      ++failures;
      const bool broken = polled.error().kind == ErrorKind::kDisconnected || failures >= kDownAfter;
      if (broken) {
        set_state(device, DeviceState::kDown, polled.error().detail);
        co_return worked;
      }
      if (failures >= kDegradedAfter) set_state(device, DeviceState::kDegraded, polled.error().detail);
    }
    due += settings.period;
    const auto now = clock_.monotonic();
    if (due < now) {
      const auto missed = (now - due) / settings.period + 1;
      device.report.missed_beats += static_cast<std::uint64_t>(missed);
      due += missed * settings.period;
    }
    co_await pause(device, due - now);
  }
  co_return worked;
}

asio::awaitable<void> Acquisition::pause(Device& device, Duration time) {
  if (stopping_) co_return;
  device.timer.expires_after(time);
  co_await device.timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Acquisition::set_state(Device& device, DeviceState state, std::string detail) {
  auto& report = device.report;
  report.detail = detail;
  if (report.state == state) return;
  const StateChange change{report.name, report.lane, report.state, state, std::move(detail)};
  report.state = state;
  if (state == DeviceState::kUp) {
    log::info("device answers", {{"DEVICE", change.device}});
  } else {
    log::warning("device fails", {{"DEVICE", change.device}, {"STATE", to_string(state)}, {"ERROR", change.detail}});
  }
  consumers_.changed(change);
}

std::vector<DeviceReport> Acquisition::report() const {
  std::vector<DeviceReport> reports;
  for (const auto& device : devices_) {
    reports.push_back(device->report);
    reports.back().counters = device->driver->counters();
  }
  return reports;
}

}  // namespace exhaust::acquisition
