// The vehicles around.
#include <optional>
#include <vector>

#include "tests/daemon/assessment/rule_case.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using v1::Validity;

class TrafficRule : public testing::TestWithParam<RuleCase> {};
TEST_P(TrafficRule, SaysWhatItFound) { expect_finding(GetParam()); }

void neighbour(R& r) {
  r.neighbour_before_s = 1;
  r.neighbour_co2_excess_percent = 0.5;
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

INSTANTIATE_TEST_SUITE_P(Neighbours, TrafficRule, testing::ValuesIn(std::vector<RuleCase>{
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
  auto standard = without_rules();
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

}  // namespace
}  // namespace exhaust::assessment
