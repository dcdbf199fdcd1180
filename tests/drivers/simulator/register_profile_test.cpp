#include "drivers/simulator/register_profile.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "drivers/modbus/map.hpp"
#include "drivers/simulator/analyser_registers.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {
namespace {

const auto kDevices = std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "devices";

TEST(RegisterProfile, OfTheWeatherStationHasTheWordsOfTheWeatherStation) {
  const auto profile = read_register_profile(kDevices / "zhixiangyu-weather.toml");
  ASSERT_TRUE(profile) << profile.error().detail;
  const auto expected = weather_registers(weather_at(1000));
  EXPECT_THAT(registers_at(*profile, 0, 1, 1000), testing::ElementsAreArray(expected));
}

TEST(RegisterProfile, OfTheAnalyserHasTheWordsOfTheAnalyser) {
  const auto profile = read_register_profile(kDevices / "analyser-history.toml");
  ASSERT_TRUE(profile) << profile.error().detail;
  AnalyserRegisters analyser;
  for (std::uint32_t number = 1; number <= 100; ++number) analyser.complete(number, make_vehicle(7, number).plume);
  EXPECT_THAT(registers_at(*profile, 100, 7, 0), testing::ElementsAreArray(analyser.words()));
}

TEST(RegisterProfile, EveryWeatherMapThatIsShippedIsReadBackByTheDaemonsDecoder) {
  int read = 0;
  for (const auto& file : std::filesystem::directory_iterator(kDevices)) {
    const auto profile = read_register_profile(file.path());
    if (!profile || profile->reading != ModbusProfile::Reading::kWeather) continue;
    ++read;
    const auto words = registers_at(*profile, 0, 1, 5000);
    std::vector<modbus::Block> blocks;
    for (const auto range : modbus::plan(*profile)) {
      blocks.push_back({range.first, {words.begin() + range.first, words.begin() + range.first + range.count}});
    }
    const auto decoded = modbus::decode(blocks, *profile);
    ASSERT_TRUE(decoded) << file.path();
    const auto& weather = std::get<WeatherReading>(decoded->body);
    const auto told = weather_at(5000);
    for (const auto& field : profile->fields) {
      const auto near = [&](const std::optional<double>& got, const std::optional<double>& sent) {
        ASSERT_TRUE(got) << file.path() << " " << field.quantity;
        EXPECT_NEAR(*got, *sent, std::max(std::abs(field.scale), 1e-3)) << file.path() << " " << field.quantity;
      };
      if (field.quantity == "temperature_c") near(weather.temperature_c, told.temperature_c);
      if (field.quantity == "humidity_percent") near(weather.humidity_percent, told.humidity_percent);
      if (field.quantity == "pressure_hpa") near(weather.pressure_hpa, told.pressure_hpa);
      if (field.quantity == "wind_speed_m_s") near(weather.wind_speed_m_s, told.wind_speed_m_s);
    }
  }
  EXPECT_GT(read, 0);
}

TEST(RegisterProfile, WhatWasNotMeasuredIsTheMapsOwnCode) {
  const auto profile = parse_register_profile(R"(
reading = "weather"
function = "holding"
address_base = 1
[[field]]
quantity = "rain_mm_h"
address = 1
type = "i16"
not_available = [32767]
[[field]]
quantity = "rain_mm_h"
address = 2
type = "u16"
[[field]]
quantity = "temperature_c"
address = 4
type = "i16"
scale = 0.1
)", "f.toml");
  ASSERT_TRUE(profile) << profile.error().detail;
  const auto words = registers_at(*profile, 0, 1, 0);
  EXPECT_THAT(words, testing::ElementsAre(32767, 65535, 0, static_cast<std::uint16_t>(std::lround(*weather_at(0).temperature_c * 10))));
}

TEST(RegisterProfile, WhatIsNoRegisterMapIsSaid) {
  const auto mistake = [](const char* text) { return parse_register_profile(text, "f.toml").error().detail; };
  EXPECT_EQ(mistake("profile = \"x\""), "f.toml is no register map: see its 'field'");
  EXPECT_EQ(mistake("[[field]]\naddress = 1\ntype = \"u8\""), "f.toml is no register map: see its 'type'");
  EXPECT_EQ(mistake("[[field]]\ntype = \"u16\""), "f.toml is no register map: see its 'address'");
  EXPECT_TRUE(std::string(mistake("[[field")).starts_with("f.toml:1: "));
}

}  // namespace
}  // namespace exhaust::simulator
