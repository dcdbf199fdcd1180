// Instruments, clock and plate; and all rules together.
#include <utility>
#include <vector>

#include "tests/daemon/assessment/rule_case.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using v1::Validity;

class StationRule : public testing::TestWithParam<RuleCase> {};
TEST_P(StationRule, SaysWhatItFound) { expect_finding(GetParam()); }

auto quality(v1::QualityControl::State state) {
  return [state](P& p) { p.mutable_quality_control()->set_state(state); };
}
void in_force(R& r) { r.qc_in_force = true; }
void required(R& r) { r.qc_required = true; }
void states(R& r) { r.device_state_required = true; }
void plausible(R& r) { r.plausible_data_required = true; }
void clock_to_a_second(R& r) { r.clock_error_max_s = 1; }
void confident(R& r) { r.plate_confidence_min = 80; }
INSTANTIATE_TEST_SUITE_P(Instruments, StationRule, testing::ValuesIn(std::vector<RuleCase>{
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
