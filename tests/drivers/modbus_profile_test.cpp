#include "drivers/modbus_profile.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/modbus/profiles.hpp"

namespace exhaust {
namespace {

using modbus::analyser_profile;
using modbus::field;
using testing::HasSubstr;
using enum RegisterType;

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
        {"NoCounter", [](ModbusProfile& p) { p.handshake.reset(); }, "needs a [handshake] counter"},
        {"FloatCounter", [](ModbusProfile& p) { p.handshake->type = kF32; }, "u16 or u32"},
        {"NarrowStride", [](ModbusProfile& p) { p.slot_stride = 15; }, "slot_stride"},
        {"BeyondTheEnd", [](ModbusProfile& p) { p.fields[0].address = 64600; }, "65535"},
        {"WideSlot", [](ModbusProfile& p) { p.fields[0].address = 300; p.slot_stride = 400; p.gap_fill = 125; }, "125"},
        {"SlotWithGap", [](ModbusProfile& p) { p.fields.erase(p.fields.begin() + 3); }, "gap of 2 registers at 106"},
        {"SlotWithForbiddenGap",
         [](ModbusProfile& p) { p.fields.erase(p.fields.begin() + 3); p.gap_fill = 2; p.forbidden = {{107, 107}}; },
         "forbidden"},
        {"SlotOfTwoFunctions", [](ModbusProfile& p) { p.fields[2].function = RegisterFunction::kHolding; }, "one function"},
        {"ForbiddenField", [](ModbusProfile& p) { p.forbidden = {{105, 200}}; }, "'co_per_co2' lies in a forbidden range"},
        {"SmallRequests", [](ModbusProfile& p) { p.most_registers = 8; }, "one request of 8 registers"},
        {"FieldLongerThanARequest", [](ModbusProfile& p) { p.most_registers = 1; }, "longer than one request"},
        {"CodeBeyondItsType", [](ModbusProfile& p) { p.fields[7].not_available = {65536}; }, "can never stand"},
        {"SignedCodeWrittenUnsigned",
         [](ModbusProfile& p) { p.fields[7].type = kI16; p.fields[7].not_available = {65535}; }, "can never stand"},
        {"NoScale", [](ModbusProfile& p) { p.fields[1].scale = 0; }, "scale must not be 0"},
        {"TextAsMeasurement", [](ModbusProfile& p) { p.fields[7].type = kString; }, "belongs under [[identity]]"},
        {"BitsBeyondTheirRegister",
         [](ModbusProfile& p) { p.fields[7].type = kBits; p.fields[7].first_bit = p.fields[7].last_bit = 16; },
         "bits from 0 to 15"},
        {"StateAsFloat", [](ModbusProfile& p) { p.states = {{field("mode", 2, kF32), {}, {}}}; }, "a code is u16"},
        {"MeasuringWithoutWord",
         [](ModbusProfile& p) { p.states = {{field("mode", 2), {{0, "testing"}}, {"measuring"}}}; },
         "'measuring' under measuring is no word of its enum"},
        {"StateTwice", [](ModbusProfile& p) { p.states = {{field("mode", 2), {}, {}}, {field("mode", 3), {}, {}}}; }, "twice"},
        {"IdentityAsFloat", [](ModbusProfile& p) { p.identities = {{field("model", 2, kF32), {}}}; }, "a text or a whole number"},
        {"IdentityTooLong",
         [](ModbusProfile& p) { p.identities = {{field("model", 2, kString), "ABC"}}; }, "longer than its registers"}}),
    [](const auto& each) { return each.param.name; });

TEST(ModbusProfile, TellsAllItsMistakesAtOnce) {
  auto profile = analyser_profile();
  profile.fields[1].scale = 0;
  profile.slot_stride = 15;
  EXPECT_EQ(mistakes(profile).size(), 2u);
}

TEST(ModbusProfile, OfASlotHasStatesInsideAndOutside) {
  const auto profile = analyser_profile();
  EXPECT_TRUE(in_slot(profile, field("mode", 115)));
  EXPECT_FALSE(in_slot(profile, field("mode", 116)));
  EXPECT_FALSE(in_slot(profile, field("mode", 2)));
}

TEST(Quantity, IsKnownByItsWordAndPutIntoItsReading) {
  auto body = empty_body(ReadingKind::kPlume);
  EXPECT_TRUE(put(*find_quantity("hc_ppm"), 12.5, body));
  EXPECT_TRUE(put(*find_quantity("samples"), 50, body));
  EXPECT_FALSE(put(*find_quantity("pressure_hpa"), 1013, body)) << "of another reading";
  const auto& plume = std::get<PlumeReading>(body);
  EXPECT_EQ(plume.hc_ppm, 12.5);
  EXPECT_EQ(plume.samples, 50u);
  EXPECT_EQ(find_quantity("pressure"), nullptr);
}

TEST(Quantity, ThatIsACountIsAbsentWhenItIsNoWholeNumber) {
  for (const double value : {-1.0, 0.5, 256.0}) {
    auto body = empty_body(ReadingKind::kSpeed);
    put(*find_quantity("direction"), value, body);
    EXPECT_EQ(std::get<SpeedReading>(body).direction, std::nullopt) << value;
  }
}

TEST(Quantity, EachWordStandsOnceAndItsOwnUnitChangesNothing) {
  for (const auto& quantity : quantities()) {
    EXPECT_EQ(find_quantity(quantity.word), &quantity) << quantity.word;
    if (quantity.units.empty()) continue;
    EXPECT_EQ(quantity.units[0].factor, 1.0) << quantity.word;
    EXPECT_EQ(quantity.units[0].shift, 0.0) << quantity.word;
  }
}

struct UnitCase {
  const char *quantity, *unit;
  double told, own;
};
class QuantityUnit : public testing::TestWithParam<UnitCase> {};
TEST_P(QuantityUnit, IsConverted) {
  const auto& [word, name, told, own] = GetParam();
  const auto* unit = find_unit(*find_quantity(word), name);
  ASSERT_NE(unit, nullptr);
  EXPECT_NEAR(told * unit->factor + unit->shift, own, 1e-3) << word << " " << name;
}
INSTANTIATE_TEST_SUITE_P(All, QuantityUnit,
                         testing::ValuesIn(std::vector<UnitCase>{{"pressure_hpa", "kPa", 101.325, 1013.25},
                                                                 {"pressure_hpa", "mmHg", 760, 1013.25},
                                                                 {"pressure_hpa", "inHg", 1, 33.8639},
                                                                 {"temperature_c", "degF", 212, 100},
                                                                 {"temperature_c", "K", 273.15, 0},
                                                                 {"wind_speed_m_s", "km/h", 36, 10},
                                                                 {"wind_speed_m_s", "knot", 10, 5.144},
                                                                 {"speed_km_h", "m/h", 46810, 46.81},
                                                                 {"speed_km_h", "m/s", 10, 36},
                                                                 {"no_ppm", "%", 0.12, 1200},
                                                                 {"co_percent", "ppm", 12300, 1.23},
                                                                 {"hc_per_co2", "ppm/%", 10, 0.001},
                                                                 {"length_m", "cm", 450, 4.5}}));

}  // namespace
}  // namespace exhaust
