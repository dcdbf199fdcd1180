#include "drivers/modbus/plan.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/modbus/profiles.hpp"

namespace exhaust::modbus {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using enum RegisterFunction;

ModbusProfile weather_with(std::vector<RegisterField> fields) {
  ModbusProfile profile;
  profile.name = "some";
  profile.reading = ReadingKind::kWeather;
  profile.fields = std::move(fields);
  return profile;
}
std::vector<PlannedRead> plan(const ModbusProfile& profile) { return modbus::plan(profile.fields, profile); }

TEST(ModbusPlan, ReadsTheWeatherStationInOneRequest) {
  ASSERT_TRUE(check(weather_profile()));
  EXPECT_THAT(plan(weather_profile()), ElementsAre(PlannedRead{kHolding, {0, 10}}));
}

TEST(ModbusPlan, NeighboursAreJoinedAndGapsAreNotAskedFor) {
  const auto profile = weather_with({field("pressure_hpa", 14), field("humidity_percent", 10),
                                     field("rain_mm_h", 11, RegisterType::kF32)});
  EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kInput, {10, 3}}, PlannedRead{kInput, {14, 1}}));
}

TEST(ModbusPlan, AGapIsFilledUpToTheMostAllowed) {
  auto profile = weather_with({field("pressure_hpa", 0), field("humidity_percent", 4), field("rain_mm_h", 9)});
  profile.gap_fill = 3;
  EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kInput, {0, 5}}, PlannedRead{kInput, {9, 1}}));
  profile.gap_fill = 4;
  EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kInput, {0, 10}}));
}

TEST(ModbusPlan, AForbiddenRegisterIsNeverReadToFillAGap) {
  auto profile = weather_with({field("pressure_hpa", 0), field("humidity_percent", 4), field("rain_mm_h", 8)});
  profile.gap_fill = 10;
  for (const std::uint16_t at : std::vector<std::uint16_t>{1, 2, 3}) {
    profile.forbidden = {{at, at}};
    EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kInput, {0, 1}}, PlannedRead{kInput, {4, 5}})) << at;
  }
  profile.forbidden = {{9, 20}};
  EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kInput, {0, 9}}));
}

TEST(ModbusPlan, EachFunctionHasRequestsOfItsOwn) {
  auto profile = weather_with({field("pressure_hpa", 0), field("humidity_percent", 1), field("rain_mm_h", 2)});
  profile.fields[1].function = kHolding;
  profile.gap_fill = 5;
  EXPECT_THAT(plan(profile), ElementsAre(PlannedRead{kHolding, {1, 1}}, PlannedRead{kInput, {0, 3}}));
}

TEST(ModbusPlan, NoRequestIsLongerThanTheDeviceAllows) {
  for (const std::uint16_t most : std::vector<std::uint16_t>{125, 20, 4}) {
    ModbusProfile profile;
    profile.most_registers = most;
    for (std::uint16_t at = 0; at < 300; at = static_cast<std::uint16_t>(at + 4)) {
      profile.fields.push_back(field("x", at, RegisterType::kF64));
    }
    std::size_t sum = 0;
    for (const auto& read : plan(profile)) {
      EXPECT_LE(read.range.count, most);
      sum += read.range.count;
    }
    EXPECT_EQ(sum, 300u);
  }
}

TEST(ModbusPlan, ACounterBesideItsValuesNeedsNoSecondLook) {
  auto profile = weather_with({field("pressure_hpa", 1), field("humidity_percent", 2)});
  profile.handshake = field("handshake", 0);
  const auto together = plan_poll(profile);
  EXPECT_TRUE(together.atomic);
  EXPECT_THAT(together.values, ElementsAre(PlannedRead{kInput, {0, 3}}));
  EXPECT_THAT(together.watch, IsEmpty());
  profile.handshake->address = 90;
  const auto apart = plan_poll(profile);
  EXPECT_FALSE(apart.atomic);
  EXPECT_THAT(apart.watch, ElementsAre(PlannedRead{kInput, {90, 1}}));
  EXPECT_THAT(apart.values, ElementsAre(PlannedRead{kInput, {1, 2}}));
  EXPECT_THAT(apart.counter, ElementsAre(PlannedRead{kInput, {90, 1}}));
}

TEST(ModbusPlan, StatesAndAlarmsAreWatchedBetweenMeasurementsToo) {
  auto profile = analyser_profile();
  profile.states = {{field("mode", 2), {{0, "testing"}}, {"testing"}}};
  profile.alarms = {{field("lamp", 40), {}, {0}}, {field("in_slot", 108), {}, {0}}};
  EXPECT_THAT(plan_poll(profile).watch, ElementsAre(PlannedRead{kInput, {0, 3}}, PlannedRead{kInput, {40, 1}}));
}

TEST(ModbusPlan, ConsecutiveSlotsComeInOneRequest) {
  const auto profile = analyser_profile();
  ASSERT_TRUE(check(profile));
  EXPECT_EQ(slot_read(profile), (PlannedRead{kInput, {100, 16}}));
  EXPECT_EQ(plan_slots(profile, 5, 5).read.range, (RegisterRange{180, 16}));
  const auto many = plan_slots(profile, 64, 100);
  EXPECT_EQ(many.read.range, (RegisterRange{100, 112}));
  EXPECT_EQ(many.count, 7);
  const auto before_the_end = plan_slots(profile, 127, 130);
  EXPECT_EQ(before_the_end.read.range, (RegisterRange{100 + 63 * 16, 16})) << "slot 63 and slot 0 are not neighbours";
  EXPECT_EQ(before_the_end.first, 127u);
}

TEST(ModbusPlan, SlotsWithRegistersBetweenThemAreJoinedOnlyOverAnAllowedGap) {
  auto profile = analyser_profile();
  profile.slot_stride = 20;
  EXPECT_EQ(plan_slots(profile, 0, 9).count, 1);
  profile.gap_fill = 4;
  EXPECT_EQ(plan_slots(profile, 0, 9).count, 6);
  profile.most_registers = 40;
  EXPECT_EQ(plan_slots(profile, 0, 9).count, 2);
  profile.forbidden = {{118, 118}};
  EXPECT_EQ(plan_slots(profile, 0, 9).count, 1);
  EXPECT_EQ(plan_slots(profile, 1, 9).count, 2) << "only the gap behind slot 0 is forbidden";
}

TEST(ModbusPlan, ASlotIsCutOutOfTheAnswerAtItsPlaceInSlotZero) {
  const auto profile = analyser_profile();
  Block read{kInput, 100 + 5 * 16, Registers(48)};
  read.words[16 + 15] = 7;
  const auto block = cut_slot(profile, read, 64 + 6);
  EXPECT_EQ(block.first, 100);
  EXPECT_EQ(block.words.size(), 16u);
  EXPECT_EQ(decode({&block, 1}, profile)->measurement_check, 7);
  EXPECT_THAT(cut_slot(profile, read, 64 + 8).words, IsEmpty()) << "that slot was not read";
  EXPECT_THAT(cut_slot(profile, read, 64 + 4).words, IsEmpty());
}

TEST(ModbusPlan, IsShownRequestByRequest) {
  auto profile = analyser_profile();
  profile.identities = {{field("model", 1900), "7"}};
  const auto rows = describe_plan(profile);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].when, "at opening");
  EXPECT_EQ(rows[0].read, (PlannedRead{kInput, {1900, 1}}));
  EXPECT_THAT(rows[0].fields, ElementsAre("model"));
  EXPECT_EQ(rows[1].when, "each poll");
  EXPECT_THAT(rows[1].fields, ElementsAre("handshake"));
  EXPECT_EQ(rows[2].when, "new measurement");
  EXPECT_EQ(rows[2].read, (PlannedRead{kInput, {100, 112}}));
  EXPECT_EQ(rows[2].fields.front(), "vehicle_number");
  EXPECT_EQ(rows[2].fields.back(), "7 of 64 slots");
  EXPECT_EQ(rows[3].when, "after reading");
}

}  // namespace
}  // namespace exhaust::modbus
