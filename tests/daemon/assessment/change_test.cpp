#include "daemon/assessment/change.hpp"

#include <gmock/gmock.h>

#include "daemon/assessment/assess.hpp"
#include "tests/daemon/assessment/passages.hpp"

namespace exhaust::assessment {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

MATCHER_P3(Is, name, was, is, "") { return arg.name == name && arg.was == was && arg.is == is; }

TEST(Change, TheSameRulesOfAnotherFileChangeNothing) {
  const auto standard = diesel_standard();
  const auto other = settings::parse_standard(standard.text + "# another comment\n", "other").value();
  const auto passage = clean("diesel");
  EXPECT_FALSE(change_between(assess(passage, standard), assess(passage, other)).any());
}

TEST(Change, AStricterLimitTurnsVerdictFlagAndResult) {
  const auto standard = diesel_standard();
  auto strict = standard;
  strict.limits[0].limit = 1;
  const auto change = change_between(assess(clean("diesel"), standard), assess(clean("diesel"), strict));
  EXPECT_THAT(change.verdict, ElementsAre(Is("verdict", "PASS", "FAIL")));
  EXPECT_THAT(change.flagged, ElementsAre(Is("flagged", "no", "yes")));
  EXPECT_THAT(change.reasons_new, IsEmpty());
  EXPECT_THAT(change.values, UnorderedElementsAre(Is("opacity judged limit", "30", "1"), Is("opacity judged exceeded", "no", "yes")));
}

TEST(Change, ReasonsComeAndGo) {
  const auto standard = diesel_standard();
  auto other = standard;
  other.validity.wind_max_m_s.reset();
  other.validity.smoke_required = true;
  auto passage = clean("diesel");
  passage.mutable_weather()->set_wind_speed_m_s(9);
  passage.clear_smoke();
  const auto change = change_between(assess(passage, standard), assess(passage, other));
  EXPECT_THAT(change.reasons_gone, ElementsAre("WIND"));
  EXPECT_THAT(change.reasons_new, ElementsAre("NO_SMOKE"));
  EXPECT_THAT(change.verdict, IsEmpty());
}

TEST(Change, ValuesThatAppearOrDifferInTheLastDigitAreTold) {
  v1::Assessment one, other;
  other.set_no_ppm(0.30000000000000004);
  one.set_no_ppm(0.3);
  other.mutable_co_slope()->set_ratio(2);
  EXPECT_THAT(change_between(one, other).values, testing::IsSupersetOf({Is("no_ppm", "0.3", "0.30000000000000004"), Is("co_slope.ratio", "-", "2")}));
}

TEST(Change, AnotherReasonNotToJudgeIsAnotherVerdict) {
  v1::Assessment one, other;
  one.set_verdict(v1::NOT_JUDGED);
  one.set_not_judged_reason("standard_does_not_apply");
  other.set_verdict(v1::NOT_JUDGED);
  other.set_not_judged_reason("nothing_to_judge");
  EXPECT_THAT(change_between(one, other).verdict, ElementsAre(Is("verdict", "NOT_JUDGED (standard_does_not_apply)", "NOT_JUDGED (nothing_to_judge)")));
}

TEST(ChangeTotals, CountPassagesByKindOfChange) {
  v1::Assessment pass, fail, invalid;
  pass.set_verdict(v1::PASS);
  fail.set_verdict(v1::FAIL);
  fail.set_flagged(true);
  invalid.set_verdict(v1::INVALID);
  invalid.mutable_validity()->add_reasons(v1::Validity::WIND);
  invalid.mutable_validity()->add_reasons(v1::Validity::QC);
  ChangeTotals totals;
  totals.add(change_between(pass, pass));
  totals.add(change_between(pass, fail));
  totals.add(change_between(pass, fail));
  totals.add(change_between(fail, invalid));
  EXPECT_EQ(totals.passages, 4u);
  EXPECT_EQ(totals.changed, 3u);
  EXPECT_EQ(totals.verdict, 3u);
  EXPECT_EQ(totals.flagged, 3u);
  EXPECT_EQ(totals.reasons, 1u);
  EXPECT_EQ(totals.values, 0u);
  EXPECT_THAT(totals.verdicts, ElementsAre(Pair("FAIL -> INVALID", 1u), Pair("PASS -> FAIL", 2u)));
  EXPECT_THAT(totals.flags, ElementsAre(Pair("no -> yes", 2u), Pair("yes -> no", 1u)));
  EXPECT_THAT(totals.reason, ElementsAre(Pair("+QC", 1u), Pair("+WIND", 1u)));
}

}  // namespace
}  // namespace exhaust::assessment
