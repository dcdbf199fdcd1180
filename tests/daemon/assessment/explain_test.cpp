#include "daemon/assessment/explain.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "daemon/assessment/assess.hpp"
#include "daemon/core/bytes.hpp"
#include "tests/daemon/assessment/both_languages.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// In English, after it was held against the Chinese one.
std::string explained(const v1::Passage& passage, const Standard& standard) {
  explained_in_both(passage, standard);
  return explain(passage, standard);
}

v1::Passage judged(v1::Passage passage, const Standard& standard) {
  *passage.mutable_assessment() = assess(passage, standard);
  return passage;
}

TEST(Explain, SaysWhyAVehicleWasFlagged) {
  const auto standard = diesel_standard();
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(41.5);
  const auto text = explained(judged(passage, standard), standard);
  EXPECT_THAT(text, StartsWith("Passage A1101190010420201028084857, lane 1, 2020-10-28T00:48:57Z, traffic\n"));
  EXPECT_THAT(text, HasSubstr("京A12345, yellow plate, class ordinary"));
  EXPECT_THAT(text, HasSubstr("diesel, inferred from the plate's colour"));
  EXPECT_THAT(text, HasSubstr("46.81 km/h"));
  EXPECT_THAT(text, HasSubstr("6.89445 kW/t (km/h form)"));
  EXPECT_THAT(text, HasSubstr("Validity: valid\n"));
  EXPECT_THAT(text, HasSubstr("holds     CO2 excess: 1.36 % is at least 0.25 %\n"));
  EXPECT_THAT(text, HasSubstr("holds     speed: 46.81 km/h is within 5 to 120 km/h\n"));
  EXPECT_THAT(text, HasSubstr("41.5 % is greater than the limit of 30 %: EXCEEDS (judged: decides the verdict)"));
  EXPECT_THAT(text, HasSubstr("725.086 ppm is not greater than the limit of 1500 ppm: does not exceed (screened: only flags)"));
  EXPECT_THAT(text, HasSubstr("Verdict: FAIL: opacity over the limit\nFlagged, because it is valid and exceeds in: opacity\n"));
  EXPECT_THAT(text, HasSubstr("Standard: hj845-2017, version 1, in force from 2017-07-27\n"));
  EXPECT_THAT(text, HasSubstr("SHA-256 " + to_hex(standard.hash)));
  EXPECT_THAT(text, EndsWith("recomputed: identical\n"));
}

TEST(Explain, NamesTheCheckThatFailedAndItsNumbers) {
  auto passage = clean("diesel");
  passage.mutable_plume()->set_co2_excess_percent(0.1);
  passage.clear_speed_km_h();
  const auto standard = diesel_standard();
  const auto text = explained(judged(passage, standard), standard);
  EXPECT_THAT(text, HasSubstr("Validity: not valid\n"));
  EXPECT_THAT(text, HasSubstr("FAILS     CO2 excess: 0.1 % is less than 0.25 % -> WEAK_PLUME\n"));
  EXPECT_THAT(text, HasSubstr("FAILS     speed: it was not measured -> NO_SPEED\n"));
  EXPECT_THAT(text, HasSubstr("Verdict: INVALID"));
  EXPECT_THAT(text, HasSubstr("Not flagged"));
}

TEST(Explain, SaysWhatWasNotMadeAndWhatIsNoRule) {
  auto passage = clean("diesel");
  passage.clear_weather();
  const auto standard = diesel_standard();
  const auto text = explained(judged(passage, standard), standard);
  EXPECT_THAT(text, HasSubstr("not made  wind: it was not measured\n"));
  EXPECT_THAT(text, HasSubstr("no rule in this standard for: error of the CO slope; error of the HC slope; smoke; VSP, by the fuel's own rule; "
                              "clock; estimated error of the clock; confidence in the plate\n"));
}

TEST(Explain, ShowsTheSlopesThatWereDrawn) {
  auto passage = clean("diesel");
  auto& plume = *passage.mutable_plume();
  plume.clear_co_per_co2();
  for (const double co2 : {1, 2, 3, 4, 5}) plume.mutable_points()->add_co2_percent(co2);
  for (const double co : {2, 2, 4, 4, 5}) plume.mutable_points()->add_co_percent(co);
  plume.set_no_per_co2_error(0.0001);
  const auto text = explained(passage, diesel_standard());
  EXPECT_THAT(text, HasSubstr("CO/CO2                    not measured\n"));
  EXPECT_THAT(text, HasSubstr("error of NO/CO2           0.0001 mol/mol\n"));
  EXPECT_THAT(text, HasSubstr("points of the plume       5\n"));
  EXPECT_THAT(text, HasSubstr("CO slope                  0.8 mol/mol through 5 points, standard error 0.163299 mol/mol, r2 0.888889, intercept 1 %\n"));
  EXPECT_THAT(text, Not(HasSubstr("\n  NO slope")));
}

TEST(Explain, ShowsWhatBecameOfNoInMoistAir) {
  auto standard = diesel_standard();
  standard.correct_no_for_humidity = true;
  auto passage = clean("diesel");
  EXPECT_THAT(explained(passage, standard), HasSubstr("not known: something it needs is missing (a factor for humidity is needed"));
  passage.mutable_weather()->set_temperature_c(25);
  passage.mutable_weather()->set_humidity_percent(50);
  passage.mutable_weather()->set_pressure_hpa(1013.25);
  EXPECT_THAT(explained(passage, standard), HasSubstr("dry NO                    705.483 ppm (corrected for humidity by 0.972966)"));
}

TEST(Explain, ShowsTheSmokeThatOpacityStandsFor) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30);
  const auto text = explained(passage, diesel_standard());
  EXPECT_THAT(text, HasSubstr("k, from opacity           0.829477 1/m\n"));
  EXPECT_THAT(text, HasSubstr("Ringelmann, from opacity  1.5 (grade; finds, never judges)\n"));
}

TEST(Explain, TellsNumbersApartThatLookAlike) {
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(std::nextafter(30, 31));
  const auto standard = diesel_standard();
  EXPECT_THAT(explained(judged(passage, standard), standard), HasSubstr("30.000000000000004 % is greater than the limit of 30 %"));
}

TEST(Explain, ShowsTheRoundedValueThatWasComparedWithAllItsPlaces) {
  auto standard = diesel_standard();
  standard.limits[0].decimals = 1;
  auto passage = clean("diesel");
  passage.mutable_smoke()->set_opacity_percent(30.05);
  EXPECT_THAT(explained(judged(passage, standard), standard),
              HasSubstr("30.05 %, rounded to 30.0 % (GB/T 8170: a half to the even digit), is not greater than the limit of 30 %: does not exceed"));
}

TEST(Explain, SaysThatNoStandardWasInForceAndForWhomItIsNot) {
  const auto standard = diesel_standard();
  auto early = clean("diesel");
  early.mutable_detected_at()->set_seconds(0);
  const auto text = explained(judged(early, standard), standard);
  EXPECT_THAT(text, HasSubstr("this standard was not in force on the day of the passage\n"));
  EXPECT_THAT(text, HasSubstr("Verdict: NOT_JUDGED: no standard was in force on the day of the passage\n"));
  EXPECT_THAT(text, EndsWith("recomputed: identical\n"));
  auto narrow = standard;
  narrow.plate_classes = {"learner"};
  EXPECT_THAT(explained(judged(clean("diesel"), narrow), narrow), HasSubstr("this standard is not for a vehicle of this plate class\n"));
}

TEST(Explain, SaysFirstThatTheStandardIsNotTheOneJudgedBy) {
  const auto then = diesel_standard();
  auto now = settings::parse_standard(then.text + "# changed\n", "changed").value();
  const auto text = explained(judged(clean("diesel"), then), now);
  EXPECT_THAT(text, StartsWith("CAUTION: explained by another standard than it was judged by.\n"));
  EXPECT_THAT(text, AllOf(HasSubstr(to_hex(then.hash)), HasSubstr(to_hex(now.hash))));
  EXPECT_THAT(text, HasSubstr("recomputed: DIFFERENT"));
}

TEST(Explain, SaysWhatDiffersFromTheStoredAssessment) {
  const auto standard = diesel_standard();
  auto passage = judged(clean("diesel"), standard);
  passage.mutable_smoke()->set_opacity_percent(41.5);  // someone changed the measurement afterwards
  const auto text = explained(passage, standard);
  EXPECT_THAT(text, HasSubstr("recomputed: DIFFERENT from what is stored (stored -> now):\n"));
  EXPECT_THAT(text, HasSubstr("modified: verdict: PASS -> FAIL"));
  EXPECT_THAT(text, HasSubstr("modified: results[0].value: 1.14 -> 41.5"));
}

TEST(Explain, AllowsAnotherMachineItsLastDigit) {
  const auto standard = diesel_standard();
  auto passage = judged(clean("diesel"), standard);
  auto& stored = *passage.mutable_assessment();
  stored.set_vsp_kw_per_t(std::nextafter(stored.vsp_kw_per_t(), 100));
  EXPECT_THAT(explained(passage, standard), HasSubstr("recomputed: identical but for the last digits"));
}

TEST(Explain, SaysThatNothingIsStored) {
  const auto text = explained(clean("diesel"), diesel_standard());
  EXPECT_THAT(text, Not(HasSubstr("CAUTION")));
  EXPECT_THAT(text, EndsWith("No assessment is stored with this passage.\n"));
}

TEST(Explain, HasWordsForAnEmptyPassage) {
  const auto text = explained(v1::Passage{}, diesel_standard());
  EXPECT_THAT(text, HasSubstr("none reported by the camera"));
  EXPECT_THAT(text, HasSubstr("this standard has no limit for a vehicle of fuel unknown"));
}

TEST(Explain, MarksAnExample) {
  EXPECT_THAT(explained(clean("gasoline"), gasoline_standard()), HasSubstr("example-gasoline-beijing-2020 (an EXAMPLE, not law)"));
}

}  // namespace
}  // namespace exhaust::assessment
