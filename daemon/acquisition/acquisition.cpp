#include "daemon/acquisition/acquisition.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <random>

#include "daemon/acquisition/drivers.hpp"
#include "daemon/core/log.hpp"

namespace exhaust::acquisition {

/// What a task that is left behind still needs.
struct Acquisition::Shared {
  Shared(Surroundings surroundings, asio::io_context& io)
      : around(std::move(surroundings)), buses(io), look_alarm(around.make_alarm()), end_alarm(around.make_alarm()) {}

  Surroundings around;
  modbus::BusTable buses;  // outlives the drivers that share them
  std::unique_ptr<Alarm> look_alarm, end_alarm;
};

Acquisition::Acquisition(asio::io_context& io, const Clock& clock, const std::vector<DeviceSettings>& devices,
                         Consumers consumers, Seams seams)
    : seed_(seams.seed != 0 ? seams.seed : std::random_device{}()) {
  if (!seams.make_alarm) seams.make_alarm = steady_alarms(io);
  shared_ = std::make_shared<Shared>(
      Surroundings{io, clock, std::move(consumers), std::move(seams.make_driver), std::move(seams.make_alarm)}, io);
  if (!shared_->around.make_driver) {
    shared_->around.make_driver = [buses = &shared_->buses](DriverContext context, const DeviceSettings& device) {
      return make_driver(std::move(context), device, *buses);
    };
  }
  for (const auto& settings : devices) {
    tasks_.push_back(std::make_shared<DeviceTask>(shared_->around, settings, seed_ + tasks_.size()));
  }
}

Acquisition::~Acquisition() = default;

void Acquisition::start() {
  std::mt19937_64 random{seed_};
  std::uniform_int_distribution<Duration::rep> within{0, kSpreadPerDevice.count()};
  auto slot = Duration{};
  for (const auto& task : tasks_) {
    task->start(slot + Duration{within(random)}, [shared = shared_] { shared->end_alarm->cancel(); });
    slot += kSpreadPerDevice;
  }
  looking_ = true;
  asio::co_spawn(shared_->around.io, look_after(), [this](std::exception_ptr failure) {
    looking_ = false;
    shared_->end_alarm->cancel();
    if (failure) std::rethrow_exception(failure);
  });
}

asio::awaitable<void> Acquisition::look_after() {
  while (!stopping_) {
    co_await shared_->look_alarm->wait_until(shared_->around.clock.monotonic() + kLookEvery);
    for (const auto& task : tasks_) task->look();
  }
}

asio::awaitable<void> Acquisition::stop() {
  stopping_ = true;
  const auto deadline = shared_->around.clock.monotonic() + kStopWithin;
  shared_->look_alarm->cancel();
  for (const auto& task : tasks_) task->stop();
  while (looking_ || !std::ranges::all_of(tasks_, &DeviceTask::ended)) {
    if (shared_->around.clock.monotonic() >= deadline) break;
    co_await shared_->end_alarm->wait_until(deadline);
  }
  for (const auto& task : tasks_) {
    if (!task->ended()) log::error("a driver does not end, and is left behind", {{"DEVICE", task->name()}});
  }
}

std::vector<DeviceReport> Acquisition::report() const {
  std::vector<DeviceReport> reports;
  for (const auto& task : tasks_) reports.push_back(task->report());
  return reports;
}

}  // namespace exhaust::acquisition
