// How well a plume is known: errors of slopes, ranges.
#include <cmath>
#include <vector>

#include "tests/daemon/assessment/rule_case.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using v1::Validity;

class PlumeRule : public testing::TestWithParam<RuleCase> {};
TEST_P(PlumeRule, SaysWhatItFound) { expect_finding(GetParam()); }

// Dry CO2 of the clean vehicle is 14.5017 %, CO 0.7251 %, HC 145.0 ppm, NO 725.1 ppm.

void co_errors(R& r) { r.co_error_percent = {.share_max = 0.2, .absolute_max = 0.25, .above = 1}; }
void hc_errors(R& r) { r.hc_error_ppm = {.share_max = 0.2, .absolute_max = 500, .above = 2500}; }
void no_errors(R& r) { r.no_error_ppm = {.share_max = 0.2, .absolute_max = 300, .above = 1500}; }
INSTANTIATE_TEST_SUITE_P(Errors, PlumeRule, testing::ValuesIn(std::vector<RuleCase>{
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

TEST(SlopeError, AtTheThresholdTheErrorItselfIsCompared) {
  auto standard = without_rules();
  auto passage = clean("diesel");
  const double co_percent = assess(passage, standard).co_percent();
  passage.mutable_plume()->set_co_per_co2_error(0.01);  // a fifth of CO
  standard.validity.co_error_percent = {.share_max = 0.1, .absolute_max = 1, .above = co_percent};
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  standard.validity.co_error_percent.above = std::nextafter(co_percent, 0);
  EXPECT_FALSE(assess(passage, standard).validity().valid());
}

TEST(Fit, AtTheThresholdThereIsTooLittleCo) {
  auto standard = without_rules();
  auto passage = clean("diesel");
  standard.validity.co_r2_min = 0.99;
  standard.validity.co_r2_above_co_percent = assess(passage, standard).co_percent();
  EXPECT_TRUE(assess(passage, standard).validity().valid());
  standard.validity.co_r2_above_co_percent = std::nextafter(standard.validity.co_r2_above_co_percent, 0);
  EXPECT_FALSE(assess(passage, standard).validity().valid());
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

INSTANTIATE_TEST_SUITE_P(Ranges, PlumeRule, testing::ValuesIn(std::vector<RuleCase>{
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

}  // namespace
}  // namespace exhaust::assessment
