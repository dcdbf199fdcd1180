// Integration: the simulated unit, in a thread of its own, and the driver it is made for. A second or two.
#include "drivers/simulator/mq007_unit.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "drivers/mq007/driver.hpp"
#include "drivers/simulator/command_line.hpp"
#include "drivers/simulator/model.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::simulator {
namespace {

using namespace std::chrono_literals;

TEST(Mq007Vehicle, IsWhatTheCombustionEquationMakesOfItsRatios) {
  Vehicle vehicle;
  vehicle.index = 31;
  vehicle.plume.co_per_co2 = 0.05;  // physics.md 1.1, third row
  vehicle.plume.hc_per_co2 = 0.001;
  vehicle.plume.no_per_co2 = 0.005;
  vehicle.smoke = smoke_of(20);
  const auto result = result_of(vehicle);
  EXPECT_NEAR(result.co2.value(), 14.5017, 5e-5);
  EXPECT_NEAR(result.co.value(), 0.7251, 5e-5);
  EXPECT_NEAR(result.hc.value(), 145.0, 0.05);
  EXPECT_NEAR(result.no.value(), 725.1, 0.05);
  EXPECT_EQ(result.opacity_max, 20);
  EXPECT_EQ(result.blackness, 2);
  EXPECT_EQ(result.length_cm, 410);
  EXPECT_EQ(result.speed_km_h, std::nullopt);
}

TEST(Mq007Vehicle, WithoutAPlumeHasNoGas) {
  const auto result = result_of(Vehicle{});
  EXPECT_EQ(result.co2, std::nullopt);
  EXPECT_EQ(result.opacity_max, std::nullopt);
}

/// A unit whose power can be cut.
class RunningUnit {
 public:
  explicit RunningUnit(const Mq007UnitSettings& settings) {
    auto started = Mq007Unit::start(io_, settings, [](const Error& error) { FAIL() << error.detail; });
    EXPECT_TRUE(started) << started.error().detail;
    unit_ = std::move(*started);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~RunningUnit() { stop(); }
  const Mq007Unit& stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    return *unit_;
  }

 private:
  asio::io_context io_;
  std::unique_ptr<Mq007Unit> unit_;
  std::thread thread_;
};

class Mq007UnitIntegration : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder);
    const auto ports = free_ports(2).value();
    unit_settings.udp_port = ports[0];
    unit_settings.tcp_port = ports[1];
    unit_settings.truth = folder / "truth.jsonl";
    unit_settings.headway = 40ms;
    unit_settings.both_lengths = true;
    unit_settings.damage_every = 2;
    Mq007Settings settings;
    settings.broadcast = "127.0.0.1";
    settings.discovery_port = ports[0];
    settings.discovery_ports = 1;
    settings.ask_calibration = true;
    device.driver = settings;
    driver = make_mq007_driver({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); },
                                [](const Frame&) {},
                                [this](const DeviceNotice& notice) { notices.push_back(notice.word); }},
                               device);
  }
  void TearDown() override {
    run_awaitable(io, driver->close());
    std::filesystem::remove_all(folder);
  }
  Result<void> open() { return run_awaitable(io, driver->open(std::chrono::steady_clock::now() + 2s)); }
  void run_until(const std::function<bool()>& reached) {
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (!reached() && std::chrono::steady_clock::now() < deadline) io.run_for(5ms);
    EXPECT_TRUE(reached());
  }
  std::string truth() const {
    std::ostringstream out;
    out << std::ifstream(*unit_settings.truth).rdbuf();
    return out.str();
  }

  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("mq007-" + std::to_string(getpid()));
  asio::io_context io;
  SystemClock clock;
  Mq007UnitSettings unit_settings;
  DeviceSettings device;
  std::vector<Reading> readings;
  std::vector<std::string> notices;
  std::unique_ptr<Driver> driver;
};

TEST_F(Mq007UnitIntegration, EveryVehicleOfTheTruthIsReadWithItsValues) {
  unit_settings.vehicles = 6;
  RunningUnit unit(unit_settings);
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(truth(), "");  // nobody is there to notice
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().detail;
  run_until([&] { return readings.size() == 6 * 5; });
  // The damage behind the last result comes after it.
  run_until([&] {
    std::uint64_t damaged = 0;
    for (const auto& [word, count] : driver->counters()) damaged += word == "oversize" || word == "bad_length" || word == "bad_tail" ? count : 0;
    return damaged == 9;
  });
  EXPECT_EQ(unit.stop().time_syncs(), 1u);
  EXPECT_EQ(driver->counters().at("results"), 6u);
  EXPECT_EQ(driver->counters().at("bad_results"), 0u);
  EXPECT_EQ(driver->counters().at("bad_length"), 3u);
  EXPECT_EQ(driver->counters().at("bad_tail"), 3u);
  EXPECT_EQ(driver->counters().at("oversize"), 3u);
  EXPECT_EQ(notices, std::vector<std::string>{"calibration"});

  std::istringstream lines(truth());
  std::vector<PlumeReading> plumes;
  for (const auto& reading : readings) {
    if (const auto* plume = std::get_if<PlumeReading>(&reading.body)) plumes.push_back(*plume);
  }
  ASSERT_EQ(plumes.size(), 6u);
  std::size_t i = 0;
  for (std::string line; std::getline(lines, line); ++i) {
    const auto result = result_of(from_truth_line(line)->vehicle);
    EXPECT_EQ(plumes[i].co2_percent.has_value(), result.co2.has_value());
    if (result.co2) {
      EXPECT_FLOAT_EQ(static_cast<float>(*plumes[i].co2_percent), static_cast<float>(*result.co2));
    }
  }
  EXPECT_EQ(i, 6u);
}

TEST_F(Mq007UnitIntegration, ARestartedUnitIsFoundAgainAndItsTruthGoesOn) {
  unit_settings.vehicles = 2;
  std::optional<RunningUnit> unit(std::in_place, unit_settings);
  ASSERT_TRUE(open());
  run_until([&] { return readings.size() == 2 * 5; });
  unit.reset();
  run_until([&] { return !run_awaitable(io, driver->poll(std::chrono::steady_clock::now() + 1s)); });
  run_awaitable(io, driver->close());
  unit_settings.vehicles = 4;
  unit.emplace(unit_settings);
  ASSERT_TRUE(open());
  run_until([&] { return readings.size() == 4 * 5; });
  EXPECT_EQ(readings.back().session, 2u);
  EXPECT_EQ(read_truth(truth())->vehicles, 4u);
}

TEST_F(Mq007UnitIntegration, APortThatIsTakenIsSaid) {
  const asio::ip::tcp::acceptor other(io, {asio::ip::address_v4::loopback(), unit_settings.tcp_port});
  const auto unit = Mq007Unit::start(io, unit_settings, [](const Error&) {});
  ASSERT_FALSE(unit);
  EXPECT_EQ(unit.error().kind, ErrorKind::kDisconnected);
}

}  // namespace
}  // namespace exhaust::simulator
