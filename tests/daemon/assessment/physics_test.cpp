#include "daemon/assessment/physics.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

// The vectors of physics.md, each with its table. Tolerances are half a unit of the last printed digit.
namespace exhaust::assessment {
namespace {

using testing::Optional;

const auto by_name = [](const auto& of) { return of.param.name; };
auto near(double value, double within) { return Optional(testing::DoubleNear(value, within)); }

// ---- physics.md 1.1

struct DryCase {
  std::string name;
  double co, hc, no;
  double co2_percent, co2_strict_percent, co_percent, hc_ppm, no_ppm;
};
class Combustion : public testing::TestWithParam<DryCase> {};

TEST_P(Combustion, GivesTheTabledConcentrations) {
  const auto& c = GetParam();
  const Ratios ratios{.co = c.co, .hc = c.hc, .no = c.no};
  const auto dry = dry_concentrations(CombustionForm::kFeat, ratios);
  EXPECT_THAT(dry.co2_percent, near(c.co2_percent, 5.1e-5));
  EXPECT_THAT(dry.co_percent, near(c.co_percent, 5.1e-5));
  EXPECT_THAT(dry.hc_ppm, near(c.hc_ppm, 0.051));
  EXPECT_THAT(dry.no_ppm, near(c.no_ppm, 0.051));
  EXPECT_THAT(dry_concentrations(CombustionForm::kStrict, ratios).co2_percent, near(c.co2_strict_percent, 5.1e-5));
}

INSTANTIATE_TEST_SUITE_P(Physics1_1, Combustion, testing::ValuesIn(std::vector<DryCase>{
    {"Row1", 0, 0, 0, 15.0538, 15.0538, 0, 0, 0},
    {"Row2", 0.01, 0.0005, 0.002, 14.9328, 14.9349, 0.1493, 74.7, 298.7},
    {"Row3", 0.05, 0.001, 0.005, 14.5017, 14.5057, 0.7251, 145.0, 725.1},
    {"Row4", 0.1, 0.002, 0.003, 14.0214, 14.0288, 1.4021, 280.4, 420.6},
    {"Row5", 0.2, 0.003, 0.001, 13.1471, 13.1568, 2.6294, 394.4, 131.5},
    {"Row6", 0.5, 0.01, 0.0005, 11.0451, 11.0681, 5.5225, 1104.5, 55.2},
    {"Row7", 1.0, 0.02, 0, 8.7242, 8.7529, 8.7242, 1744.8, 0},
}), by_name);

/// The other variants on the rows of the same table: of each, the formula that stands above it.
TEST_P(Combustion, GivesTheFormulaInTheOtherVariants) {
  const auto& c = GetParam();
  const Ratios ratios{.co = c.co, .hc = c.hc, .no = c.no};
  const double propane = 42 / (2.79 + 2 * c.co - 0.37 * c.hc + c.no);
  const auto dry = dry_concentrations(CombustionForm::kStrictPropane, ratios);
  EXPECT_THAT(dry.co2_percent, near(propane, 1e-12));
  EXPECT_THAT(dry.hc_ppm, near(c.hc * propane * 1e4, 1e-9));
  EXPECT_THAT(dry_concentrations(CombustionForm::kReduced, ratios).co2_percent, near(42 / (2.79 + 2 * c.co), 1e-12));
}

TEST(CombustionEquation, StrictPropaneTakesHydrocarbonsOffTheDenominator) {
  // 42 / (2.79 + 0.2 - 0.37 * 0.002 + 0.003)
  const Ratios ratios{.co = 0.1, .hc = 0.002, .no = 0.003};
  EXPECT_THAT(dry_concentrations(CombustionForm::kStrictPropane, ratios).co2_percent, near(42 / 2.99226, 1e-9));
}

TEST(CombustionEquation, ReducedFormReproducesThePublishedRecord) {
  // physics.md 1.2, BL 2020-10-28 08:48:57; plume 59 ppm HC and 143 ppm NO, 43.48 and 105.39 ppm per % CO2.
  const Ratios ratios{.co = 0.05685, .hc = 43.4815e-4, .no = 105.39e-4};
  const auto reduced = dry_concentrations(CombustionForm::kReduced, ratios);
  EXPECT_THAT(reduced.co2_percent, near(14.46, 0.005));
  EXPECT_THAT(reduced.co_percent, near(0.82, 0.005));
  EXPECT_THAT(reduced.hc_ppm, near(628.93, 0.05));
  EXPECT_THAT(reduced.no_ppm, near(1524.37, 0.1));
  // The record's ratios are known to four digits; so are these two.
  EXPECT_THAT(dry_concentrations(CombustionForm::kFeat, ratios).co2_percent, near(14.387, 0.0015));
  EXPECT_THAT(dry_concentrations(CombustionForm::kStrict, ratios).co2_percent, near(14.404, 0.0015));
}

TEST(CombustionEquation, GivesNothingWhenARatioItNeedsIsMissing) {
  for (const auto form : {CombustionForm::kFeat, CombustionForm::kStrict, CombustionForm::kStrictPropane}) {
    EXPECT_FALSE(dry_concentrations(form, {.hc = 0.001, .no = 0.001}).co2_percent);
    EXPECT_FALSE(dry_concentrations(form, {.co = 0.01, .no = 0.001}).co_percent);
    EXPECT_FALSE(dry_concentrations(form, {.co = 0.01, .hc = 0.001}).hc_ppm);
  }
  const auto reduced = dry_concentrations(CombustionForm::kReduced, {.co = 0.01, .no = 0.001});
  EXPECT_TRUE(reduced.no_ppm);
  EXPECT_FALSE(reduced.hc_ppm);
}

TEST(CombustionEquation, KeepsNegativeRatiosNegative) {
  const auto dry = dry_concentrations(CombustionForm::kFeat, {.co = -0.001, .hc = -0.0002, .no = -0.0001});
  EXPECT_LT(*dry.co_percent, 0);
  EXPECT_LT(*dry.hc_ppm, 0);
  EXPECT_LT(*dry.no_ppm, 0);
}

TEST(CombustionEquation, GivesNothingWhenTheDenominatorIsNotPositive) {
  EXPECT_THAT(dry_concentrations(CombustionForm::kFeat, {.co = -1.0, .hc = 0.0, .no = 0.0}).co2_percent, near(42 / 0.79, 1e-9));
  EXPECT_FALSE(dry_concentrations(CombustionForm::kFeat, {.co = -1.395, .hc = 0.0, .no = 0.0}).co2_percent);
  EXPECT_FALSE(dry_concentrations(CombustionForm::kFeat, {.co = -3.0, .hc = 0.0, .no = 0.0}).co_percent);
}

// ---- physics.md 2.1

struct VspCase {
  std::string name;
  double speed_km_h, acceleration_m_s2, slope_deg;
  double km_h, jimenez, epa_rsd;
};
class Vsp : public testing::TestWithParam<VspCase> {};

TEST_P(Vsp, GivesTheTabledPower) {
  const auto& c = GetParam();
  const auto in = [&](VspForm form) { return vsp_kw_per_t(form, c.speed_km_h, c.acceleration_m_s2, c.slope_deg); };
  EXPECT_NEAR(in(VspForm::kKmH), c.km_h, 5.1e-5);
  EXPECT_NEAR(in(VspForm::kJimenez), c.jimenez, 5.1e-5);
  EXPECT_NEAR(in(VspForm::kEpaRsd), c.epa_rsd, 5.1e-5);
  // One formula in three systems of units: their rounded coefficients agree to half a percent and a little.
  EXPECT_NEAR(in(VspForm::kSi), c.km_h, 0.005 * std::abs(c.km_h) + 0.01);
  EXPECT_NEAR(in(VspForm::kUs), c.km_h, 0.005 * std::abs(c.km_h) + 0.01);
}

INSTANTIATE_TEST_SUITE_P(Physics2_1, Vsp, testing::ValuesIn(std::vector<VspCase>{
    {"PublishedBl", 46.81, 0.21, 0.2, 6.8945, 5.8292, 6.0244},
    {"Row2", 40, 0.5, 1.0, 10.8095, 9.8944, 10.0564},
    {"Row3", 60, 0, 0, 4.9630, 3.5981, 3.8486},
    {"Row4", 30, -0.5, 0, -2.6363, -3.3086, -3.1873},
    {"Row5", 50, 1.0, 2.0, 23.8339, 22.6753, 22.8723},
    {"Row6", 20, 0.2, 0, 2.4601, 2.0073, 2.0915},
    {"Row7", 80, 0.3, 1.5, 21.1359, 19.2874, 19.6002},
}), by_name);

TEST(VspForms, PublishedRecordPrintsItsPowerToTwoDigits) {
  EXPECT_NEAR(vsp_kw_per_t(VspForm::kKmH, 46.81, 0.21, 0.2), 6.89, 0.005);
}

// ---- physics.md 2.1, PUBLISHED, Milan 2021

struct MilanCase {
  std::string name;
  double speed_km_h, acceleration_km_h_s, slope_deg, published, within, km_h;
};
class MilanVsp : public testing::TestWithParam<MilanCase> {};

TEST_P(MilanVsp, IsReproducedByTheSiForm) {
  const auto& c = GetParam();
  const double acceleration_m_s2 = c.acceleration_km_h_s / 3.6;
  EXPECT_NEAR(vsp_kw_per_t(VspForm::kSi, c.speed_km_h, acceleration_m_s2, c.slope_deg), c.published, c.within);
  EXPECT_NEAR(vsp_kw_per_t(VspForm::kKmH, c.speed_km_h, acceleration_m_s2, c.slope_deg), c.km_h, 5.1e-5);
}

INSTANTIATE_TEST_SUITE_P(OpenCares, MilanVsp, testing::ValuesIn(std::vector<MilanCase>{
    {"Row1", 27.576, 0.1080, 0.057, 2.0957510, 5.1e-8, 2.0976},
    {"Row2", 56.232, -2.5668, 0.172, -7.3051537, 5.1e-8, -7.3144},
    {"Row3", 16.020, -0.5256, 0.057, 0.3033980, 5.1e-8, 0.3033},
    {"Row4Computed", 47.844, 0, 0.172, 3.9357, 5.1e-5, 3.9398},
    {"Row4Reported", 47.844, 0, 0.172, 3.93, 0.01, 3.9398},
}), by_name);

TEST(VspForms, TransitBusIsItsFormula) {
  // v (a + 9.81 sin + 0.092) + 0.00021 v^3 at 10 m/s, physics.md 2, last row.
  EXPECT_NEAR(vsp_kw_per_t(VspForm::kTransitBus, 36, 0.5, 0), 10 * 0.592 + 0.21, 1e-12);
}

// physics.md 2, the six rows, each at 20 m/s (72 km/h, 44.74 mph) where every term weighs: 0.5 m/s2, 3 degrees uphill.
TEST(VspForms, EachIsItsFormula) {
  const double v = 20, kmh = 72, mph = 72 / 1.609344, a = 0.5, mphs = 1.8 / 1.609344, sine = std::sin(3 * 3.14159265358979323846 / 180);
  const auto in = [](VspForm form) { return vsp_kw_per_t(form, 72, 0.5, 3); };
  EXPECT_NEAR(in(VspForm::kKmH), 0.05921 * kmh + 0.305924 * kmh * a + 6.52981e-6 * kmh * kmh * kmh + 2.7284 * kmh * sine, 1e-9);
  EXPECT_NEAR(in(VspForm::kSi), v * (1.1 * a + 9.81 * sine + 0.213) + 0.000304 * v * v * v, 1e-9);
  EXPECT_NEAR(in(VspForm::kUs), 4.39 * sine * mph + 0.22 * mph * mphs + 0.0954 * mph + 0.0000272 * mph * mph * mph, 1e-9);
  EXPECT_NEAR(in(VspForm::kEpaRsd), 4.364 * sine * mph + 0.22 * mph * mphs + 0.0657 * mph + 0.000027 * mph * mph * mph, 1e-9);
  EXPECT_NEAR(in(VspForm::kJimenez), v * (1.1 * a + 9.81 * sine + 0.132) + 0.000302 * v * v * v, 1e-9);
  EXPECT_NEAR(in(VspForm::kTransitBus), v * (a + 9.81 * sine + 0.092) + 0.00021 * v * v * v, 1e-9);
}

TEST(VspForms, ClimbingCostsPowerAndDescendingGivesIt) {
  for (const auto form : {VspForm::kKmH, VspForm::kSi, VspForm::kUs, VspForm::kEpaRsd, VspForm::kJimenez, VspForm::kTransitBus}) {
    EXPECT_GT(vsp_kw_per_t(form, 50, 0, 1), vsp_kw_per_t(form, 50, 0, 0));
    EXPECT_LT(vsp_kw_per_t(form, 50, 0, -1), vsp_kw_per_t(form, 50, 0, 0));
  }
}

// ---- physics.md 3

struct FuelMassCase {
  std::string name;
  FuelMassForm form;
  Gas gas;
  Ratios ratios;
  double grams_per_kg, within;
};
class FuelMass : public testing::TestWithParam<FuelMassCase> {};

TEST_P(FuelMass, GivesTheTabledGrams) {
  const auto& c = GetParam();
  EXPECT_THAT(grams_per_kg(c.form, c.gas, c.ratios), near(c.grams_per_kg, c.within));
}

const Ratios kCares1{.co = 0.000803, .hc = -0.000540, .no = 0.000072, .no2 = 0.000080};
const Ratios kCares2{.co = 0.001867, .hc = -0.000115, .no = 0.004267, .no2 = 0.000644};
const Ratios kMid{.co = 0.05, .hc = 0.001, .no = 0.005};
const Ratios kRich{.co = 0.1, .hc = 0.002, .no = 0.003};
constexpr auto k860 = FuelMassForm::kCarbon860;
constexpr auto kCh2 = FuelMassForm::kCh2;

INSTANTIATE_TEST_SUITE_P(Physics3, FuelMass, testing::ValuesIn(std::vector<FuelMassCase>{
    {"PublishedRow1Co", k860, Gas::kCo, kCares1, 1.615289795, 5.1e-10},
    {"PublishedRow1Hc", k860, Gas::kHc, kCares1, -3.4139197, 5.1e-8},
    {"PublishedRow1No", k860, Gas::kNoAsNo2, kCares1, 0.23793986, 5.1e-9},
    {"PublishedRow1No2", k860, Gas::kNo2, kCares1, 0.26437762, 5.1e-9},
    {"PublishedRow2Co", k860, Gas::kCo, kCares2, 3.742042283, 5.1e-10},
    {"PublishedRow2Hc", k860, Gas::kHc, kCares2, -0.7244140, 5.1e-8},
    {"PublishedRow2No", k860, Gas::kNoAsNo2, kCares2, 14.05033942, 5.1e-9},
    {"PublishedRow2No2", k860, Gas::kNo2, kCares2, 2.12055744, 5.1e-9},
    {"Ch2Row1Co", kCh2, Gas::kCo, kMid, 94.731, 5.1e-4},
    {"Ch2Row1Hc", kCh2, Gas::kHc, kMid, 5.966, 5.1e-4},
    {"Ch2Row1No", kCh2, Gas::kNoAsNo, kMid, 10.149, 5.1e-4},
    {"Ch2Row1NoAsNo2", kCh2, Gas::kNoAsNo2, kMid, 15.559, 5.1e-4},
    {"Ch2Row2Co", kCh2, Gas::kCo, kRich, 179.920, 5.1e-4},
    {"Ch2Row2Hc", kCh2, Gas::kHc, kRich, 11.331, 5.1e-4},
    {"Ch2Row2No", kCh2, Gas::kNoAsNo, kRich, 5.783, 5.1e-4},
    {"Ch2Row2NoAsNo2", kCh2, Gas::kNoAsNo2, kRich, 46.0055 * 1000 / 14 * 0.003 / 1.112, 1e-9},
    {"Ch2No2", kCh2, Gas::kNo2, kCares2, 46.0055 * 1000 / 14 * 0.000644 / (1 + 0.001867 - 6 * 0.000115), 1e-9},
    // Grams of fuel per mol of carbon, row 3 of physics.md 3's text: 14.384 (E5), 14.544 (E10).
    {"E5Co", FuelMassForm::kE5, Gas::kCo, kMid, 28.010 * 1000 / 14.384 * 0.05 / 1.056, 1e-9},
    {"E10Co", FuelMassForm::kE10, Gas::kCo, kMid, 28.010 * 1000 / 14.544 * 0.05 / 1.056, 1e-9},
    {"E10Hc", FuelMassForm::kE10, Gas::kHc, kMid, 2 * 44.1 * 1000 / 14.544 * 0.001 / 1.056, 1e-9},
    // The Swiss official code: 30 NO/CO2 860 / (12 (1 + Q + 6Q')).
    {"Swiss", k860, Gas::kNoAsNo, kMid, 30 * 0.005 * 860 / (12 * 1.056), 1e-12},
}), by_name);

TEST(FuelMassForms, NeedBothCoAndHc) {
  for (const auto form : {k860, kCh2, FuelMassForm::kE5, FuelMassForm::kE10}) {
    EXPECT_FALSE(grams_per_kg(form, Gas::kNoAsNo2, {.hc = 0.001, .no = 0.005}));
    EXPECT_FALSE(grams_per_kg(form, Gas::kNoAsNo2, {.co = 0.05, .no = 0.005}));
    EXPECT_FALSE(grams_per_kg(form, Gas::kNoAsNo2, {.co = 0.05, .hc = 0.001}));
    EXPECT_FALSE(grams_per_kg(form, Gas::kCo, {.co = -1.0, .hc = 0.0}));
  }
}

// physics.md 3: NOx = NO * 46 / (30 (1 - p)).
TEST(SwissNox, IsNoAndTheShareOfNo2ThatIsAssumed) {
  const double no = 30 * 0.005 * 860 / (12 * 1.056);
  EXPECT_THAT(swiss_nox_grams_per_kg(kMid, 0), near(no * 46 / 30, 1e-12));
  EXPECT_THAT(swiss_nox_grams_per_kg(kMid, 0.3), near(no * 46 / (30 * 0.7), 1e-12));
  EXPECT_THAT(swiss_nox_grams_per_kg(kMid, 0), near(*grams_per_kg(k860, Gas::kNoAsNo2, kMid), 1e-12));
  for (const double share : {-0.01, 1.0, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(swiss_nox_grams_per_kg(kMid, share)) << share;
  }
  EXPECT_FALSE(swiss_nox_grams_per_kg({.co = 0.05, .hc = 0.001}, 0.3));
}

// physics.md 3, last line: D = 15 + 0.285 %CO + 2 * 2.87 %HC.
TEST(GramsPerUsGallon, AreTheFormulaOfOlderReports) {
  const DryConcentrations dry{.co2_percent = 14, .co_percent = 2, .hc_ppm = 500, .no_ppm = 1000};
  const double d = 15 + 0.57 + 0.287;
  EXPECT_THAT(grams_per_us_gallon(Gas::kCo, dry), near(11012 / d, 1e-9));
  EXPECT_THAT(grams_per_us_gallon(Gas::kHc, dry), near(864.4 / d, 1e-9));
  EXPECT_THAT(grams_per_us_gallon(Gas::kNoAsNo, dry), near(590 / d, 1e-9));
  EXPECT_LT(*grams_per_us_gallon(Gas::kHc, {.co_percent = 2, .hc_ppm = -50}), 0);
  EXPECT_FALSE(grams_per_us_gallon(Gas::kNoAsNo2, dry));
  EXPECT_FALSE(grams_per_us_gallon(Gas::kNo2, dry));
  EXPECT_FALSE(grams_per_us_gallon(Gas::kNoAsNo, {.co_percent = 2, .hc_ppm = 500}));
  EXPECT_FALSE(grams_per_us_gallon(Gas::kCo, {.co_percent = 2}));
  EXPECT_FALSE(grams_per_us_gallon(Gas::kHc, {.hc_ppm = 500}));
  EXPECT_FALSE(grams_per_us_gallon(Gas::kCo, {.co_percent = -60, .hc_ppm = 0}));
  EXPECT_THAT(grams_per_us_gallon(Gas::kCo, {.co_percent = -50, .hc_ppm = 0}), near(-50 * 5506 / 0.75, 1e-6));
}

// physics.md 2.1, last line.
TEST(NcsuModes, HaveTheirLowerEdgesInside) {
  const std::vector<double> edges{-2, 0, 1, 4, 7, 10, 13, 16, 19, 23, 28, 33, 39};
  int mode = 1;
  EXPECT_EQ(ncsu_vsp_mode(-100), mode);
  for (const double edge : edges) {
    EXPECT_EQ(ncsu_vsp_mode(std::nextafter(edge, -1000)), mode) << edge;
    EXPECT_EQ(ncsu_vsp_mode(edge), ++mode) << edge;
  }
  EXPECT_EQ(mode, 14);
  EXPECT_EQ(ncsu_vsp_mode(500), 14);
  EXPECT_FALSE(ncsu_vsp_mode(std::numeric_limits<double>::quiet_NaN()));
}

// ---- physics.md 4

TEST(Smoke, OpacityAndAbsorptionAreTheTabledPairs) {
  const std::vector<std::pair<double, double>> opacity_to_k{{5, 0.1193},  {10, 0.2450}, {20, 0.5189},
                                                            {30, 0.8295}, {40, 1.1880}, {50, 1.6120},
                                                            {60, 2.1309}, {80, 3.7429}, {90, 5.3548}};
  for (const auto& [n, k] : opacity_to_k) {
    EXPECT_THAT(absorption_per_m(n), near(k, 5.1e-5)) << n << " %";
    EXPECT_NEAR(opacity_percent(*absorption_per_m(n)), n, 1e-9);
  }
  const std::vector<std::pair<double, double>> k_to_opacity{
      {0.5, 19.346}, {1.0, 34.949}, {1.61, 49.958}, {2.0, 57.684}, {2.87, 70.890}};
  for (const auto& [k, n] : k_to_opacity) EXPECT_NEAR(opacity_percent(k), n, 5.1e-4) << k << " 1/m";
}

TEST(Smoke, FullOpacityHasNoAbsorption) {
  EXPECT_TRUE(absorption_per_m(99.999));
  EXPECT_FALSE(absorption_per_m(100));
  EXPECT_FALSE(absorption_per_m(100.5));
  EXPECT_FALSE(absorption_per_m(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Smoke, OpacityDependsOnThePath) {
  EXPECT_NEAR(opacity_percent(1.0, 0.86), 100 * (1 - std::exp(-0.86)), 1e-12);
  EXPECT_THAT(absorption_per_m(30, 0.215), near(2 * *absorption_per_m(30), 1e-12));
  EXPECT_FALSE(absorption_per_m(30, 0));
}

TEST(Smoke, NegativeNoiseStaysNegative) {
  EXPECT_LT(*absorption_per_m(-1), 0);
  EXPECT_LT(opacity_percent(-0.1), 0);
  EXPECT_THAT(ringelmann_of_opacity(-1), near(-0.05, 1e-12));
}

// physics.md 4: N = (1 - V / Vbackground) * 100; background 0.5 / 0.5 while transmittance >= 10 %.
TEST(Smoke, AChannelIsComparedWithItsBackground) {
  EXPECT_THAT(opacity_of_signal_percent(3.0, 4.0), near(25, 1e-12));
  EXPECT_THAT(opacity_of_signal_percent(4.1, 4.0), near(-2.5, 1e-12));
  EXPECT_THAT(opacity_of_signal_percent(0.4, 0.5), near(20, 1e-12));
  EXPECT_FALSE(opacity_of_signal_percent(3.0, 0));
  EXPECT_FALSE(opacity_of_signal_percent(3.0, -1));
  EXPECT_EQ(next_background(4, 2), 3);
  EXPECT_EQ(next_background(4, 0.4), 2.2);
  EXPECT_EQ(next_background(4, 0.39), 4);
}

// physics.md 4: 1 = 20 %, 2 = 40, 3 = 60, 4 = 80, 5 = 100.
TEST(Smoke, ARingelmannGradeIsTwentyPercentOfOpacity) {
  for (int grade = 0; grade <= 5; ++grade) EXPECT_THAT(ringelmann_of_opacity(20 * grade), near(grade, 1e-12));
  EXPECT_THAT(ringelmann_of_opacity(30), near(1.5, 1e-12)) << "not rounded";
  EXPECT_FALSE(ringelmann_of_opacity(100.1));
  EXPECT_FALSE(ringelmann_of_opacity(std::numeric_limits<double>::quiet_NaN()));
}

// physics.md 4: a smoke factor of 1.0 is 10 g/kg.
TEST(Smoke, AUvSmokeFactorIsGramsPerHundredGramsOfFuel) { EXPECT_DOUBLE_EQ(soot_grams_per_kg(0.25), 2.5); }

// ---- physics.md 6

struct HumidityCase {
  std::string name;
  double temperature_c, humidity_percent, pressure_kpa;
  double saturation_kpa, humidity_g_per_kg, factor;
  bool regulated;
};
class Humidity : public testing::TestWithParam<HumidityCase> {};

TEST_P(Humidity, GivesTheTabledFactor) {
  const auto& c = GetParam();
  const double saturation = saturation_pressure_kpa(c.temperature_c);
  EXPECT_NEAR(saturation, c.saturation_kpa, 5.1e-5);
  const auto humidity = absolute_humidity_g_per_kg(c.humidity_percent, saturation, c.pressure_kpa);
  EXPECT_THAT(humidity, near(c.humidity_g_per_kg, 5.1e-5));
  EXPECT_THAT(humidity_factor(*humidity), near(c.factor, 5.1e-5));
  const auto factor = no_humidity_factor(c.temperature_c, c.humidity_percent, c.pressure_kpa);
  EXPECT_EQ(factor.has_value(), c.regulated);
  if (factor) {
    EXPECT_EQ(*factor, *humidity_factor(*humidity));
  }
}

INSTANTIATE_TEST_SUITE_P(Physics6, Humidity, testing::ValuesIn(std::vector<HumidityCase>{
    {"Row1", 25, 50, 101.325, 3.1685, 9.8655, 0.9730, true},
    {"Row2", 6.2, 40.4, 97.1, 0.9482, 2.4600, 0.7865, false},
    {"Row3", 30, 80, 100.0, 4.2451, 21.8347, 1.5773, false},
    {"Row4", 20, 30, 101.3, 2.3383, 4.3311, 0.8265, false},
}), by_name);

TEST(HumidityOfNo, IsKnownFromSixToSeventeenGrams) {
  EXPECT_FALSE(regulated_humidity_factor(std::nextafter(6, 0)));
  EXPECT_THAT(regulated_humidity_factor(6), near(1 / (1 - 0.0329 * (6 - 10.71)), 1e-12));
  EXPECT_THAT(regulated_humidity_factor(17), near(1 / (1 - 0.0329 * (17 - 10.71)), 1e-12));
  EXPECT_FALSE(regulated_humidity_factor(std::nextafter(17, 18)));
  EXPECT_FALSE(regulated_humidity_factor(std::numeric_limits<double>::quiet_NaN()));
}

TEST(HumidityOfNo, IsAbsentWhereItHasNoMeaning) {
  EXPECT_FALSE(humidity_factor(10.71 + 1 / 0.0329 + 1e-6));
  EXPECT_FALSE(humidity_factor(50));
  EXPECT_THAT(absolute_humidity_g_per_kg(100, 3, 3.5), near(621.1 * 6, 1e-9));
  EXPECT_FALSE(absolute_humidity_g_per_kg(100, 3, 3));
  EXPECT_FALSE(absolute_humidity_g_per_kg(100, 3, 0));
  EXPECT_FALSE(no_humidity_factor(25, 50, std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(no_humidity_factor(-257.14, 50, 100));
}

TEST(WetConcentration, IsDryWithoutTheShareOfWater) { EXPECT_DOUBLE_EQ(wet_concentration(1500, 0.12), 1320); }

// ---- physics.md 7: D = 2 m, 50 km/h: 144.0 ms, and 1 ms is 0.35 km/h.
TEST(Gate, SpeedIsDistanceByTime) {
  EXPECT_THAT(gate_speed_km_h(2, 0.144), near(50, 1e-9));
  EXPECT_NEAR(*gate_speed_km_h(2, 0.143) - 50, 0.35, 0.005);
  EXPECT_FALSE(gate_speed_km_h(2, 0));
  EXPECT_FALSE(gate_speed_km_h(2, -0.1));
}

TEST(Gate, AccelerationIsTheDifferenceOfTwoSpeedsByTime) {
  EXPECT_THAT(gate_acceleration_m_s2(50, 53.6, 0.5), near(2, 1e-12));
  EXPECT_LT(*gate_acceleration_m_s2(50, 40, 0.5), 0);
  EXPECT_FALSE(gate_acceleration_m_s2(50, 53.6, 0));
}

}  // namespace
}  // namespace exhaust::assessment
