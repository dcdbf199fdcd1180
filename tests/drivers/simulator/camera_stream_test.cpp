// Integration: the daemon's real driver and the simulated camera, over loopback.
#include "drivers/simulator/camera_stream.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "drivers/anpr/listener.hpp"
#include "drivers/anpr/puller.hpp"
#include "drivers/simulator/camera.hpp"
#include "drivers/simulator/pictures.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::simulator {
namespace {

using namespace std::chrono_literals;

class SimulatedCameraIntegration : public testing::Test {
 protected:
  SimulatedCameraIntegration() {
    file = testing::TempDir() + "camera_password_" + std::to_string(::getpid());
    std::ofstream(file) << "secret\n";
    device.name = "camera";
    device.lane = 1;
  }
  ~SimulatedCameraIntegration() override {
    if (driver) run_awaitable(io, driver->close());
    std::filesystem::remove(file);
  }
  static Passing passing(std::uint32_t number) {
    Passing passing{.lane = 2, .number = number, .at = {}, .vehicle = {}};
    passing.vehicle.index = number;
    passing.vehicle.plate = "粤BAD123" + std::to_string(number % 10);
    passing.vehicle.plate_color = "green";
    passing.vehicle.plate_confidence = 93;
    return passing;
  }
  DriverContext context() {
    return {io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }};
  }
  template <class Done>
  bool until(Done done) {
    io.restart();
    for (const auto end = clock.monotonic() + 3s; !done() && clock.monotonic() < end;) io.run_one_for(10ms);
    return done();
  }
  AnprSettings pulling(std::uint16_t port) const {
    AnprSettings settings;
    settings.mode = AnprSettings::Mode::kPull;
    settings.path = CameraStreamSettings{}.path;
    settings.endpoint.host = "127.0.0.1";
    settings.endpoint.port = port;
    settings.user = "admin";
    settings.password_file = file;
    settings.count_element = "triggerNumber";
    settings.count = CountSource::kShared;
    return settings;
  }
  void expect_vehicle(const Reading& reading, std::uint32_t number) {
    const auto& plate = std::get<PlateReading>(reading.body);
    EXPECT_EQ(plate.raw_text, passing(number).vehicle.plate);
    EXPECT_EQ(plate.color, "green");
    EXPECT_EQ(plate.confidence, 93.0);
    EXPECT_EQ(reading.lane, 2u);
    EXPECT_EQ(reading.count, number);
    EXPECT_TRUE(reading.device_time);
    ASSERT_EQ(plate.pictures.size(), 2u);
    EXPECT_EQ(*plate.pictures[0].jpeg, plate_picture(passing(number).vehicle));
    EXPECT_EQ(*plate.pictures[1].jpeg, scene_picture(passing(number)));
  }
  CameraStream& serve(CameraStreamSettings settings) {
    stream = std::make_unique<CameraStream>(io, std::move(settings));
    return *stream;
  }
  /// Posts vehicles 1 and 2 and waits until the camera is done.
  Camera::Counters post_two(std::uint16_t port, CameraHabits habits) {
    poster = std::make_unique<Camera>(io, CameraTarget{{asio::ip::address_v4::loopback(), port}, "/anpr"},
                                      Lane{2}, 10ms, std::move(habits));
    poster->post(passing(1));
    poster->post(passing(2));
    EXPECT_TRUE(until([&] { return poster->idle(); }));
    return poster->counters();
  }
  std::uint16_t open_listener(const AnprSettings& settings) {
    device.driver = settings;
    auto listener = std::make_unique<anpr::AnprListener>(context(), device);
    EXPECT_TRUE(run_awaitable(io, listener->open(clock.monotonic() + 1s)));
    const auto port = listener->port();
    driver = std::move(listener);
    return port;
  }

  SystemClock clock;
  asio::io_context io;
  // Live until nothing runs any more.
  std::unique_ptr<CameraStream> stream;
  std::unique_ptr<Camera> poster;
  std::string file;
  DeviceSettings device;
  std::vector<Reading> readings;
  std::unique_ptr<Driver> driver;
};

TEST_F(SimulatedCameraIntegration, IsPulledWithAPassword) {
  auto& camera = serve({.user = "admin", .password = "secret", .gbk = true});
  device.driver = pulling(camera.port());
  driver = std::make_unique<anpr::AlertPuller>(context(), device);
  const auto opened = run_awaitable(io, driver->open(clock.monotonic() + 1s));
  ASSERT_TRUE(opened) << opened.error().detail;
  ASSERT_TRUE(until([&] { return camera.clients() == 1; }));
  for (std::uint32_t number = 1; number <= 3; ++number) camera.show(passing(number));
  ASSERT_TRUE(until([&] { return readings.size() == 3; }));
  for (std::uint32_t number = 1; number <= 3; ++number) expect_vehicle(readings[number - 1], number);
  EXPECT_EQ(camera.counters().challenged, 1u);
  EXPECT_EQ(driver->counters().at("challenges"), 1u);
  EXPECT_EQ(driver->counters().at("malformed"), 0u);
  EXPECT_EQ(driver->counters().at("skipped_bytes"), 0u);
}

TEST_F(SimulatedCameraIntegration, KeepsOutWhoDoesNotKnowThePassword) {
  auto& camera = serve({.user = "admin", .password = "other"});
  device.driver = pulling(camera.port());
  driver = std::make_unique<anpr::AlertPuller>(context(), device);
  EXPECT_EQ(run_awaitable(io, driver->open(clock.monotonic() + 1s)).error().kind, ErrorKind::kSettings);
}

TEST_F(SimulatedCameraIntegration, IsFoundAgainAfterARestart) {
  auto& camera = serve({.user = "admin", .password = "secret"});
  device.driver = pulling(camera.port());
  driver = std::make_unique<anpr::AlertPuller>(context(), device);
  ASSERT_TRUE(run_awaitable(io, driver->open(clock.monotonic() + 1s)));
  ASSERT_TRUE(until([&] { return camera.clients() == 1; }));
  camera.drop_clients();
  ASSERT_TRUE(until([&] { return !run_awaitable(io, driver->poll(clock.monotonic())); }));
  ASSERT_TRUE(run_awaitable(io, driver->open(clock.monotonic() + 1s)));
  ASSERT_TRUE(until([&] { return camera.clients() == 1; }));
  camera.show(passing(1));
  ASSERT_TRUE(until([&] { return readings.size() == 1; }));
  EXPECT_EQ(readings[0].session, 2u);
}

TEST_F(SimulatedCameraIntegration, ThatHangsIsNoticed) {
  auto& camera = serve({.heartbeat = 10ms});
  auto settings = pulling(camera.port());
  settings.heartbeat_limit = 100ms;
  device.driver = settings;
  driver = std::make_unique<anpr::AlertPuller>(context(), device);
  ASSERT_TRUE(run_awaitable(io, driver->open(clock.monotonic() + 1s)));
  io.restart();
  io.run_for(250ms);
  EXPECT_TRUE(run_awaitable(io, driver->poll(clock.monotonic())));  // heartbeats keep it alive
  camera.hang();
  ASSERT_TRUE(until([&] { return driver->counters().at("silent_streams") == 1; }));
  EXPECT_FALSE(run_awaitable(io, driver->poll(clock.monotonic())));
}

TEST_F(SimulatedCameraIntegration, StreamsItsFaults) {
  auto& camera = serve({.heartbeat = 10ms});
  const auto one = [](FaultKind kind) {
    Fault fault;
    fault.device = "camera";
    fault.kind = kind;
    fault.count = 1;
    fault.delay = 50ms;
    if (kind == FaultKind::kClock) fault.off_by = -90s;
    return fault;
  };
  FaultSchedule schedule({one(FaultKind::kSilence), one(FaultKind::kDoublePost), one(FaultKind::kDelay), one(FaultKind::kClock),
                          one(FaultKind::kReset), one(FaultKind::kHalfOpen)});
  camera.fails_by(schedule, [] { return 0.0; });
  auto settings = pulling(camera.port());
  settings.heartbeat_limit = 100ms;
  device.driver = settings;
  driver = std::make_unique<anpr::AlertPuller>(context(), device);
  const auto open = [&] {
    ASSERT_TRUE(run_awaitable(io, driver->open(clock.monotonic() + 1s)));
    ASSERT_TRUE(until([&] { return camera.clients() == 1; }));
  };
  open();
  const auto began = clock.monotonic();
  for (std::uint32_t number = 1; number <= 4; ++number) camera.show(passing(number));  // 1 is not said, 2 twice, 3 late
  ASSERT_TRUE(until([&] { return readings.size() == 3; }));
  EXPECT_GE(clock.monotonic() - began, 50ms);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(std::get<PlateReading>(readings[i].body).raw_text, passing(i + 2).vehicle.plate);
  EXPECT_EQ(driver->counters().at("double_posts"), 1u);
  EXPECT_LT(*readings[2].device_time, clock.wall() - 80s);
  camera.show(passing(5));
  ASSERT_TRUE(until([&] { return !run_awaitable(io, driver->poll(clock.monotonic())); }));
  open();
  camera.show(passing(6));
  ASSERT_TRUE(until([&] { return driver->counters().at("silent_streams") == 1; }));
  open();
  camera.show(passing(7));
  ASSERT_TRUE(until([&] { return readings.size() == 4; }));
  EXPECT_EQ(schedule.counts().at("camera-1").size(), 6u);
}

TEST_F(SimulatedCameraIntegration, PostsTwiceInGbkAndIsTakenOnce) {
  AnprSettings settings;
  settings.count_element = "triggerNumber";
  settings.count = CountSource::kShared;
  const auto port = open_listener(settings);
  const auto posts = post_two(port, {.format = CameraHabits::Format::kIsapiGbk, .posts_twice = true});
  EXPECT_EQ(posts.accepted, 2u);
  ASSERT_EQ(readings.size(), 2u);
  expect_vehicle(readings[0], 1);
  expect_vehicle(readings[1], 2);
}

TEST_F(SimulatedCameraIntegration, PostsWithAPassword) {
  AnprSettings settings;
  settings.user = "cam";
  settings.password_file = file;
  settings.count_element = "triggerNumber";
  settings.count = CountSource::kShared;
  const auto port = open_listener(settings);
  const auto posts = post_two(port, {.user = "cam", .password = "secret"});
  EXPECT_EQ(posts.accepted, 2u);
  EXPECT_EQ(posts.retried, 0u);
  EXPECT_EQ(readings.size(), 2u);
}

TEST_F(SimulatedCameraIntegration, PostsJson) {
  AnprSettings settings;
  settings.mode = AnprSettings::Mode::kJson;
  settings.json.plate = "Plate.Number";
  settings.json.color = "Plate.Color";
  settings.json.confidence = "Plate.Confidence";
  settings.json.lane = "Lane";
  settings.json.count = "Trigger";
  settings.json.time = "Time";
  settings.json.event_id = "Id";
  settings.json.pictures = {"Pictures.0.Data", "Pictures.1.Data"};
  settings.count = CountSource::kShared;
  const auto port = open_listener(settings);
  const auto posts = post_two(port, {.format = CameraHabits::Format::kJson, .posts_twice = true});
  EXPECT_EQ(posts.accepted, 2u);
  ASSERT_EQ(readings.size(), 2u);
  expect_vehicle(readings[0], 1);
  expect_vehicle(readings[1], 2);
}

}  // namespace
}  // namespace exhaust::simulator
