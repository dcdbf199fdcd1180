// What the rules make of a plume that is given point by point.
#include <cmath>
#include <utility>

#include "tests/daemon/assessment/rule_case.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using v1::Validity;


void co_errors(ValidityRules& r) { r.co_error_percent = {.share_max = 0.2, .absolute_max = 0.25, .above = 1}; }
void hc_errors(ValidityRules& r) { r.hc_error_ppm = {.share_max = 0.2, .absolute_max = 500, .above = 2500}; }
void no_errors(ValidityRules& r) { r.no_error_ppm = {.share_max = 0.2, .absolute_max = 300, .above = 1500}; }
/// In the form that asks for CO alone.
Standard reduced(Standard standard) {
  standard.combustion_form = CombustionForm::kReduced;
  return standard;
}

/// CO2 at 1, 2, 3, 4, 5 times 0.1 %, the gas at 2, 2, 4, 4, 5 times `step`: a slope of 0.8 with an error of 0.163 and
/// an r2 of 0.889, in units of step / 0.1.
void scattered(v1::Plume& plume, double step, google::protobuf::RepeatedField<double>* (v1::PlumeSamples::*gas)()) {
  auto& points = *plume.mutable_points();
  points.clear_co2_percent();
  for (const double x : {1, 2, 3, 4, 5}) points.add_co2_percent(0.1 * x);
  for (const double y : {2, 2, 4, 4, 5}) (points.*gas)()->Add(step * y);
}

TEST(SlopeErrorOfPoints, IsThatOfTheLineThatWasUsed) {
  auto standard = reduced(without_rules());
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
    auto standard = reduced(without_rules());
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
  auto standard = without_rules();
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
  auto standard = without_rules();
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
  auto standard = reduced(without_rules());
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
  auto standard = without_rules();
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
  plume.mutable_points()->clear_co_percent();
  plume.mutable_points()->clear_no_ppm();
  plume.mutable_points()->mutable_co2_percent()->Truncate(1);
  EXPECT_FALSE(assess(passage, standard).validity().valid()) << "one point";
  plume.mutable_points()->clear_co2_percent();
  EXPECT_TRUE(assess(passage, standard).validity().valid()) << "nothing is known";
}

TEST(SamplesOfPoints, CountForEachGas) {
  auto standard = without_rules();
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
  auto standard = without_rules();
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

}  // namespace
}  // namespace exhaust::assessment
