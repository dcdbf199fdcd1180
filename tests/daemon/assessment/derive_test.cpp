#include "daemon/assessment/derive.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "daemon/assessment/physics.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

v1::Assessment derived(const v1::Passage& passage, const Standard& standard = diesel_standard()) {
  v1::Assessment to;
  derive(passage, standard, to);
  return to;
}

/// physics.md 5: CO at a slope of 0.05; HC at 0.002, NO at 0.003, NO2 at 0.0001, all with a background.
void with_points(v1::Plume& plume) {
  auto& points = *plume.mutable_points();
  for (const double co2 : {0.1, 0.3, 0.5, 0.7}) {
    points.add_co2_percent(co2);
    points.add_co_percent(0.001 + 0.05 * co2);
    points.add_hc_ppm(3 + 20 * co2);
    points.add_no_ppm(1 + 30 * co2);
    points.add_no2_ppm(2 + 1 * co2);
  }
}
void without_ratios(v1::Plume& plume) {
  plume.clear_co_per_co2();
  plume.clear_hc_per_co2();
  plume.clear_no_per_co2();
  plume.clear_no2_per_co2();
}

TEST(Derive, TakesSlopesOfThePointsWhereTheUnitGivesNoRatios) {
  auto passage = clean("diesel");
  without_ratios(*passage.mutable_plume());
  with_points(*passage.mutable_plume());
  const auto a = derived(passage);
  EXPECT_NEAR(a.co_slope().ratio(), 0.05, 1e-14);
  EXPECT_NEAR(a.co_slope().intercept_percent(), 0.001, 1e-14);
  EXPECT_NEAR(a.co_slope().standard_error(), 0, 1e-14);
  EXPECT_NEAR(a.co_slope().r2(), 1, 1e-12);
  EXPECT_EQ(a.co_slope().points(), 4u);
  EXPECT_NEAR(a.hc_slope().ratio(), 0.002, 1e-14);
  EXPECT_NEAR(a.hc_slope().intercept_percent(), 0.0003, 1e-14);
  EXPECT_NEAR(a.no_slope().ratio(), 0.003, 1e-14);
  EXPECT_NEAR(a.no2_slope().ratio(), 0.0001, 1e-14);
  EXPECT_NEAR(a.co2_percent(), 42 / (2.79 + 0.1 + 1.21 * 0.002 + 0.003), 1e-9);
  EXPECT_NEAR(a.no2_g_per_kg(), 46 * 860 / 12.0 * 0.0001 / 1.062, 1e-9);
}

TEST(Derive, TakesTheUnitsOwnRatiosBeforeThePoints) {
  auto passage = clean("diesel");
  passage.mutable_plume()->set_no2_per_co2(0.0002);
  const auto own = derived(passage);
  with_points(*passage.mutable_plume());
  EXPECT_EQ(derived(passage).SerializeAsString(), own.SerializeAsString());
}

TEST(Derive, TakesEachGasFromWhereItIs) {
  auto passage = clean("diesel");
  with_points(*passage.mutable_plume());
  passage.mutable_plume()->clear_no_per_co2();
  const auto a = derived(passage);
  EXPECT_FALSE(a.has_co_slope());
  EXPECT_FALSE(a.has_hc_slope());
  ASSERT_TRUE(a.has_no_slope());
  EXPECT_NEAR(a.no_ppm(), a.no_slope().ratio() * a.co2_percent() * 1e4, 1e-9);
}

TEST(Derive, TakesThePointsFirstWhereTheStandardSaysSo) {
  auto standard = diesel_standard();
  standard.slopes_from_points = true;
  auto passage = clean("diesel");
  passage.mutable_plume()->set_co_per_co2(0.07);
  with_points(*passage.mutable_plume());
  const auto a = derived(passage, standard);
  EXPECT_NEAR(a.co_slope().ratio(), 0.05, 1e-14);
  EXPECT_NEAR(a.co_percent() / a.co2_percent(), 0.05, 1e-12);
  passage.mutable_plume()->clear_points();
  const auto without = derived(passage, standard);
  EXPECT_FALSE(without.has_co_slope());
  EXPECT_NEAR(without.co_percent() / without.co2_percent(), 0.07, 1e-12) << "no points: the unit's own";
}

TEST(Derive, PointsThatTellNoLineGiveNoRatio) {
  auto standard = diesel_standard();
  standard.slopes_from_points = true;
  auto passage = clean("diesel");
  with_points(*passage.mutable_plume());
  passage.mutable_plume()->mutable_points()->add_co_percent(0.04);  // one more than CO2 has
  const auto a = derived(passage, standard);
  EXPECT_FALSE(a.has_co_slope());
  EXPECT_FALSE(a.has_co_percent());
  EXPECT_TRUE(a.has_no_slope());
}

TEST(Derive, SmokeFromOpacityStandsBesideWhatWasMeasured) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30);
  passage.mutable_smoke()->set_k_per_m(0.9);
  const auto a = derived(passage);
  EXPECT_NEAR(a.k_per_m(), 0.8295, 5.1e-5);  // physics.md 4
  EXPECT_NEAR(a.ringelmann(), 1.5, 1e-12);
  passage.mutable_smoke()->set_opacity_percent(100);
  EXPECT_FALSE(derived(passage).has_k_per_m());
  EXPECT_EQ(derived(passage).ringelmann(), 5);
  passage.mutable_smoke()->set_opacity_percent(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(derived(passage).has_k_per_m());
  EXPECT_FALSE(derived(passage).has_ringelmann());
}

TEST(Derive, CorrectsNoForHumidityOnlyWhereTheStandardSaysSo) {
  auto passage = clean("diesel");
  auto& weather = *passage.mutable_weather();
  weather.set_temperature_c(25);
  weather.set_humidity_percent(50);
  weather.set_pressure_hpa(1013.25);
  const auto plain = derived(passage);
  EXPECT_FALSE(plain.has_no_humidity_factor());
  auto standard = diesel_standard();
  standard.correct_no_for_humidity = true;
  const auto corrected = derived(passage, standard);
  EXPECT_NEAR(corrected.no_humidity_factor(), 0.9730, 5.1e-5);  // physics.md 6, row 1
  EXPECT_DOUBLE_EQ(corrected.no_ppm(), plain.no_ppm() * corrected.no_humidity_factor());
  EXPECT_EQ(corrected.no_g_per_kg(), plain.no_g_per_kg());
}

TEST(Derive, NoThatCannotBeCorrectedIsNotTheNoThatTheStandardMeans) {
  auto standard = diesel_standard();
  standard.correct_no_for_humidity = true;
  const auto dry_air = derived(clean("diesel"), standard);  // 2.46 g/kg: physics.md 6, row 2
  EXPECT_FALSE(dry_air.has_no_ppm());
  EXPECT_FALSE(dry_air.has_no_humidity_factor());
  EXPECT_TRUE(dry_air.has_co_percent());
  for (const auto* missing : {"temperature", "humidity", "pressure"}) {
    auto passage = clean("diesel");
    auto& weather = *passage.mutable_weather();
    weather.set_temperature_c(25);
    weather.set_humidity_percent(50);
    weather.set_pressure_hpa(1013.25);
    ASSERT_TRUE(derived(passage, standard).has_no_ppm());
    if (missing == std::string("temperature")) weather.clear_temperature_c();
    if (missing == std::string("humidity")) weather.clear_humidity_percent();
    if (missing == std::string("pressure")) weather.clear_pressure_hpa();
    EXPECT_FALSE(derived(passage, standard).has_no_ppm()) << missing;
  }
}

}  // namespace
}  // namespace exhaust::assessment
