#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "daemon/settings/settings.hpp"

namespace exhaust::settings {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A station with one lane and a unit in it.
class Mq007TableTest : public testing::Test {
 protected:
  Mq007TableTest() {
    char name[] = "/tmp/exhaust-mq007-XXXXXX";
    folder = mkdtemp(name);
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards", folder / "standards");
  }
  ~Mq007TableTest() override { std::filesystem::remove_all(folder); }

  Result<Settings> read(const std::string& keys) {
    std::ofstream(folder / "s.toml") << R"([station]
id = "A110119001"
simulated = true
[standard]
files = ["standards/hj845-2017.toml"]
[[lane]]
lane = 1
[device.unit]
driver = "mq007"
lane = 1
)" << keys;
    return read_settings(folder / "s.toml");
  }
  Mq007Settings unit(const std::string& keys) {
    const auto settings = read(keys);
    EXPECT_TRUE(settings) << settings.error().detail;
    return settings ? std::get<Mq007Settings>(settings->devices.at(0).driver) : Mq007Settings{};
  }
  std::string mistakes(const std::string& keys) {
    const auto settings = read(keys);
    return settings ? "" : settings.error().detail;
  }

  std::filesystem::path folder;
};

TEST_F(Mq007TableTest, WithoutAnyKeyTheUnitIsLookedForAndGivesEverythingButPlates) {
  const auto settings = read("");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& unit = std::get<Mq007Settings>(settings->devices.at(0).driver);
  EXPECT_FALSE(unit.endpoint);
  EXPECT_EQ(unit.broadcast, "255.255.255.255");
  EXPECT_EQ(unit.discovery_port, 5666);
  EXPECT_EQ(unit.link_timeout, 10s);
  EXPECT_TRUE(settings->lanes[0].expects_plume);
  EXPECT_TRUE(settings->lanes[0].expects_smoke);
  EXPECT_FALSE(settings->lanes[0].expects_plate);
}

TEST_F(Mq007TableTest, EveryKeyIsRead) {
  const auto fixed = unit(R"(endpoint = "tcp:192.168.1.7:5888"
shake_hand_period = "1s"
link_timeout = "4s"
time_sync = false
ask_calibration = true
result_struct = "without_spectrum"
hc_unit = "percent"
co_unit = "ppm"
opacity = "mean"
opacity_unit = "fraction"
use_k = false
least_ultraviolet = 1900
)");
  EXPECT_EQ(to_string(fixed.endpoint.value()), "tcp:192.168.1.7:5888");
  EXPECT_EQ(fixed.shake_hand_period, 1s);
  EXPECT_EQ(fixed.link_timeout, 4s);
  EXPECT_FALSE(fixed.time_sync);
  EXPECT_TRUE(fixed.ask_calibration);
  EXPECT_EQ(fixed.result_struct, ResultStruct::kWithoutSpectrum);
  EXPECT_EQ(fixed.hc_unit, GasUnit::kPercent);
  EXPECT_EQ(fixed.no_unit, GasUnit::kPpm);
  EXPECT_EQ(fixed.co_unit, GasUnit::kPpm);
  EXPECT_EQ(fixed.opacity, Mq007Settings::Opacity::kMean);
  EXPECT_EQ(fixed.opacity_unit, Mq007Settings::OpacityUnit::kFraction);
  EXPECT_FALSE(fixed.use_k);
  EXPECT_EQ(fixed.least_ultraviolet, 1900);
  const auto found = unit("broadcast = \"192.168.1.255\"\ndiscovery_port = 6000\ndiscovery_ports = 1\ntester_name = \"MQ-007-12\"\n");
  EXPECT_EQ(found.broadcast, "192.168.1.255");
  EXPECT_EQ(found.discovery_port, 6000);
  EXPECT_EQ(found.discovery_ports, 1u);
  EXPECT_EQ(found.tester_name, "MQ-007-12");
}

TEST_F(Mq007TableTest, AMistakeIsASentenceThatSaysWhatIsAllowed) {
  EXPECT_THAT(mistakes("endpoint = \"serial:/dev/x\"\n"), HasSubstr("endpoint: expected tcp:HOST:PORT, or no endpoint"));
  EXPECT_THAT(mistakes("endpoint = \"tcp:a:1\"\ntester_name = \"x\"\n"), HasSubstr("tester_name: is for units that are looked for"));
  EXPECT_THAT(mistakes("broadcast = \"everybody\"\n"), HasSubstr("'everybody' is not an IPv4 address"));
  EXPECT_THAT(mistakes("link_timeout = \"1s\"\n"), HasSubstr("link_timeout: must be longer than shake_hand_period"));
  EXPECT_THAT(mistakes("co_unit = \"mg\"\n"), HasSubstr("'mg' is not one of: percent, ppm"));
  EXPECT_THAT(mistakes("opacity = \"most\"\n"), HasSubstr("'most' is not one of: max, mean"));
  EXPECT_THAT(mistakes("discovery_ports = 21\n"), HasSubstr("expected a whole number from 1 to 20"));
}

TEST_F(Mq007TableTest, ASecondDeviceThatReportsTheLanesVehiclesIsAMistake) {
  constexpr auto* kGate = "[device.gate]\ndriver = \"frame\"\ndecoder = \"stdbus-gate\"\nlane = 1\nendpoint = \"tcp:a:1\"\n";
  EXPECT_THAT(mistakes(kGate), HasSubstr("device.unit.lane: 'gate' reports the vehicles of this lane already"));
  EXPECT_THAT(mistakes("[device.another]\ndriver = \"mq007\"\nlane = 1\n"), HasSubstr("each would count twice"));
}

}  // namespace
}  // namespace exhaust::settings
