#include "drivers/simulator/lone_camera.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>

namespace exhaust::simulator {

namespace {

/// Shows a vehicle at each headway until the io_context ends.
class Traffic : public LoneCamera {
 public:
  Traffic(asio::io_context& io, Duration headway) : timer_(io), headway_(headway) {}
  std::uint32_t vehicles() const override { return vehicles_; }

 protected:
  void start() {
    asio::co_spawn(timer_.get_executor(), run(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  virtual void show(const Passing& passing) = 0;

 private:
  asio::awaitable<void> run() {
    for (;;) {
      timer_.expires_after(headway_);
      [[maybe_unused]] const auto [error] = co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      auto passing = lone_passing(++vehicles_);
      passing.at = SystemClock().wall();
      show(passing);
    }
  }
  asio::steady_timer timer_;
  Duration headway_;
  std::uint32_t vehicles_ = 0;
};

class PostingCamera final : public Traffic {
 public:
  PostingCamera(asio::io_context& io, CameraTarget target, CameraHabits habits, Duration headway)
      : Traffic(io, headway),
        camera_(io, std::move(target), 1, std::chrono::milliseconds{100}, std::move(habits)) {
    start();
  }
  void fails_by(FaultSchedule& schedule, std::function<double()> now_s) override { camera_.fails_by(schedule, std::move(now_s)); }
  std::string summary() const override {
    const auto& posts = camera_.counters();
    return std::to_string(vehicles()) + " vehicles: " + std::to_string(posts.accepted) + " accepted, " +
           std::to_string(posts.retried) + " retried, " + std::to_string(posts.lost) + " lost";
  }

 private:
  void show(const Passing& passing) override { camera_.post(passing); }
  Camera camera_;
};

class PulledCamera final : public Traffic {
 public:
  PulledCamera(asio::io_context& io, CameraStreamSettings settings, Duration headway)
      : Traffic(io, headway), stream_(io, std::move(settings)) {
    start();
  }
  void fails_by(FaultSchedule& schedule, std::function<double()> now_s) override { stream_.fails_by(schedule, std::move(now_s)); }
  std::string summary() const override {
    const auto& sent = stream_.counters();
    return std::to_string(vehicles()) + " vehicles: " + std::to_string(sent.sent) + " sent, " +
           std::to_string(sent.unheard) + " unheard, " + std::to_string(sent.dropped) + " dropped";
  }

 private:
  void show(const Passing& passing) override { stream_.show(passing); }
  CameraStream stream_;
};

}  // namespace

FaultTarget lone_camera_target(bool pulled) {
  if (pulled) return {"camera-1", {std::begin(kStreamFaults), std::end(kStreamFaults)}};
  return {"camera-1", {std::begin(kPostFaults), std::end(kPostFaults)}};
}

Passing lone_passing(std::uint32_t number) {
  static constexpr std::array<std::pair<const char*, const char*>, 3> kKinds{
      {{"京A%05u", "blue"}, {"沪AD%05u", "green"}, {"冀B%04u挂", "yellow"}}};
  const auto& [form, color] = kKinds[number % kKinds.size()];
  std::array<char, 32> plate{};
  std::snprintf(plate.data(), plate.size(), form, number % 10'000);
  Passing passing{.lane = 1, .number = number, .at = {}, .vehicle = {}};
  passing.vehicle.index = number;
  passing.vehicle.plate = plate.data();
  passing.vehicle.plate_color = color;
  passing.vehicle.plate_read = number % 10 != 0;
  passing.vehicle.plate_confidence = 80 + number % 20;
  return passing;
}

std::unique_ptr<LoneCamera> make_posting_camera(asio::io_context& io, CameraTarget target,
                                                CameraHabits habits, Duration headway) {
  return std::make_unique<PostingCamera>(io, std::move(target), std::move(habits), headway);
}

std::unique_ptr<LoneCamera> make_pulled_camera(asio::io_context& io, CameraStreamSettings settings,
                                               Duration headway) {
  return std::make_unique<PulledCamera>(io, std::move(settings), headway);
}

}  // namespace exhaust::simulator
