#include "daemon/quality/judge.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace exhaust::quality {
namespace {

struct Row {
  std::string name;   ///< the row of standards.md 1.3 or 1.4, or what else it is from
  std::string quantity;
  double standard, measured;
  bool within;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

v1::QualityCheck check_of(const std::string& quantity, double standard, std::optional<double> measured) {
  v1::QualityCheck check;
  check.set_kind(v1::QualityCheck::static_check);
  auto& one = *check.add_compared();
  one.set_quantity(quantity);
  one.set_standard(standard);
  if (measured) one.set_measured(*measured);
  return check;
}

class ToleranceRow : public testing::TestWithParam<Row> {};

TEST_P(ToleranceRow, DecidesAtItsBound) {
  const auto& row = GetParam();
  const auto judged = quality::judged(check_of(row.quantity, row.standard, row.measured), QualitySettings::default_tolerances());
  EXPECT_EQ(judged.compared(0).within(), row.within) << judged.compared(0).tolerance();
  EXPECT_EQ(judged.passed(), row.within);
}

INSTANTIATE_TEST_SUITE_P(Defaults, ToleranceRow, testing::ValuesIn(std::vector<Row>{
    {"CoTenPercentOfTheReading_1_3", "co_percent", 5.24, 5.764, true},          // gas of MQ-007, 1.4
    {"CoAboveTenPercent_1_3", "co_percent", 5.24, 5.765, false},
    {"CoBelowTenPercent_1_3", "co_percent", 5.24, 4.715, false},
    {"CoQuarterPercentAbsolute_1_3", "co_percent", 1, 1.25, true},
    {"CoAboveQuarterPercent_1_3", "co_percent", 1, 1.2501, false},
    {"Co2TenPercent_1_3", "co2_percent", 8.36, 9.196, true},
    {"Co2AboveTenPercent_1_3", "co2_percent", 8.36, 9.197, false},
    {"Co2QuarterPercentAbsolute_1_3", "co2_percent", 0, 0.25, true},
    {"Co2AboveQuarterPercent_1_3", "co2_percent", 0, 0.2501, false},
    {"NoTenPercent_1_3", "no_ppm", 2500, 2250, true},
    {"NoBelowTenPercent_1_3", "no_ppm", 2500, 2249.9, false},
    {"NoTwentyAbsolute_1_3", "no_ppm", 0, -20, true},
    {"NoBeyondTwentyAbsolute_1_3", "no_ppm", 0, 20.1, false},
    {"HcTenPercent_1_3", "hc_ppm", 1000, 1100, true},
    {"HcAboveTenPercent_1_3", "hc_ppm", 1000, 1100.1, false},
    {"HcAbsoluteIsAssumed", "hc_ppm", 105, 125, true},
    {"HcBeyondTheAssumed", "hc_ppm", 105, 125.1, false},
    {"PropaneAsHc_1_4", "propane_ppm", 1000, 1101, false},
    {"ButadieneAsHc_1_4", "butadiene_ppm", 1000, 900, true},
    {"SmokeFilterIsAssumed_1_4", "smoke_filter_5_percent", 30, 32, true},
    {"SmokeFilterBeyondTheAssumed_1_4", "smoke_filter_1_percent", 30, 27.9, false},
    {"TemperatureOneDegree_1_3", "temperature_c", -30, -29, true},
    {"TemperatureBeyondOneDegree_1_3", "temperature_c", -30, -28.9, false},
    {"SpeedOfUsPractice_1_3", "speed_km_h", 50, 51.6, true},
    {"SpeedBeyondUsPractice_1_3", "speed_km_h", 50, 51.7, false},
    {"PuffCoTenPercent", "co_per_co2", 0.5, 0.55, true},
    {"PuffCoAbsoluteOfCleanExhaust", "co_per_co2", 0, 0.0166, true},
    {"PuffCoBeyondIt", "co_per_co2", 0, 0.0167, false},
    {"PuffNoAbsoluteOfCleanExhaust", "no_per_co2", 0, 0.000132, true},
    {"PuffNoBeyondIt", "no_per_co2", 0, 0.000134, false},
    {"PuffHcBeyondTenPercent", "hc_per_co2", 0.01, 0.0111, false},
    {"PuffNo2", "no2_per_co2", 0.01, 0.0109, true},
    {"Opacity", "opacity_percent", 30, 32.1, false},
    {"ExtinctionTenPercent", "k_per_m", 2, 2.2, true},
    {"ExtinctionBeyond", "k_per_m", 2, 2.21, false},
}), [](const auto& row) { return row.param.name; });

TEST(Judged, ABoundThatIsNoBinaryFractionIsInside) {
  EXPECT_TRUE(judged(check_of("co_percent", 7, 7.7), QualitySettings::default_tolerances()).passed());
  EXPECT_TRUE(judged(check_of("co_percent", 3, 2.7), QualitySettings::default_tolerances()).passed());
}

TEST(Judged, WhatWasNotMeasuredIsNotWithinAndStaysAbsent) {
  const auto judged = quality::judged(check_of("no_ppm", 100, std::nullopt), QualitySettings::default_tolerances());
  EXPECT_FALSE(judged.passed());
  EXPECT_FALSE(judged.compared(0).has_measured());
}

TEST(Judged, WhatTheRequestSaysOfToleranceAndResultDoesNotCount) {
  auto check = check_of("no_ppm", 2500, 1000);
  check.set_passed(true);
  check.mutable_compared(0)->set_within(true);
  check.mutable_compared(0)->set_tolerance(1e9);
  const auto judged = quality::judged(check, QualitySettings::default_tolerances());
  EXPECT_FALSE(judged.passed());
  EXPECT_DOUBLE_EQ(judged.compared(0).tolerance(), 250);
}

TEST(Judged, ToleranceDeviceAndInspectorMustAllAgree) {
  for (const bool within : {true, false}) {
    for (const bool device : {true, false}) {
      for (const bool inspector : {true, false}) {
        auto check = check_of("no_ppm", 2500, within ? 2500 : 1000);
        check.set_passed_by_device(device);
        check.set_passed_by_inspector(inspector);
        const auto judged = quality::judged(check, QualitySettings::default_tolerances());
        EXPECT_EQ(judged.passed(), within && device && inspector);
        EXPECT_EQ(judged.passed_by_device(), device);  // none is hidden by another
        EXPECT_EQ(judged.compared(0).within(), within);
      }
    }
  }
}

TEST(Judged, WithoutAnyWordNothingHasPassed) {
  v1::QualityCheck check;
  check.set_kind(v1::QualityCheck::verification);
  EXPECT_FALSE(judged(check, {}).passed());
  check.set_passed_by_inspector(true);
  EXPECT_TRUE(judged(check, {}).passed());
}

std::string why_not(const v1::QualityCheck& check) {
  const auto good = well_formed(check, QualitySettings::default_tolerances());
  return good ? "" : good.error().detail;
}

TEST(WellFormed, AWrongQuantityGetsTheNearestKnown) {
  EXPECT_NE(why_not(check_of("co_prcent", 1, 1)).find("did you mean 'co_percent'"), std::string::npos);
  EXPECT_NE(why_not(check_of("brightness", 1, 1)).find("expected one of"), std::string::npos);
  EXPECT_EQ(why_not(check_of("co_percent", 1, 1)), "");
}

TEST(WellFormed, NumbersThatAreNoneAreRefused) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();
  for (const double bad : {kNan, kInf, -kInf}) {
    EXPECT_NE(why_not(check_of("no_ppm", bad, 1)), "");
    EXPECT_NE(why_not(check_of("no_ppm", 1, bad)), "");
  }
  auto fast = check_of("no_ppm", 1, 1);
  fast.set_speed_km_h(kNan);
  EXPECT_NE(why_not(fast), "");
}

TEST(WellFormed, TwiceTheSameNothingAtAllOrTooMuchIsRefused) {
  auto twice = check_of("no_ppm", 1, 1);
  *twice.add_compared() = twice.compared(0);
  EXPECT_NE(why_not(twice).find("twice"), std::string::npos);
  v1::QualityCheck nothing;
  EXPECT_NE(why_not(nothing), "");
  nothing.set_kind(v1::QualityCheck::zero);
  EXPECT_NE(why_not(nothing).find("nothing says"), std::string::npos);
  auto wordy = check_of("no_ppm", 1, 1);
  wordy.set_remark(std::string(601, 'x'));
  EXPECT_NE(why_not(wordy).find("remark"), std::string::npos);
}

TEST(WellFormed, APuffHasWhatAPassageHas) {
  v1::AuditRequest audit;
  audit.set_minutes(10);
  EXPECT_FALSE(well_formed(audit));
  audit.add_puff()->set_quantity("co_percent");
  audit.mutable_puff(0)->set_standard(1);
  EXPECT_FALSE(well_formed(audit));
  audit.mutable_puff(0)->set_quantity("co_per_co2");
  EXPECT_TRUE(well_formed(audit));
  audit.set_minutes(0);
  EXPECT_FALSE(well_formed(audit));
}

}  // namespace
}  // namespace exhaust::quality
