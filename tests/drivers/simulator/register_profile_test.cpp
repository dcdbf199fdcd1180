#include "drivers/simulator/register_profile.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "daemon/settings/settings.hpp"
#include "drivers/modbus/map.hpp"
#include "drivers/modbus/plan.hpp"
#include "drivers/simulator/analyser_registers.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {
namespace {

const auto kDevices = std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "devices";

TEST(RegisterProfile, OfTheWeatherStationHasTheWordsOfTheWeatherStation) {
  const auto profile = settings::read_profile(kDevices / "zhixiangyu-weather.toml");
  ASSERT_TRUE(profile) << profile.error().detail;
  const auto expected = weather_registers(weather_at(1000));
  EXPECT_THAT(registers_at(*profile, 0, 1, 1000), testing::ElementsAreArray(expected));
}

TEST(RegisterProfile, OfTheAnalyserHasTheWordsOfTheAnalyser) {
  const auto profile = settings::read_profile(kDevices / "analyser-history.toml");
  ASSERT_TRUE(profile) << profile.error().detail;
  AnalyserRegisters analyser;
  for (std::uint32_t number = 1; number <= 100; ++number) analyser.complete(number, make_vehicle(7, number).plume);
  EXPECT_THAT(registers_at(*profile, 100, 7, 0), testing::ElementsAreArray(analyser.words()));
}

TEST(RegisterProfile, EveryWeatherMapThatIsShippedIsReadBackByTheDaemonsDecoder) {
  int maps = 0;
  for (const auto& file : std::filesystem::directory_iterator(kDevices)) {
    const auto profile = settings::read_profile(file.path());
    if (!profile || profile->reading != ModbusProfile::Reading::kWeather) continue;
    ++maps;
    const auto words = registers_at(*profile, 0, 1, 5000);
    std::vector<modbus::Block> blocks;
    for (const auto& [function, range] : modbus::plan_poll(*profile).values) {
      blocks.push_back({function, range.first, {words.begin() + range.first, words.begin() + range.first + range.count}});
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
  EXPECT_GT(maps, 0);
}

RegisterField place(const char* quantity, std::uint16_t address, RegisterType type) {
  RegisterField field;
  field.quantity = quantity;
  field.address = address;
  field.type = type;
  return field;
}

TEST(RegisterProfile, WhatWasNotMeasuredIsTheMapsOwnCode) {
  ModbusProfile profile;
  profile.reading = ReadingKind::kWeather;
  profile.fields = {place("rain_mm_h", 0, RegisterType::kI16), place("rain_mm_h", 1, RegisterType::kU16), place("temperature_c", 3, RegisterType::kI16)};
  profile.fields[0].not_available = {32767};
  profile.fields[2].scale = 0.1;
  EXPECT_THAT(registers_at(profile, 0, 1, 0),
              testing::ElementsAre(32767, 65535, 0, static_cast<std::uint16_t>(std::lround(*weather_at(0).temperature_c * 10))));
}

TEST(RegisterProfile, TheDeviceMeasuresHasNoAlarmAndIsWhoItIsExpectedToBe) {
  ModbusProfile profile;
  profile.reading = ReadingKind::kWeather;
  profile.fields = {place("pressure_hpa", 0, RegisterType::kU16)};
  profile.fields[0].unit_factor = 10;  // kPa
  StateField state{place("mode", 1, RegisterType::kBits), {{0, "testing"}, {2, "calibrating"}, {5, "idle"}}, {"idle"}};
  state.where.first_bit = 4;
  state.where.last_bit = 7;
  profile.states = {state};
  profile.alarms = {{place("alarm", 2, RegisterType::kU16), {}, {7}}};
  profile.identities = {{place("model", 3, RegisterType::kString), "GAS"}};
  profile.identities[0].where.length = 2;
  const auto pressure = static_cast<std::uint16_t>(std::lround(*weather_at(0).pressure_hpa / 10));
  EXPECT_THAT(registers_at(profile, 0, 1, 0), testing::ElementsAre(pressure, 0x0050, 7, 'G' * 256 + 'A', 'S' * 256));
}

}  // namespace
}  // namespace exhaust::simulator
