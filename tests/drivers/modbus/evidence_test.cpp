#include "drivers/modbus/evidence.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using enum RegisterType;

RegisterImage image(std::uint16_t first, std::string_view hex, RegisterFunction function = RegisterFunction::kHolding) {
  RegisterImage made;
  made.unit = 17;
  made.function = function;
  for (const auto word : wire(hex)) made.words[first++] = word;
  return made;
}

/// devices.md 3.1: 3.25 m/s, 180 deg, 25.5 degC, 60 %, 1013.25 hPa in CDAB.
constexpr const char* kWeather = "00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D";

TEST(ModbusEvidence, SpeaksForWhatAQuantityCanBeAndAgainstWhatItCannot) {
  const auto pressure = field("pressure_hpa", 0, kF32);
  EXPECT_GT(evidence(pressure, wire("44 7D 50 00")), 5) << "1013.25 hPa";
  EXPECT_LT(evidence(pressure, wire("50 00 44 7D")), -3) << "8.6e9 hPa";
  EXPECT_LT(evidence(pressure, wire("7F C0 00 00")), -3);
  EXPECT_LT(evidence(field("temperature_c", 0, kF32), wire("00 00 00 05")), 0) << "an integer read as a float";
  EXPECT_NEAR(evidence(field("temperature_c", 0), wire("00 00")), 0.2, 1e-9) << "unused registers are zero";
  auto coded = field("humidity_percent", 0);
  coded.not_available = {65535};
  EXPECT_EQ(evidence(coded, wire("FF FF")), 0) << "no value says nothing";
  EXPECT_EQ(evidence(field("vehicle_number", 0), wire("12 34")), 0) << "a count can be anything";
}

TEST(ModbusEvidence, TheRightMapIsTheBestFinding) {
  const auto found = score(image(0, kWeather), weather_profile());
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].shift, 0);
  EXPECT_EQ(found[0].order, std::nullopt);
  EXPECT_EQ(found[0].unit, 17);
  EXPECT_EQ(found[0].values.back().value, 1013.25);
  EXPECT_THAT(found[0].sentence, HasSubstr("unit 17, holding registers, as weather: wind_speed_m_s 3.25"));
}

TEST(ModbusEvidence, FindsAnotherWordOrder) {
  const auto found = score(image(0, "40 50 00 00 43 34 00 00 41 CC 00 00 42 70 00 00 44 7D 50 00"), weather_profile());
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].order, WordOrder::kABCD);
  EXPECT_EQ(found[0].profile.fields[0].order, WordOrder::kABCD);
}

TEST(ModbusEvidence, FindsAMapThatCountsFromOne) {
  const auto found = score(image(0, std::string("12 34 ") + kWeather + "00 07"), weather_profile());
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].shift, 1);
  EXPECT_EQ(found[0].profile.fields[0].address, 1);
}

TEST(ModbusEvidence, OfAnEmptyDeviceNothingIsClaimed) {
  EXPECT_THAT(score(image(0, "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF"), weather_profile()), IsEmpty());
  EXPECT_THAT(score(image(0, "00 00"), weather_profile()), IsEmpty()) << "registers that it does not have";
  EXPECT_THAT(search_weather(image(0, "00 00 00 00 00 00 00 00")), IsEmpty());
}

TEST(ModbusEvidence, WeatherIsFoundWithoutAMap) {
  const auto floats = search_weather(image(100, std::string("00 00 ") + kWeather));
  ASSERT_FALSE(floats.empty());
  EXPECT_EQ(floats[0].order, WordOrder::kCDAB);
  EXPECT_EQ(floats[0].values[0].quantity, "pressure_hpa");
  EXPECT_EQ(floats[0].values[0].address, 109);
  EXPECT_EQ(floats[0].values[0].value, 1013.25);
  // Renke: 60.2 %, 25.5 degC, 101.3 kPa in tenths (devices.md 3.3)
  const auto tenths = search_weather(image(0x1F4, "01 45 00 02 00 04 00 B4 02 5A 00 FF 00 00 00 0C 00 0F 03 F5"));
  ASSERT_FALSE(tenths.empty());
  EXPECT_EQ(tenths[0].values[0].address, 0x1FD);
  EXPECT_NEAR(*tenths[0].values[0].value, 1013, 1e-9);
}

TEST(ModbusEvidence, AFindingProposesAProfileAsText) {
  const auto found = score(image(0, kWeather), weather_profile());
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found[0].toml, HasSubstr("[[field]]\nquantity = \"pressure_hpa\"\naddress = 8\ntype = \"f32\"\norder = \"CDAB\"\n"));
}

}  // namespace
}  // namespace exhaust::modbus
