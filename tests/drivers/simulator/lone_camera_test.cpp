#include "drivers/simulator/lone_camera.hpp"

#include <gmock/gmock.h>

#include "daemon/core/plate.hpp"
#include "drivers/anpr/listener.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::simulator {
namespace {

using namespace std::chrono_literals;

TEST(LoneCamera, ShowsARepeatableRowOfPossiblePlates) {
  for (std::uint32_t number = 1; number <= 30; ++number) {
    const auto vehicle = lone_passing(number).vehicle;
    const auto plate = parse_plate(vehicle.plate, vehicle.plate_color);
    EXPECT_THAT(plate.plate_class, testing::AnyOf("ordinary", "nev_small", "trailer")) << vehicle.plate;
    EXPECT_TRUE(color_matches_class(vehicle.plate_color, plate.plate_class)) << vehicle.plate;
    EXPECT_EQ(vehicle.plate_read, number % 10 != 0);
    EXPECT_EQ(vehicle.plate, lone_passing(number).vehicle.plate);
  }
}

TEST(LoneCameraIntegration, PostsOneVehicleAfterTheOther) {
  SystemClock clock;
  asio::io_context io;
  std::vector<Reading> readings;
  DeviceSettings device;
  device.driver = AnprSettings{};
  anpr::AnprListener listener({io, clock, [&](Reading reading) { readings.push_back(std::move(reading)); }},
                              device);
  ASSERT_TRUE(run_awaitable(io, listener.open(clock.monotonic() + 1s)));
  const auto camera = make_posting_camera(
      io, {{asio::ip::address_v4::loopback(), listener.port()}, "/anpr"}, {.posts_twice = true}, 5ms);
  io.restart();
  for (const auto end = clock.monotonic() + 3s; readings.size() < 3 && clock.monotonic() < end;) {
    io.run_one_for(10ms);
  }
  ASSERT_GE(readings.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<PlateReading>(readings[i].body).raw_text, lone_passing(i + 1).vehicle.plate);
  }
  EXPECT_THAT(camera->summary(), testing::HasSubstr("0 lost"));
  run_awaitable(io, listener.close());
}

TEST(LoneCameraIntegration, FailsByItsScheduleAndCountsIt) {
  SystemClock clock;
  asio::io_context io;
  std::vector<Reading> readings;
  DeviceSettings device;
  device.driver = AnprSettings{};
  anpr::AnprListener listener({io, clock, [&](Reading reading) { readings.push_back(std::move(reading)); }},
                              device);
  ASSERT_TRUE(run_awaitable(io, listener.open(clock.monotonic() + 1s)));
  Fault silence, twice;
  silence.device = twice.device = "camera";
  silence.count = twice.count = 1;
  twice.kind = FaultKind::kDoublePost;
  FaultSchedule schedule({silence, twice});
  const auto camera =
      make_posting_camera(io, {{asio::ip::address_v4::loopback(), listener.port()}, "/anpr"}, {}, 5ms);
  camera->fails_by(schedule, [] { return 0.0; });
  io.restart();
  for (const auto end = clock.monotonic() + 3s; readings.size() < 2 && clock.monotonic() < end;) {
    io.run_one_for(10ms);
  }
  ASSERT_GE(readings.size(), 2u);
  EXPECT_EQ(std::get<PlateReading>(readings[0].body).raw_text, lone_passing(2).vehicle.plate);
  EXPECT_EQ(listener.counters().at("double_posts"), 1u);
  EXPECT_EQ(schedule.counts().at("camera-1").at("silence"), 1u);
  run_awaitable(io, listener.close());
}

}  // namespace
}  // namespace exhaust::simulator
