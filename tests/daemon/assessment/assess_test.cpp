#include "daemon/assessment/assess.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tests/daemon/assessment/both_languages.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Validity;

const auto by_name = [](const auto& of) { return of.param.name; };
const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Validity::Reason> reasons(const v1::Assessment& assessment) {
  std::vector<Validity::Reason> found;
  for (const int reason : assessment.validity().reasons()) found.push_back(static_cast<Validity::Reason>(reason));
  return found;
}

// ---- what is computed

TEST(Assess, NamesTheStandardAndItsHash) {
  const auto standard = diesel_standard();
  const auto a = assess(clean("diesel"), standard);
  EXPECT_EQ(a.standard(), "hj845-2017");
  EXPECT_EQ(a.standard_hash(), std::string(standard.hash.begin(), standard.hash.end()));
}

TEST(Assess, ComputesPowerConcentrationsAndGramsInTheDefaultForms) {
  const auto a = assess(clean("diesel"), diesel_standard());
  EXPECT_NEAR(a.vsp_kw_per_t(), 6.8945, 5.1e-5);    // physics.md 2.1
  EXPECT_NEAR(a.co2_percent(), 14.5017, 5.1e-5);    // physics.md 1.1
  EXPECT_NEAR(a.co_percent(), 0.7251, 5.1e-5);
  EXPECT_NEAR(a.hc_ppm(), 145.0, 0.051);
  EXPECT_NEAR(a.no_ppm(), 725.1, 0.051);
  EXPECT_NEAR(a.co_g_per_kg(), 28 * 860 / 12.0 * 0.05 / 1.056, 1e-9);  // physics.md 3
  EXPECT_NEAR(a.hc_g_per_kg(), 88 * 860 / 12.0 * 0.001 / 1.056, 1e-9);
  EXPECT_NEAR(a.no_g_per_kg(), 46 * 860 / 12.0 * 0.005 / 1.056, 1e-9);
  EXPECT_FALSE(a.has_no2_g_per_kg());
}

TEST(Assess, TakesTheFormsThatTheStandardNames) {
  auto standard = diesel_standard();
  standard.vsp_form = VspForm::kJimenez;
  standard.combustion_form = CombustionForm::kStrict;
  standard.fuel_mass_form = FuelMassForm::kCh2;
  const auto a = assess(clean("diesel"), standard);
  EXPECT_NEAR(a.vsp_kw_per_t(), 5.8292, 5.1e-5);
  EXPECT_NEAR(a.co2_percent(), 14.5057, 5.1e-5);
  EXPECT_NEAR(a.co_g_per_kg(), 94.731, 5.1e-4);
  EXPECT_NEAR(a.no_g_per_kg(), 15.559, 5.1e-4);
}

TEST(Assess, AbsentStaysAbsent) {
  const auto a = assess(v1::Passage{}, diesel_standard());
  EXPECT_FALSE(a.has_vsp_kw_per_t());
  EXPECT_FALSE(a.has_co2_percent());
  EXPECT_FALSE(a.has_co_percent());
  EXPECT_FALSE(a.has_hc_ppm());
  EXPECT_FALSE(a.has_no_ppm());
  EXPECT_FALSE(a.has_co_g_per_kg());
  EXPECT_FALSE(a.has_hc_g_per_kg());
  EXPECT_FALSE(a.has_no_g_per_kg());
}

TEST(Assess, AMissingSlopeIsNotAFlatRoadUnlessTheStandardSaysSo) {
  auto standard = diesel_standard();
  auto passage = clean("diesel");
  passage.clear_slope_deg();
  EXPECT_FALSE(assess(passage, standard).has_vsp_kw_per_t());
  standard.missing_slope_is_flat = true;
  const auto flat = assess(passage, standard);
  passage.set_slope_deg(0);
  EXPECT_DOUBLE_EQ(flat.vsp_kw_per_t(), assess(passage, standard).vsp_kw_per_t());
}

TEST(Assess, KeepsNegativeNoise) {
  auto passage = clean("diesel");
  passage.mutable_plume()->set_hc_per_co2(-0.0005);
  const auto a = assess(passage, diesel_standard());
  EXPECT_LT(a.hc_ppm(), 0);
  EXPECT_LT(a.hc_g_per_kg(), 0);
  EXPECT_TRUE(a.validity().valid());
}

TEST(Assess, DoesNotLookAtAnEarlierAssessment) {
  auto passage = clean("diesel");
  const auto first = assess(passage, diesel_standard());
  passage.mutable_assessment()->set_verdict(v1::FAIL);
  passage.mutable_assessment()->set_vsp_kw_per_t(99);
  EXPECT_EQ(assess(passage, diesel_standard()).SerializeAsString(), first.SerializeAsString());
}

TEST(Assess, GivesTheSameBytesForTheSameInput) {
  for (const auto& standard : {diesel_standard(), gasoline_standard()}) {
    for (const auto* fuel : {"diesel", "gasoline", "electric", "unknown"}) {
      const auto passage = clean(fuel);
      v1::Passage again;
      ASSERT_TRUE(again.ParseFromString(passage.SerializeAsString()));
      const auto bytes = assess(passage, standard).SerializeAsString();
      EXPECT_EQ(assess(again, standard).SerializeAsString(), bytes);
      EXPECT_EQ(assess(passage, standard).SerializeAsString(), bytes);
    }
  }
}

// ---- validity, rule by rule

struct RuleCase {
  std::string name;
  std::string fuel;
  std::function<void(v1::Passage&)> change;
  std::vector<Validity::Reason> expected;
};
class Rule : public testing::TestWithParam<RuleCase> {};

TEST_P(Rule, GivesItsReasonsAndNoOthers) {
  const auto& c = GetParam();
  auto passage = clean(c.fuel);
  c.change(passage);
  explained_in_both(passage, c.fuel == "gasoline" ? gasoline_standard() : diesel_standard());
  const auto a = assess(passage, c.fuel == "gasoline" ? gasoline_standard() : diesel_standard());
  EXPECT_THAT(reasons(a), testing::ElementsAreArray(c.expected));
  EXPECT_EQ(a.validity().valid(), c.expected.empty());
  if (!c.expected.empty()) {
    EXPECT_EQ(a.verdict(), v1::INVALID);
    EXPECT_FALSE(a.flagged());
  }
}

using P = v1::Passage;
INSTANTIATE_TEST_SUITE_P(PhysicsMd5, Rule, testing::ValuesIn(std::vector<RuleCase>{
    {"CleanDiesel", "diesel", [](P&) {}, {}},
    {"CleanGasoline", "gasoline", [](P&) {}, {}},

    {"NoPlume", "diesel", [](P& p) { p.clear_plume(); }, {Validity::NO_PLUME}},
    {"PlumeWithoutCo2", "diesel", [](P& p) { p.mutable_plume()->clear_co2_excess_percent(); }, {Validity::NO_PLUME}},
    {"PlumeNotANumber", "diesel", [](P& p) { p.mutable_plume()->set_co2_excess_percent(kNaN); }, {Validity::NO_PLUME}},
    {"PlumeInfinite", "diesel", [](P& p) { p.mutable_plume()->set_co2_excess_percent(kInfinity); }, {Validity::NO_PLUME}},
    {"PlumeJustStrong", "diesel", [](P& p) { p.mutable_plume()->set_co2_excess_percent(0.25); }, {}},
    {"PlumeJustWeak", "diesel", [](P& p) { p.mutable_plume()->set_co2_excess_percent(0.2499); }, {Validity::WEAK_PLUME}},
    {"PlumeNegative", "diesel", [](P& p) { p.mutable_plume()->set_co2_excess_percent(-0.1); }, {Validity::WEAK_PLUME}},

    {"FiveSamples", "diesel", [](P& p) { p.mutable_plume()->set_samples(5); }, {}},
    {"FourSamples", "diesel", [](P& p) { p.mutable_plume()->set_samples(4); }, {Validity::FEW_SAMPLES}},
    {"SamplesNotSaid", "diesel", [](P& p) { p.mutable_plume()->clear_samples(); }, {}},

    {"FitGoodEnough", "diesel", [](P& p) { p.mutable_plume()->set_co_r2(0.8); }, {}},
    {"FitPoor", "diesel", [](P& p) { p.mutable_plume()->set_co_r2(0.79); }, {Validity::POOR_FIT}},
    {"FitNotSaid", "diesel", [](P& p) { p.mutable_plume()->clear_co_r2(); }, {}},
    {"FitPoorOfLittleCo", "diesel", [](P& p) { p.mutable_plume()->set_co_r2(0.1); p.mutable_plume()->set_co_per_co2(0.01); }, {}},
    {"FitPoorCoUnknown", "diesel", [](P& p) { p.mutable_plume()->set_co_r2(0.1); p.mutable_plume()->clear_co_per_co2(); }, {}},

    {"NoSpeed", "diesel", [](P& p) { p.clear_speed_km_h(); }, {Validity::NO_SPEED}},
    {"NoSpeedOnce", "gasoline", [](P& p) { p.clear_speed_km_h(); }, {Validity::NO_SPEED}},
    {"SpeedNotANumber", "diesel", [](P& p) { p.set_speed_km_h(kNaN); }, {Validity::NO_SPEED}},
    {"SlowestAllowed", "diesel", [](P& p) { p.set_speed_km_h(5); }, {}},
    {"TooSlow", "diesel", [](P& p) { p.set_speed_km_h(4.99); }, {Validity::SPEED_OUT_OF_RANGE}},
    {"FastestAllowed", "diesel", [](P& p) { p.set_speed_km_h(120); }, {}},
    {"TooFast", "diesel", [](P& p) { p.set_speed_km_h(120.01); }, {Validity::SPEED_OUT_OF_RANGE}},

    {"NoAcceleration", "diesel", [](P& p) { p.clear_acceleration_m_s2(); }, {Validity::NO_ACCELERATION}},
    {"NoAccelerationOnce", "gasoline", [](P& p) { p.clear_acceleration_m_s2(); }, {Validity::NO_ACCELERATION}},
    {"HardestAcceleration", "diesel", [](P& p) { p.set_acceleration_m_s2(3); }, {}},
    {"TooHardAcceleration", "diesel", [](P& p) { p.set_acceleration_m_s2(3.01); }, {Validity::ACCELERATION_OUT_OF_RANGE}},
    {"DieselCoasting", "diesel", [](P& p) { p.set_acceleration_m_s2(0); }, {}},
    {"DieselBraking", "diesel", [](P& p) { p.set_acceleration_m_s2(-0.01); }, {Validity::ACCELERATION_OUT_OF_RANGE}},
    {"DieselBrakingHardOnce", "diesel", [](P& p) { p.set_acceleration_m_s2(-4); }, {Validity::ACCELERATION_OUT_OF_RANGE}},
    {"GasolineBrakingALittle", "gasoline", [](P& p) { p.set_acceleration_m_s2(-0.2); }, {}},

    {"GasolineBelowPower", "gasoline", [](P& p) { p.set_acceleration_m_s2(-0.5); }, {Validity::VSP_OUT_OF_RANGE}},
    {"GasolineAbovePower", "gasoline", [](P& p) { p.set_acceleration_m_s2(1); }, {Validity::VSP_OUT_OF_RANGE}},
    {"GasolineSlopeUnknown", "gasoline", [](P& p) { p.clear_slope_deg(); }, {Validity::VSP_OUT_OF_RANGE}},
    {"DieselHasNoPowerWindow", "diesel", [](P& p) { p.set_acceleration_m_s2(2.5); p.clear_slope_deg(); }, {}},

    {"WindAllowed", "diesel", [](P& p) { p.mutable_weather()->set_wind_speed_m_s(5); }, {}},
    {"TooWindy", "diesel", [](P& p) { p.mutable_weather()->set_wind_speed_m_s(5.1); }, {Validity::WIND}},
    {"HumidityAllowed", "diesel", [](P& p) { p.mutable_weather()->set_humidity_percent(95); }, {}},
    {"TooHumid", "diesel", [](P& p) { p.mutable_weather()->set_humidity_percent(95.1); }, {Validity::HUMIDITY}},
    {"ColdestAllowed", "diesel", [](P& p) { p.mutable_weather()->set_temperature_c(-20); }, {}},
    {"TooCold", "diesel", [](P& p) { p.mutable_weather()->set_temperature_c(-20.1); }, {Validity::TEMPERATURE}},
    {"HottestAllowed", "diesel", [](P& p) { p.mutable_weather()->set_temperature_c(45); }, {}},
    {"TooHot", "diesel", [](P& p) { p.mutable_weather()->set_temperature_c(45.1); }, {Validity::TEMPERATURE}},
    {"Rain", "diesel", [](P& p) { p.mutable_weather()->set_rain_mm_h(0.2); }, {Validity::PRECIPITATION}},
    {"WeatherUnknown", "diesel", [](P& p) { p.clear_weather(); }, {}},
    {"WindNotANumber", "diesel", [](P& p) { p.mutable_weather()->set_wind_speed_m_s(kNaN); }, {}},

    {"NoPlate", "diesel", [](P& p) { p.clear_plate(); }, {Validity::PLATE_NOT_READ}},
    {"PlateUnreadable", "diesel", [](P& p) { p.mutable_plate()->clear_text(); p.mutable_plate()->set_class_("none"); }, {Validity::PLATE_NOT_READ}},
    {"PlateNotPlausible", "diesel", [](P& p) { p.mutable_plate()->set_text("京A1234"); p.mutable_plate()->set_class_("unknown"); }, {Validity::PLATE_NOT_PLAUSIBLE}},
    {"PlateNotClassified", "diesel", [](P& p) { p.mutable_plate()->clear_class_(); }, {}},

    {"ClockNotAskedFor", "diesel", [](P& p) { p.mutable_clock()->set_state(v1::ClockState::free); }, {}},

    {"EverythingAtOnceInOrder", "diesel", [](P& p) { p.Clear(); p.mutable_vehicle()->set_fuel("diesel"); },
     {Validity::NO_PLUME, Validity::NO_SPEED, Validity::NO_ACCELERATION, Validity::PLATE_NOT_READ}},
}), by_name);

TEST(Assess, ChecksThatAreOffByDefaultCanBeAskedFor) {
  auto standard = diesel_standard();
  standard.validity.weather_required = true;
  standard.validity.clock_required = true;
  standard.validity.smoke_required = true;
  auto passage = clean("diesel");
  passage.mutable_clock()->set_state(v1::ClockState::synchronised);
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  passage.clear_weather();
  passage.mutable_clock()->set_state(v1::ClockState::holdover);
  passage.clear_smoke();
  explained_in_both(passage, standard);
  EXPECT_THAT(reasons(assess(passage, standard)),
              ElementsAre(Validity::NO_SMOKE, Validity::NO_WEATHER, Validity::CLOCK_NOT_SYNCHRONISED));
}

TEST(Assess, WithoutRulesEverythingIsValid) {
  auto standard = diesel_standard();
  standard.validity = {};
  EXPECT_TRUE(assess(v1::Passage{}, standard).validity().valid());
}

// ---- results and verdict

TEST(Assess, JudgesOpacityAndRingelmannOfADieselAndScreensNo) {
  const auto a = assess(clean("diesel"), diesel_standard());
  ASSERT_EQ(a.results_size(), 3);
  EXPECT_EQ(a.results(0).pollutant(), v1::Result::opacity);
  EXPECT_EQ(a.results(0).role(), v1::Result::judged);
  EXPECT_EQ(a.results(0).limit(), 30);
  EXPECT_EQ(a.results(0).value(), 1.14);
  EXPECT_EQ(a.results(1).pollutant(), v1::Result::ringelmann);
  EXPECT_EQ(a.results(1).limit(), 1);
  EXPECT_EQ(a.results(2).pollutant(), v1::Result::no);
  EXPECT_EQ(a.results(2).role(), v1::Result::screened);
  EXPECT_EQ(a.results(2).limit(), 1500);
  EXPECT_EQ(a.results(2).value(), a.no_ppm());
  EXPECT_EQ(a.verdict(), v1::PASS);
  EXPECT_FALSE(a.flagged());
  EXPECT_THAT(a.not_judged_reason(), IsEmpty());
}

TEST(Assess, EqualToTheLimitPasses) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30);
  passage.mutable_smoke()->set_ringelmann(1);
  EXPECT_EQ(assess(passage, diesel_standard()).verdict(), v1::PASS);
}

TEST(Assess, EqualToTheLimitFailsWhereTheStandardSaysSo) {
  auto standard = diesel_standard();
  standard.limits[0].exceeds = Exceeds::kGreaterOrEqual;
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30);
  EXPECT_EQ(assess(passage, standard).verdict(), v1::FAIL);
  passage.mutable_smoke()->set_opacity_percent(std::nextafter(30, 0));
  EXPECT_EQ(assess(passage, standard).verdict(), v1::PASS);
}

TEST(Assess, AnythingAboveTheLimitFailsAndFlags) {
  auto smoky = clean("diesel");
  smoky.mutable_smoke()->set_opacity_percent(std::nextafter(30, 31));
  auto black = clean("diesel");
  black.mutable_smoke()->set_ringelmann(2);
  for (const auto& passage : {smoky, black}) {
    const auto a = assess(passage, diesel_standard());
    EXPECT_EQ(a.verdict(), v1::FAIL);
    EXPECT_TRUE(a.flagged());
  }
}

TEST(Assess, ScreenedPollutantFlagsButNeverFails) {
  auto passage = clean("diesel");
  passage.mutable_plume()->set_no_per_co2(0.012);
  const auto a = assess(passage, diesel_standard());
  EXPECT_TRUE(a.results(2).exceeded());
  EXPECT_EQ(a.verdict(), v1::PASS);
  EXPECT_TRUE(a.flagged());
}

TEST(Assess, InvalidPassageIsComparedButNeverFlagged) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(80);
  passage.mutable_weather()->set_wind_speed_m_s(12);
  const auto a = assess(passage, diesel_standard());
  EXPECT_TRUE(a.results(0).exceeded());
  EXPECT_EQ(a.verdict(), v1::INVALID);
  EXPECT_FALSE(a.flagged());
}

TEST(Assess, UnmeasuredPollutantIsNotExceeded) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->clear_ringelmann();
  passage.mutable_smoke()->set_opacity_percent(kNaN);
  passage.mutable_plume()->clear_hc_per_co2();
  const auto a = assess(passage, diesel_standard());
  ASSERT_EQ(a.results_size(), 3);
  for (const auto& result : a.results()) {
    EXPECT_FALSE(result.has_value());
    EXPECT_FALSE(result.exceeded());
    EXPECT_TRUE(result.has_limit());
  }
  EXPECT_EQ(a.verdict(), v1::NOT_JUDGED);
  EXPECT_EQ(a.not_judged_reason(), "nothing_to_judge");
}

TEST(Assess, OneJudgedPollutantIsEnoughToJudge) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->clear_ringelmann();
  EXPECT_EQ(assess(passage, diesel_standard()).verdict(), v1::PASS);
}

TEST(Assess, NothingToJudgeStillScreens) {
  auto passage = clean("diesel");
  passage.clear_smoke();
  passage.mutable_plume()->set_no_per_co2(0.012);
  const auto a = assess(passage, diesel_standard());
  EXPECT_EQ(a.not_judged_reason(), "nothing_to_judge");
  EXPECT_TRUE(a.flagged());
}

TEST(Assess, VehicleOfAnotherFuelIsNotJudged) {
  for (const auto* fuel : {"gasoline", "nev", "other", "unknown", "", "Diesel oil"}) {
    auto passage = clean(fuel);
    passage.mutable_smoke()->set_opacity_percent(80);
    const auto a = assess(passage, diesel_standard());
    EXPECT_EQ(a.verdict(), v1::NOT_JUDGED) << fuel;
    EXPECT_EQ(a.not_judged_reason(), "standard_does_not_apply") << fuel;
    EXPECT_THAT(a.results(), IsEmpty()) << fuel;
    EXPECT_FALSE(a.flagged()) << fuel;
  }
}

TEST(Assess, ElectricVehicleIsNotJudgedWhateverWasMeasured) {
  auto measured = clean("electric");
  measured.mutable_smoke()->set_opacity_percent(80);
  auto unmeasured = clean("electric");
  unmeasured.clear_plume();
  for (const auto& passage : {measured, unmeasured}) {
    const auto a = assess(passage, diesel_standard());
    EXPECT_EQ(a.verdict(), v1::NOT_JUDGED);
    EXPECT_EQ(a.not_judged_reason(), "electric");
    EXPECT_FALSE(a.flagged());
  }
  EXPECT_FALSE(assess(unmeasured, diesel_standard()).validity().valid());
}

TEST(Assess, AuditVehicleIsNeverJudgedOrFlagged) {
  auto passage = clean("diesel");
  passage.set_purpose(v1::Passage::audit);
  passage.mutable_smoke()->set_opacity_percent(80);
  const auto a = assess(passage, diesel_standard());
  EXPECT_TRUE(a.results(0).exceeded());
  EXPECT_EQ(a.verdict(), v1::NOT_JUDGED);
  EXPECT_EQ(a.not_judged_reason(), "audit");
  EXPECT_FALSE(a.flagged());
}

struct GasolineCase {
  std::string name;
  double co, hc, no;
  v1::Verdict verdict;
};
class GasolineLimit : public testing::TestWithParam<GasolineCase> {};

TEST_P(GasolineLimit, Decides) {
  auto passage = clean("gasoline");
  passage.mutable_plume()->set_co_per_co2(GetParam().co);
  passage.mutable_plume()->set_hc_per_co2(GetParam().hc);
  passage.mutable_plume()->set_no_per_co2(GetParam().no);
  const auto a = assess(passage, gasoline_standard());
  ASSERT_TRUE(a.validity().valid());
  EXPECT_EQ(a.verdict(), GetParam().verdict);
  EXPECT_EQ(a.flagged(), GetParam().verdict == v1::FAIL);
}

INSTANTIATE_TEST_SUITE_P(Example, GasolineLimit, testing::ValuesIn(std::vector<GasolineCase>{
    {"Clean", 0.05, 0.001, 0.005, v1::PASS},
    {"CoBelow", 0.1885, 0.001, 0.005, v1::PASS},  // 2.495 %
    {"CoAbove", 0.190, 0.001, 0.005, v1::FAIL},   // 2.512 %
    {"HcBelow", 0.05, 0.0082, 0.005, v1::PASS},   // 1186 ppm
    {"HcAbove", 0.05, 0.0084, 0.005, v1::FAIL},   // 1214 ppm
    {"NoBelow", 0.05, 0.001, 0.0103, v1::PASS},   // 1491 ppm
    {"NoAbove", 0.05, 0.001, 0.0104, v1::FAIL},   // 1505 ppm
}), by_name);

}  // namespace
}  // namespace exhaust::assessment
