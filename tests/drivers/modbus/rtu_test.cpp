// An RTU device on a pty.
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <thread>

#include "tests/drivers/modbus/driver_fixture.hpp"

namespace exhaust {
namespace {

using testing::ElementsAre;

/// The weather station of devices.md 3.1 on a pty, with its literal bytes.
class WeatherIntegration : public ModbusDriverIntegration {
 protected:
  WeatherIntegration() {
    char name[128];
    EXPECT_EQ(::openpty(&master, &slave, name, nullptr, nullptr), 0);
    termios raw{};
    ::tcgetattr(slave, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave, TCSANOW, &raw);
    path = name;
    driver = make("rtu:" + path + "?baud=115200", weather_profile());
  }
  ~WeatherIntegration() override {
    station.join();
    ::close(master);
    ::close(slave);
  }
  /// Answers the next requests with these bytes, one each; empty is silence.
  void station_says(std::vector<std::string> answers) {
    if (station.joinable()) station.join();
    station = std::thread([this, answers = std::move(answers)] {
      for (const auto& answer : answers) {
        Bytes request(8);
        for (std::size_t got = 0; got < request.size();) {
          pollfd waiting{master, POLLIN, 0};
          if (::poll(&waiting, 1, 2000) <= 0) return;
          const auto count = ::read(master, request.data() + got, request.size() - got);
          if (count <= 0) return;
          got += static_cast<std::size_t>(count);
        }
        requests.push_back(to_hex(request));
        const auto bytes = *from_hex(answer);
        if (::write(master, bytes.data(), bytes.size()) < 0) return;
      }
    });
  }

  static constexpr const char* kAnswer =
      "01 03 14 00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D 7D 89";
  int master = -1, slave = -1;
  std::string path;
  std::vector<std::string> requests;
  std::thread station;
};

TEST_F(WeatherIntegration, SpeaksTheLiteralBytesOfTheDevicesPage) {
  station_says({kAnswer});
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  station.join();
  EXPECT_THAT(requests, ElementsAre("01030000000ac5cd"));
  station = std::thread([] {});
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).pressure_hpa, 1013.25);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).wind_speed_m_s, 3.25);
}

TEST_F(WeatherIntegration, NoiseAndSilenceCostTheirPollOnly) {
  std::string damaged = kAnswer;
  damaged.back() = 'A';
  // After each of the two, other numbers of registers tell a late answer apart: 1, which is not answered, and 2.
  const std::string two_registers = "01 03 04 00 00 00 00 FA 33";
  station_says({damaged, "", two_registers, kAnswer});
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("bad_frames"), 1u);
}

TEST_F(WeatherIntegration, AnUnpluggedPortIsDisconnected) {
  station_says({});
  ASSERT_TRUE(open());
  station.join();
  ::close(master);
  ::close(slave);
  master = slave = -1;
  station = std::thread([] {});
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
}

TEST_F(WeatherIntegration, OnePortWithTwoSpeedsIsASettingsError) {
  station_says({});
  ASSERT_TRUE(open());
  auto other = make("rtu:" + path + "?baud=9600", weather_profile());
  EXPECT_EQ(run(other->open(clock.monotonic() + 1s)).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust
