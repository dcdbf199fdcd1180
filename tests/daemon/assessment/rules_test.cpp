// Each rule alone: the standard has no other.
#include "daemon/assessment/rules.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "daemon/assessment/assess.hpp"
#include "daemon/assessment/wording.hpp"
#include "tests/daemon/assessment/both_languages.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::Validity;
using Outcome = Finding::Outcome;
using R = ValidityRules;
using P = v1::Passage;

const double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Case {
  std::string name;
  std::function<void(R&)> rule;
  std::function<void(P&)> change;
  Outcome outcome;
  Validity::Reason reason = Validity::REASON_UNSPECIFIED;
  std::string words{};  ///< what it says
};

Traced traced(const Case& c) {
  auto standard = diesel_standard();
  standard.applies_to = {Fuel::kDiesel, Fuel::kGasoline};
  standard.validity = {};
  c.rule(standard.validity);
  auto passage = clean("diesel");
  c.change(passage);
  explained_in_both(passage, standard);
  return assess_traced(passage, standard);
}

class RuleAlone : public testing::TestWithParam<Case> {};

TEST_P(RuleAlone, SaysWhatItFound) {
  const auto& c = GetParam();
  const auto [assessment, findings] = traced(c);
  const Finding* found = nullptr;
  for (const auto& finding : findings) {
    if (finding.outcome == Outcome::kOff) continue;
    EXPECT_EQ(found, nullptr) << "two rules: " << finding.what;
    found = &finding;
  }
  if (c.outcome == Outcome::kOff) {
    EXPECT_EQ(found, nullptr);
    return;
  }
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->outcome, c.outcome);
  EXPECT_EQ(found->reason, c.reason);
  EXPECT_EQ(std::string(found->what) + ": " + finding_words(*found), c.words);
  EXPECT_EQ(assessment.validity().valid(), c.outcome != Outcome::kFailed);
  if (c.outcome == Outcome::kFailed) {
    EXPECT_THAT(assessment.validity().reasons(), ElementsAre(c.reason));
  }
}

const auto by_name = [](const auto& of) { return of.param.name; };
constexpr auto kHeld = Outcome::kHeld, kFailed = Outcome::kFailed, kNotMade = Outcome::kNotMade, kOff = Outcome::kOff;

// ---- slope errors. Dry CO2 of the clean vehicle is 14.5017 %, CO 0.7251 %, HC 145.0 ppm, NO 725.1 ppm.

void co_errors(R& r) { r.co_error_percent = {.share_max = 0.2, .absolute_max = 0.25, .above = 1}; }
void hc_errors(R& r) { r.hc_error_ppm = {.share_max = 0.2, .absolute_max = 500, .above = 2500}; }
void no_errors(R& r) { r.no_error_ppm = {.share_max = 0.2, .absolute_max = 300, .above = 1500}; }
/// A denominator of 2.8 exactly, so that dry CO2 is 15 % in the form that asks for CO alone.
Standard reduced(Standard standard) {
  standard.combustion_form = CombustionForm::kReduced;
  return standard;
}

INSTANTIATE_TEST_SUITE_P(SlopeErrors, RuleAlone, testing::ValuesIn(std::vector<Case>{
    {"Off", [](R&) {}, [](P& p) { p.mutable_plume()->set_co_per_co2_error(9); }, kOff},
    {"CoLittleGood", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2_error(0.01); }, kHeld, {},
     "error of the CO slope: 0.145017 % is at most 0.25 %"},
    {"CoLittleBad", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2_error(0.02); }, kFailed, Validity::SLOPE_ERROR,
     "error of the CO slope: 0.290034 % is more than 0.25 %"},
    {"CoMuchGood", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2(0.1); p.mutable_plume()->set_co_per_co2_error(0.019); }, kHeld, {},
     "error of the CO slope as a share of CO: 0.19 is at most 0.2"},
    {"CoMuchBad", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2(0.1); p.mutable_plume()->set_co_per_co2_error(0.021); }, kFailed,
     Validity::SLOPE_ERROR, "error of the CO slope as a share of CO: 0.21 is more than 0.2"},
    {"CoNegative", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2(-0.01); p.mutable_plume()->set_co_per_co2_error(0.01); }, kHeld, {},
     "error of the CO slope: 0.151285 % is at most 0.25 %"},
    {"CoErrorNotSaid", co_errors, [](P&) {}, kNotMade, {}, "error of the CO slope: neither the unit nor its points tell it"},
    {"CoErrorNotANumber", co_errors, [](P& p) { p.mutable_plume()->set_co_per_co2_error(kNaN); }, kNotMade, {},
     "error of the CO slope: neither the unit nor its points tell it"},
    {"CoUnknown", co_errors, [](P& p) { p.mutable_plume()->clear_co_per_co2(); p.mutable_plume()->set_co_per_co2_error(1); }, kNotMade, {},
     "error of the CO slope: its dry concentration is not known"},
    {"CoShareOnly", [](R& r) { r.co_error_percent = {.share_max = 0.2, .above = 1}; }, [](P& p) { p.mutable_plume()->set_co_per_co2_error(1); },
     kNotMade, {}, "error of the CO slope: there is too little of the gas for it"},
    {"CoAbsoluteOnly", [](R& r) { r.co_error_percent = {.absolute_max = 0.2}; }, [](P& p) { p.mutable_plume()->set_co_per_co2_error(0.02); },
     kFailed, Validity::SLOPE_ERROR, "error of the CO slope: 0.290034 % is more than 0.2 %"},
    {"HcLittleGood", hc_errors, [](P& p) { p.mutable_plume()->set_hc_per_co2_error(0.003); }, kHeld, {},
     "error of the HC slope: 435.051 ppm is at most 500 ppm"},
    {"HcLittleBad", hc_errors, [](P& p) { p.mutable_plume()->set_hc_per_co2_error(0.0035); }, kFailed, Validity::SLOPE_ERROR,
     "error of the HC slope: 507.56 ppm is more than 500 ppm"},
    {"HcMuchBad", hc_errors, [](P& p) { p.mutable_plume()->set_hc_per_co2(0.02); p.mutable_plume()->set_hc_per_co2_error(0.0042); }, kFailed,
     Validity::SLOPE_ERROR, "error of the HC slope as a share of HC: 0.21 is more than 0.2"},
    {"HcMuchGood", hc_errors, [](P& p) { p.mutable_plume()->set_hc_per_co2(0.02); p.mutable_plume()->set_hc_per_co2_error(0.0038); }, kHeld, {},
     "error of the HC slope as a share of HC: 0.19 is at most 0.2"},
    {"NoLittleGood", no_errors, [](P& p) { p.mutable_plume()->set_no_per_co2_error(0.002); }, kHeld, {},
     "error of the NO slope: 290.034 ppm is at most 300 ppm"},
    {"NoLittleBad", no_errors, [](P& p) { p.mutable_plume()->set_no_per_co2_error(0.0021); }, kFailed, Validity::SLOPE_ERROR,
     "error of the NO slope: 304.536 ppm is more than 300 ppm"},
    {"NoMuchGood", no_errors, [](P& p) { p.mutable_plume()->set_no_per_co2(0.02); p.mutable_plume()->set_no_per_co2_error(0.0038); }, kHeld, {},
     "error of the NO slope as a share of NO: 0.19 is at most 0.2"},
    {"NoMuchBad", no_errors, [](P& p) { p.mutable_plume()->set_no_per_co2(0.02); p.mutable_plume()->set_no_per_co2_error(0.0042); }, kFailed,
     Validity::SLOPE_ERROR, "error of the NO slope as a share of NO: 0.21 is more than 0.2"},
}), by_name);

/// CO2 at 1, 2, 3, 4, 5 times 0.1 %, the gas at 2, 2, 4, 4, 5 times `step`: a slope of 0.8 with an error of 0.163 and
/// an r2 of 0.889, in units of step / 0.1.
void scattered(v1::Plume& plume, double step, google::protobuf::RepeatedField<double>* (v1::PlumeSamples::*gas)()) {
  auto& points = *plume.mutable_points();
  points.clear_co2_percent();
  for (const double x : {1, 2, 3, 4, 5}) points.add_co2_percent(0.1 * x);
  for (const double y : {2, 2, 4, 4, 5}) (points.*gas)()->Add(step * y);
}

TEST(SlopeErrorOfPoints, IsThatOfTheLineThatWasUsed) {
  auto standard = reduced(diesel_standard());
  standard.validity = {};
  co_errors(standard.validity);
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  plume.set_co_per_co2_error(0.001);  // of a ratio that is not used
  plume.clear_co_per_co2();
  scattered(plume, 0.01, &v1::PlumeSamples::mutable_co_percent);
  const auto of_points = assess_traced(passage, standard);
  EXPECT_NEAR(of_points.assessment.co_slope().standard_error(), 0.1 * std::sqrt(0.8 / 30), 1e-12);
  EXPECT_THAT(of_points.assessment.validity().reasons(), ElementsAre(Validity::SLOPE_ERROR));  // 0.204 of CO
  plume.set_co_per_co2(0.08);
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "the unit's ratio and the unit's error";
  standard.slopes_from_points = true;
  EXPECT_FALSE(assess(passage, standard).validity().valid());
}

TEST(SlopeErrorOfPoints, OfHcAndNoAreComparedAlike) {
  for (const auto& [rule, gas] : {std::pair{&hc_errors, &v1::PlumeSamples::mutable_hc_ppm}, std::pair{&no_errors, &v1::PlumeSamples::mutable_no_ppm}}) {
    auto standard = reduced(diesel_standard());
    standard.validity = {};
    rule(standard.validity);
    auto passage = clean("diesel");
    auto& plume = *passage.mutable_plume();
    plume.clear_hc_per_co2();
    plume.clear_no_per_co2();
    scattered(plume, 200, gas);  // a ratio of 0.16 with an error of 0.0327: 0.204 of it
    EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::SLOPE_ERROR));
    plume.clear_points();
    scattered(plume, 1, gas);  // 0.0008 with 0.000163: 23.7 ppm
    EXPECT_TRUE(assess(passage, standard).validity().valid());
  }
}

TEST(SlopeErrorOfPoints, OfTwoPointsIsNotKnown) {
  auto standard = diesel_standard();
  standard.validity = {};
  co_errors(standard.validity);
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  plume.clear_co_per_co2();
  for (const double co2 : {0.1, 0.4}) {
    plume.mutable_points()->add_co2_percent(co2);
    plume.mutable_points()->add_co_percent(0.05 * co2);
  }
  plume.set_co_per_co2_error(9);
  EXPECT_TRUE(assess(passage, standard).validity().valid());
}

TEST(SlopeErrorOfPoints, IsCorrectedForHumidityWithItsGas) {
  auto standard = diesel_standard();
  standard.validity = {};
  no_errors(standard.validity);
  standard.correct_no_for_humidity = true;
  auto passage = clean("diesel");
  passage.mutable_weather()->set_temperature_c(25);
  passage.mutable_weather()->set_humidity_percent(50);
  passage.mutable_weather()->set_pressure_hpa(1013.25);
  passage.mutable_plume()->set_no_per_co2_error(0.0021);  // 304.5 ppm, times 0.973: 296.3
  EXPECT_TRUE(assess(passage, standard).validity().valid());
}

TEST(FitOfPoints, IsThatOfTheLineThatWasUsed) {
  auto standard = reduced(diesel_standard());
  standard.validity = {};
  standard.validity.co_r2_min = 0.9;
  standard.validity.co_r2_above_co_percent = 0.5;
  auto passage = clean("diesel");  // the unit's own: 0.97
  auto& plume = *passage.mutable_plume();
  scattered(plume, 0.01, &v1::PlumeSamples::mutable_co_percent);
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  plume.clear_co_per_co2();
  EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::POOR_FIT));
  standard.validity.co_r2_min = 0.88;
  EXPECT_TRUE(assess(passage, standard).validity().valid());
}

TEST(SamplesOfPoints, AreThoseOfTheShortestLineThatWasUsed) {
  auto standard = diesel_standard();
  standard.validity = {};
  standard.validity.samples_min = 5;
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  scattered(plume, 0.01, &v1::PlumeSamples::mutable_co_percent);
  for (const double no : {5.0, 9.0, kNaN, 16.0, 21.0}) plume.mutable_points()->add_no_ppm(no);
  plume.clear_no_per_co2();
  plume.clear_co_per_co2();
  EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::FEW_SAMPLES)) << "NO has four";
  plume.set_no_per_co2(0.005);
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "CO has five";
  plume.set_co_per_co2(0.05);
  plume.set_samples(4);
  EXPECT_FALSE(assess(passage, standard).validity().valid()) << "the unit's ratios, and as many samples as it says";
  plume.clear_samples();
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "it says none, but gave five points";
  standard.validity.samples_min = 6;
  EXPECT_FALSE(assess(passage, standard).validity().valid());
}

TEST(SamplesOfPoints, CountForEachGas) {
  auto standard = diesel_standard();
  standard.validity = {};
  standard.validity.samples_min = 6;
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  plume.clear_hc_per_co2();
  for (const auto gas : {&v1::PlumeSamples::mutable_hc_ppm, &v1::PlumeSamples::mutable_no2_ppm}) {
    plume.clear_points();
    scattered(plume, 1, gas);
    EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::FEW_SAMPLES));
  }
}

TEST(StrengthOfPoints, IsTheirPeakWhereTheUnitSaysNone) {
  auto standard = diesel_standard();
  standard.validity = {};
  standard.validity.plume_required = true;
  standard.validity.co2_excess_min_percent = 0.25;
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  plume.clear_co2_excess_percent();
  for (const double co2 : {kNaN, 0.1, 0.25, 0.2}) plume.mutable_points()->add_co2_percent(co2);
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  plume.mutable_points()->set_co2_percent(2, 0.24);
  EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::WEAK_PLUME));
  plume.set_co2_excess_percent(0.3);
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "the unit knows better";
  plume.clear_co2_excess_percent();
  plume.mutable_points()->clear_co2_percent();
  plume.mutable_points()->add_co2_percent(kNaN);
  EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::NO_PLUME));
}

// ---- ranges

/// So that dry CO2 is 42 / 2.79 and a gas is exactly what it is set to.
void dry_no(P& p, double ppm) {
  p.mutable_plume()->set_co_per_co2(0);
  p.mutable_plume()->set_hc_per_co2(0);
  // ppm = q * 1e4 * 42 / (2.79 + q)
  p.mutable_plume()->set_no_per_co2(2.79 * ppm / (42e4 - ppm));
}
void no_range(R& r) { r.no_ppm = {.least = -700, .most = 7000}; }
void co_range(R& r) { r.co_percent = {.least = -1, .most = 21}; }
void hc_range(R& r) { r.hc_ppm = {.least = -1000, .most = 40000}; }
auto co_ratio(double ratio) {
  return [ratio](P& p) { p.mutable_plume()->set_co_per_co2(ratio); };
}
auto hc_ratio(double ratio) {
  return [ratio](P& p) { p.mutable_plume()->set_hc_per_co2(ratio); };
}

INSTANTIATE_TEST_SUITE_P(Ranges, RuleAlone, testing::ValuesIn(std::vector<Case>{
    {"CoInside", co_range, [](P&) {}, kHeld, {}, "range of dry CO: 0.725086 % is within -1 to 21 %"},
    {"CoTooLow", co_range, co_ratio(-0.07), kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry CO: -1.10684 % is less than -1 %"},
    {"CoNegativeNoise", co_range, co_ratio(-0.06), kHeld, {}, "range of dry CO: -0.94163 % is within -1 to 21 %"},
    {"CoTooHigh", co_range, co_ratio(1e6), kHeld, {}, "range of dry CO: 21 % is within -1 to 21 %"},
    {"CoUnknown", co_range, [](P& p) { p.clear_plume(); }, kNotMade, {}, "range of dry CO: it is not known"},
    {"CoMostOnly", [](R& r) { r.co_percent.most = 0.5; }, [](P&) {}, kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry CO: 0.725086 % is more than 0.5 %"},
    {"HcInside", hc_range, [](P&) {}, kHeld, {}, "range of dry HC: 145.017 ppm is within -1000 to 40000 ppm"},
    {"HcTooLow", hc_range, hc_ratio(-0.008), kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry HC: -1164.52 ppm is less than -1000 ppm"},
    {"HcTooHigh", hc_range, hc_ratio(0.4), kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry HC: 49718.9 ppm is more than 40000 ppm"},
    {"NoInside", no_range, [](P& p) { dry_no(p, 6999); }, kHeld, {}, "range of dry NO: 6999 ppm is within -700 to 7000 ppm"},
    {"NoTooHigh", no_range, [](P& p) { dry_no(p, 7001); }, kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry NO: 7001 ppm is more than 7000 ppm"},
    {"NoTooLow", no_range, [](P& p) { dry_no(p, -701); }, kFailed, Validity::GAS_OUT_OF_RANGE, "range of dry NO: -701 ppm is less than -700 ppm"},
    {"NoNegativeNoise", no_range, [](P& p) { dry_no(p, -699); }, kHeld, {}, "range of dry NO: -699 ppm is within -700 to 7000 ppm"},
}), by_name);

// ---- the vehicles around

void neighbour(R& r) {
  r.neighbour_before_s = 1;
  r.neighbour_co2_excess_percent = 0.5;
}
auto before(double seconds, double co2_excess) {
  return [=](P& p) {
    p.mutable_neighbours()->set_before_s(seconds);
    p.mutable_neighbours()->set_before_co2_excess_percent(co2_excess);
  };
}
void clear_beam(R& r) { r.clear_min_s = 0.5; }
void clear_or_fronts(R& r) {
  r.clear_min_s = 0.5;
  r.after_min_s = 1;
}
auto after(std::optional<double> clear_s, std::optional<double> after_s) {
  return [=](P& p) {
    p.mutable_neighbours();
    if (clear_s) p.mutable_neighbours()->set_clear_s(*clear_s);
    if (after_s) p.mutable_neighbours()->set_after_s(*after_s);
  };
}

INSTANTIATE_TEST_SUITE_P(Neighbours, RuleAlone, testing::ValuesIn(std::vector<Case>{
    {"BeforeOff", [](R&) {}, before(0.1, 9), kOff},
    {"BeforeUnknown", neighbour, [](P&) {}, kNotMade, {}, "time since the vehicle before: none is known to have gone by before"},
    {"BeforeLongAgo", neighbour, before(1, 9), kHeld, {}, "time since the vehicle before: 1 s is at least 1 s"},
    {"BeforeCloseItsPlumeUnknown", neighbour, [](P& p) { p.mutable_neighbours()->set_before_s(0.9); }, kNotMade, {},
     "CO2 excess of the vehicle close before: its plume was not measured"},
    {"BeforeCloseAndWeak", neighbour, before(0.9, 0.5), kHeld, {}, "CO2 excess of the vehicle close before: 0.5 % is at most 0.5 %"},
    {"BeforeCloseAndStrong", neighbour, before(0.9, 1.37), kFailed, Validity::NEIGHBOUR_PLUME,
     "CO2 excess beside that of the vehicle close before: 1.36 % is less than 1.37 %"},
    {"BeforeCloseAndStrongOursStronger", neighbour, before(0.9, 1.36), kHeld, {},
     "CO2 excess beside that of the vehicle close before: 1.36 % is at least 1.36 %"},
    {"BeforeCloseAndStrongOursUnknown", neighbour, [](P& p) { before(0.9, 1.37)(p); p.clear_plume(); }, kNotMade, {},
     "CO2 excess beside that of the vehicle close before: it was not measured"},

    {"AfterOff", [](R&) {}, after(0.1, 0.1), kOff},
    {"ClearUnknown", clear_beam, [](P&) {}, kNotMade, {}, "clear beam behind the vehicle: it is not known when the next vehicle came"},
    {"ClearNoneCame", clear_beam, after({}, {}), kHeld, {}, "clear beam behind the vehicle: no vehicle came before it was measured"},
    {"ClearEnough", clear_beam, after(0.5, 0.8), kHeld, {}, "clear beam behind the vehicle: 0.5 s is at least 0.5 s"},
    {"ClearTooShort", clear_beam, after(0.49, 9), kFailed, Validity::TOO_CLOSE, "clear beam behind the vehicle: 0.49 s is less than 0.5 s"},
    {"ClearNotTold", clear_beam, after({}, 0.1), kNotMade, {}, "clear beam behind the vehicle: the gate does not tell what the rule needs"},
    {"FrontsEnough", clear_or_fronts, after({}, 1), kHeld, {}, "time to the next vehicle, front to front: 1 s is at least 1 s"},
    {"FrontsTooShort", clear_or_fronts, after({}, 0.99), kFailed, Validity::TOO_CLOSE, "time to the next vehicle, front to front: 0.99 s is less than 1 s"},
    {"ClearGoesBeforeFronts", clear_or_fronts, after(0.6, 0.9), kHeld, {}, "clear beam behind the vehicle: 0.6 s is at least 0.5 s"},
    {"FrontsRuleNotTold", [](R& r) { r.after_min_s = 1; }, after(0.1, {}), kNotMade, {}, "clear beam behind the vehicle: the gate does not tell what the rule needs"},
}), by_name);

void strength(R& r) {
  r.co2_excess_min_percent = 0.25;
  r.neighbour_before_s = 1;
}
TEST(ElectricVehicle, APlumeBehindItIsAnothers) {
  auto standard = diesel_standard();
  standard.validity = {};
  strength(standard.validity);
  auto passage = clean("electric");
  passage.mutable_plume()->set_co2_excess_percent(0.25);
  explained_in_both(passage, standard);
  const auto behind = assess_traced(passage, standard);
  EXPECT_THAT(behind.assessment.validity().reasons(), ElementsAre(Validity::NEIGHBOUR_PLUME));
  EXPECT_EQ(behind.assessment.verdict(), v1::NOT_JUDGED);
  EXPECT_EQ(behind.assessment.not_judged_reason(), "electric");
  std::string words;
  for (const auto& finding : behind.findings) words += finding_words(finding) + "\n";
  EXPECT_THAT(words, HasSubstr("0.25 %: enough for a plume, and it can only be another vehicle's"));
  passage.mutable_plume()->set_co2_excess_percent(0.24);
  EXPECT_THAT(assess(passage, standard).validity().reasons(), ElementsAre(Validity::WEAK_PLUME));
  passage.clear_plume();
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  standard.validity.co2_excess_min_percent.reset();
  passage.mutable_plume()->set_co2_excess_percent(3);
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "the standard does not say what a plume is";
}

// ---- instruments, clock and plate

auto quality(v1::QualityControl::State state) {
  return [state](P& p) { p.mutable_quality_control()->set_state(state); };
}
auto condition(const std::string& state) {
  return [state](P& p) {
    auto& condition = *p.add_conditions();
    condition.set_device("analyser");
    condition.set_state(state);
  };
}
void in_force(R& r) { r.qc_in_force = true; }
void required(R& r) { r.qc_required = true; }
void states(R& r) { r.device_state_required = true; }
void plausible(R& r) { r.plausible_data_required = true; }
void clock_to_a_second(R& r) { r.clock_error_max_s = 1; }
auto clock_off_by(double seconds) {
  return [seconds](P& p) { p.mutable_clock()->set_estimated_error_s(seconds); };
}
void confident(R& r) { r.plate_confidence_min = 80; }
auto confidence(double percent) {
  return [percent](P& p) { p.mutable_plate()->set_confidence(percent); };
}

INSTANTIATE_TEST_SUITE_P(Instruments, RuleAlone, testing::ValuesIn(std::vector<Case>{
    {"QcOff", [](R&) {}, quality(v1::QualityControl::failed), kOff},
    {"QcInForce", in_force, quality(v1::QualityControl::in_force), kHeld, {}, "quality control: all that is required was done in time and passed"},
    {"QcRequiredAndInForce", required, quality(v1::QualityControl::in_force), kHeld, {}, "quality control: all that is required was done in time and passed"},
    {"QcNothingAsked", in_force, [](P&) {}, kNotMade, {}, "quality control: nothing is required of this lane's instruments"},
    {"QcNothingAskedButRequired", required, [](P&) {}, kFailed, Validity::QC, "quality control: nothing is required of this lane's instruments"},
    {"QcOverdue", in_force, quality(v1::QualityControl::overdue), kFailed, Validity::QC, "quality control: a check is overdue"},
    {"QcRequiredAndOverdue", required, quality(v1::QualityControl::overdue), kFailed, Validity::QC, "quality control: a check is overdue"},
    {"QcFailed", in_force, [](P& p) {
       quality(v1::QualityControl::failed)(p);
       for (const auto& [check, state] : {std::pair{"zero", v1::QualityControl::failed}, {"span", v1::QualityControl::in_force}, {"static_check", v1::QualityControl::overdue}}) {
         auto& item = *p.mutable_quality_control()->add_items();
         item.set_check(check);
         item.set_state(state);
       }
     }, kFailed, Validity::QC, "quality control: a check failed (zero failed, static_check overdue)"},

    {"StatesOff", [](R&) {}, condition("degraded"), kOff},
    {"StatesAllUp", states, [](P&) {}, kHeld, {}, "state of the devices: none was degraded"},
    {"StatesDegraded", states, condition("degraded"), kFailed, Validity::DEVICE_STATE, "state of the devices: not all were well (analyser degraded)"},
    {"StatesDownIsMissing", states, condition("down"), kHeld, {}, "state of the devices: none was degraded"},
    {"StatesStuckIsAnotherRule", states, condition("stuck"), kHeld, {}, "state of the devices: none was degraded"},

    {"DataOff", [](R&) {}, condition("stuck"), kOff},
    {"DataPlausible", plausible, condition("degraded"), kHeld, {}, "what the devices say: nothing speaks against it"},
    {"DataStuck", plausible, condition("stuck"), kFailed, Validity::SUSPECT_DATA, "what the devices say: it cannot be right (analyser stuck)"},
    {"DataAllZero", plausible, condition("all_zero"), kFailed, Validity::SUSPECT_DATA, "what the devices say: it cannot be right (analyser all_zero)"},
    {"DataRatio", plausible, condition("ratio_mismatch"), kFailed, Validity::SUSPECT_DATA, "what the devices say: it cannot be right (analyser ratio_mismatch)"},
    {"DataDrift", plausible, [](P& p) { condition("down")(p); condition("co2_drift")(p); condition("stuck")(p); }, kFailed, Validity::SUSPECT_DATA,
     "what the devices say: it cannot be right (analyser co2_drift, analyser stuck)"},

    {"ClockErrorOff", [](R&) {}, clock_off_by(99), kOff},
    {"ClockErrorUnknown", clock_to_a_second, [](P&) {}, kNotMade, {}, "estimated error of the clock: it is not known"},
    {"ClockErrorSmall", clock_to_a_second, clock_off_by(1), kHeld, {}, "estimated error of the clock: 1 s is at most 1 s"},
    {"ClockErrorLarge", clock_to_a_second, clock_off_by(1.01), kFailed, Validity::CLOCK_ERROR, "estimated error of the clock: 1.01 s is more than 1 s"},
    {"ClockErrorNotANumber", clock_to_a_second, clock_off_by(kNaN), kNotMade, {}, "estimated error of the clock: it is not known"},

    {"ConfidenceOff", [](R&) {}, confidence(1), kOff},
    {"ConfidenceEnough", confident, confidence(80), kHeld, {}, "confidence in the plate: 80 is at least 80"},
    {"ConfidenceTooLow", confident, confidence(79.9), kFailed, Validity::PLATE_CONFIDENCE, "confidence in the plate: 79.9 is less than 80"},
    {"ConfidenceNotGiven", confident, [](P&) {}, kNotMade, {}, "confidence in the plate: the camera does not give it"},
    {"ConfidenceInNothing", confident, [](P& p) { confidence(1)(p); p.mutable_plate()->clear_text(); }, kNotMade, {}, "confidence in the plate: there is no text"},
}), by_name);

TEST(Rules, AreAllMadeWhateverTheOthersFind) {
  auto standard = gasoline_standard();
  standard.validity.qc_required = true;
  standard.validity.clock_required = true;
  standard.validity.clock_error_max_s = 1;
  standard.validity.weather_required = true;
  standard.validity.smoke_required = true;
  standard.validity.plate_confidence_min = 80;
  v1::Passage passage;
  passage.mutable_vehicle()->set_fuel("gasoline");
  auto& plume = *passage.mutable_plume();
  plume.set_co2_excess_percent(0.1);
  plume.set_samples(1);
  plume.set_co_r2(0.1);
  plume.set_co_per_co2(-0.2);
  plume.set_hc_per_co2(0.5);
  plume.set_no_per_co2(0.5);
  plume.set_co_per_co2_error(1);
  plume.set_hc_per_co2_error(1);
  plume.set_no_per_co2_error(1);
  before(0.5, 2)(passage);
  passage.mutable_neighbours()->set_clear_s(0.1);
  passage.set_speed_km_h(200);
  passage.set_acceleration_m_s2(9);
  passage.set_slope_deg(0);
  condition("degraded")(passage);
  condition("stuck")(passage);
  clock_off_by(7)(passage);
  passage.mutable_plate()->set_text("X");
  passage.mutable_plate()->set_class_("unknown");
  confidence(3)(passage);
  explained_in_both(passage, standard);
  EXPECT_THAT(assess(passage, standard).validity().reasons(),
              ElementsAre(Validity::WEAK_PLUME, Validity::FEW_SAMPLES, Validity::SLOPE_ERROR, Validity::GAS_OUT_OF_RANGE, Validity::NO_SMOKE,
                          Validity::NEIGHBOUR_PLUME, Validity::TOO_CLOSE, Validity::SPEED_OUT_OF_RANGE, Validity::ACCELERATION_OUT_OF_RANGE,
                          Validity::VSP_OUT_OF_RANGE, Validity::NO_WEATHER, Validity::QC, Validity::DEVICE_STATE, Validity::SUSPECT_DATA,
                          Validity::CLOCK_NOT_SYNCHRONISED, Validity::CLOCK_ERROR, Validity::PLATE_NOT_PLAUSIBLE, Validity::PLATE_CONFIDENCE));
}

}  // namespace
}  // namespace exhaust::assessment
