#include "drivers/modbus/map.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ModbusMap, ReadsTheWeatherStationInOneRequest) {
  ASSERT_TRUE(check(weather_profile()));
  EXPECT_THAT(plan(weather_profile()), ElementsAre(RegisterRange{0, 10}));
}

TEST(ModbusMap, DecodesTheWeatherStationFromItsLiteralBytes) {
  // devices.md 3.1: the payload of the answer
  const Block block{0, wire("00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D")};
  const auto decoded = decode({&block, 1}, weather_profile());
  ASSERT_TRUE(decoded);
  const auto& weather = std::get<WeatherReading>(decoded->body);
  EXPECT_EQ(weather.wind_speed_m_s, 3.25);
  EXPECT_EQ(weather.wind_direction_deg, 180);
  EXPECT_EQ(weather.temperature_c, 25.5);
  EXPECT_EQ(weather.humidity_percent, 60);
  EXPECT_EQ(weather.pressure_hpa, 1013.25);
  EXPECT_EQ(weather.rain_mm_h, std::nullopt);
}

TEST(ModbusMap, DecodesAPlumeAndLeavesOutWhatWasNotMeasured) {
  const Block block{100, wire("00 01 E2 40"   // vehicle 123456
                              "3F 80 00 00"   // co2 excess 1.0
                              "BD CC CC CD"   // co -0.1: noise stays
                              "7F C0 00 00"   // hc NaN
                              "3A 83 12 6F"   // no 0.001
                              "7F 80 00 00"   // no2 infinite
                              "3F 40 00 00"   // r2 0.75
                              "00 32"         // 50 samples
                              "E2 40")};
  const auto decoded = decode({&block, 1}, analyser_profile());
  ASSERT_TRUE(decoded);
  const auto& plume = std::get<PlumeReading>(decoded->body);
  EXPECT_EQ(decoded->vehicle_number, 123456u);
  EXPECT_EQ(decoded->measurement_check, 0xE240);
  EXPECT_EQ(plume.co2_excess_percent, 1.0);
  EXPECT_NEAR(*plume.co_per_co2, -0.1, 1e-8);
  EXPECT_EQ(plume.hc_per_co2, std::nullopt);
  EXPECT_NEAR(*plume.no_per_co2, 0.001, 1e-10);
  EXPECT_EQ(plume.no2_per_co2, std::nullopt);
  EXPECT_EQ(plume.co_r2, 0.75);
  EXPECT_EQ(plume.samples, 50u);
}

ModbusProfile one_field(RegisterField field) {
  return {"one", ModbusProfile::Reading::kWeather, RegisterFunction::kInput, {std::move(field)}, {}, 1, 0};
}

TEST(ModbusMap, ScalesAndKnowsTheCodesForNoValue) {
  RegisterField field{"temperature_c", 0x1F, RegisterType::kI16, WordOrder::kABCD, 0.1, 0.0, {32767}, {}, {}};
  const auto temperature = [&](std::string_view hex) {
    const Block block{0x1F, wire(hex)};
    return std::get<WeatherReading>(decode({&block, 1}, one_field(field))->body).temperature_c;
  };
  EXPECT_NEAR(*temperature("FF 9C"), -10.0, 1e-12);
  EXPECT_EQ(temperature("7F FF"), std::nullopt);
  field.offset = -40;  // Ecowitt: (raw - 400) / 10
  EXPECT_NEAR(*temperature("02 8A"), 25.0, 1e-12);
}

TEST(ModbusMap, ValuesOutsideTheirRangeAreAbsentAndCounted) {
  const RegisterField field{"pressure_hpa", 0, RegisterType::kU16, WordOrder::kABCD, 0.1, 0.0, {}, 500.0, 1100.0};
  for (const auto& [hex, valid] : {std::pair{"27 94", true}, {"03 F5", false}, {"FF FF", false}}) {
    const Block block{0, wire(hex)};
    const auto decoded = decode({&block, 1}, one_field(field));
    EXPECT_EQ(std::get<WeatherReading>(decoded->body).pressure_hpa.has_value(), valid) << hex;
    EXPECT_EQ(decoded->out_of_range, valid ? 0u : 1u) << hex;
  }
}

TEST(ModbusMap, AShortAnswerIsABadFrame) {
  const Block block{0, Registers(9)};
  EXPECT_EQ(decode({&block, 1}, weather_profile()).error().kind, ErrorKind::kBadFrame);
}

TEST(ModbusMap, NeighboursAreJoinedAndGapsAreNotAskedFor) {
  auto profile = weather_profile();
  profile.fields = {field("pressure_hpa", 14),
                    field("humidity_percent", 10),
                    field("rain_mm_h", 11, RegisterType::kF32)};
  EXPECT_THAT(plan(profile), ElementsAre(RegisterRange{10, 3}, RegisterRange{14, 1}));
}

TEST(ModbusMap, NoRequestIsLongerThan125Registers) {
  ModbusProfile profile;
  for (std::uint16_t at = 0; at < 300; at = static_cast<std::uint16_t>(at + 4)) {
    profile.fields.push_back(field("x", at, RegisterType::kF64));
  }
  std::size_t sum = 0;
  for (const auto& range : plan(profile)) {
    EXPECT_LE(range.count, 125);
    sum += range.count;
  }
  EXPECT_EQ(sum, 300u);
}

TEST(ModbusMap, ConsecutiveSlotsComeInOneRequest) {
  const auto profile = analyser_profile();
  ASSERT_TRUE(check(profile));
  EXPECT_EQ(slot_range(profile), (RegisterRange{100, 16}));
  const auto one = plan_slots(profile, 5, 5);
  EXPECT_EQ(one.range, (RegisterRange{180, 16}));
  const auto many = plan_slots(profile, 64, 100);
  EXPECT_EQ(many.range, (RegisterRange{100, 112}));
  EXPECT_EQ(many.count, 7);
  const auto before_the_end = plan_slots(profile, 127, 130);
  EXPECT_EQ(before_the_end.range, (RegisterRange{100 + 63 * 16, 16})) << "slot 63 and slot 0 are not neighbours";
  EXPECT_EQ(before_the_end.first, 127u);
}

TEST(ModbusMap, ASlotIsCutOutOfTheAnswerAtItsPlaceInSlotZero) {
  const auto profile = analyser_profile();
  Registers answer(48);
  answer[16 + 15] = 7;
  const auto block = cut_slot(profile, answer, 1);
  EXPECT_EQ(block.first, 100);
  EXPECT_EQ(block.words.size(), 16u);
  EXPECT_EQ(decode({&block, 1}, profile)->measurement_check, 7);
}

struct BadProfile {
  std::string name;
  void (*spoil)(ModbusProfile&);
  std::string says;
};
class ModbusProfileMistake : public testing::TestWithParam<BadProfile> {};
TEST_P(ModbusProfileMistake, IsFoundBeforeAnyRequest) {
  auto profile = analyser_profile();
  GetParam().spoil(profile);
  const auto checked = check(profile);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(checked.error().detail, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    All, ModbusProfileMistake,
    testing::ValuesIn(std::vector<BadProfile>{
        {"NoFields", [](ModbusProfile& p) { p.fields.clear(); }, "no fields"},
        {"UnknownWord", [](ModbusProfile& p) { p.fields[1].quantity = "wind_speed_m_s"; }, "wind_speed_m_s"},
        {"Twice", [](ModbusProfile& p) { p.fields[1].quantity = "co_per_co2"; }, "twice"},
        {"NoCounter", [](ModbusProfile& p) { p.handshake.reset(); }, "handshake"},
        {"FloatCounter", [](ModbusProfile& p) { p.handshake->type = RegisterType::kF32; }, "u16 or u32"},
        {"NarrowStride", [](ModbusProfile& p) { p.slot_stride = 15; }, "slot_stride"},
        {"BeyondTheEnd", [](ModbusProfile& p) { p.fields[0].address = 64600; }, "65535"},
        {"WideSlot", [](ModbusProfile& p) { p.fields[0].address = 300; p.slot_stride = 400; }, "125"}}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace exhaust::modbus
