#include "daemon/ctl/standard_words.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "daemon/core/digest.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kBase = R"(id = "test-1"
title = "Test"
version = "1"
effective_from = "2020-02-29"
applies_to = ["diesel", "gasoline"]
[validity]
speed_min_km_h = 5
speed_max_km_h = 120
co_r2_above_co_percent = 0.5
[[limit]]
pollutant = "opacity"
limit = 30
role = "judged"
[[limit]]
pollutant = "no"
limit = 1500
role = "screened"
[repetition]
)";

assessment::Standard standard(const std::string& text) {
  auto read = settings::parse_standard(text, "f.toml");
  EXPECT_TRUE(read) << read.error().detail;
  return std::move(*read);
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct DiffCase {
  std::string name, from, to;
  std::string path, meaning;
};
class Differences : public testing::TestWithParam<DiffCase> {};

TEST_P(Differences, SayWhatIsStricter) {
  const auto& c = GetParam();
  const auto found = differences(standard(kBase), standard(changed(kBase, c.from, c.to)));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().path, c.path);
  EXPECT_EQ(found.front().meaning, c.meaning);
}

INSTANTIATE_TEST_SUITE_P(Of, Differences, testing::ValuesIn(std::vector<DiffCase>{
    {"ALowerLimit", "limit = 30", "limit = 20", "limit.opacity.judged.limit", "stricter: more vehicles exceed"},
    {"AHigherLimit", "limit = 1500", "limit = 3000", "limit.no.screened.limit", "looser: fewer vehicles exceed"},
    {"TheOperator", "limit = 30\n", "limit = 30\noperator = \"greater_equal\"\n", "limit.opacity.judged.operator", "stricter: the limit itself exceeds"},
    {"TheComparison", "limit = 30\n", "limit = 30\ncompare = \"rounded\"\ndecimals = 1\n", "limit.opacity.judged.compare", "values just beside the limit are decided otherwise"},
    {"AnotherRole", "role = \"screened\"", "role = \"judged\"", "limit.no.screened.limit", "looser: a limit less"},
    {"AHigherLeast", "speed_min_km_h = 5", "speed_min_km_h = 10", "validity.speed_min_km_h", "stricter: fewer passages are valid"},
    {"AHigherMost", "speed_max_km_h = 120", "speed_max_km_h = 130", "validity.speed_max_km_h", "looser: more passages are valid"},
    {"ARuleMore", "[validity]\n", "[validity]\nwind_max_m_s = 5\n", "validity.wind_max_m_s", "stricter: a rule of validity more"},
    {"AFlagMore", "[validity]\n", "[validity]\nplume_required = true\n", "validity.plume_required", "stricter: a rule of validity more"},
    {"ARuleLess", "speed_min_km_h = 5\n", "", "validity.speed_min_km_h", "looser: a rule of validity less"},
    {"AFuelLess", ", \"gasoline\"]", "]", "applies_to", "looser: judges fewer: -gasoline"},
    {"AnotherFuel", "\"gasoline\"]", "\"nev\"]", "applies_to", "judges others: +nev, -gasoline"},
    {"AColour", "[validity]", "plate_colors = [\"blue\"]\n[validity]", "plate_colors", "looser: judges these only"},
    {"ALaterBeginning", "2020-02-29", "2021-01-01", "effective_from", "later"},
    {"AFormula", "[validity]", "[formulas]\nvsp = \"jimenez\"\n[validity]", "formulas.vsp", "other numbers for the same vehicle"},
    {"MoreInARow", "[repetition]\n", "[repetition]\nconsecutive = 3\n", "repetition.consecutive", "looser: fewer vehicles are determined"},
    {"MoreMonths", "[repetition]\n", "[repetition]\nmonths = 12\n", "repetition.months", "stricter: more vehicles are determined"},
    {"NoRepetition", "[repetition]\n", "", "repetition.consecutive", "looser: repetition determines nothing"},
    {"AThreshold", "co_r2_above_co_percent = 0.5", "co_r2_above_co_percent = 1", "validity.co_r2_above_co_percent", "otherwise"},
}), [](const auto& of) { return of.param.name; });

TEST(StandardDiff, TheSameRulesWithOtherCommentsDoNotDiffer) {
  EXPECT_THAT(differences(standard(kBase), standard("# a comment\n" + kBase + "consecutive = 2\n")), IsEmpty());
}

TEST(StandardInWords, SaysWhomWhenAndWhat) {
  const auto text = in_words(standard(changed(kBase, "limit = 30\n", "limit = 30\ncompare = \"rounded\"\ndecimals = 1\nfuels = [\"diesel\"]\n")));
  EXPECT_THAT(text, HasSubstr("version 1 of the file, in force from 2020-02-29\n"));
  EXPECT_THAT(text, HasSubstr("for vehicles of fuel: diesel, gasoline\n"));
  EXPECT_THAT(text, HasSubstr("speed is at least 5 km/h\n"));
  EXPECT_THAT(text, HasSubstr("opacity above 30 %: the vehicle fails; rounded to 1 decimal first (GB/T 8170: a half to the even digit); diesel only\n"));
  EXPECT_THAT(text, HasSubstr("no above 1500 ppm: the vehicle is flagged, and does not fail\n"));
  EXPECT_THAT(text, HasSubstr("2 exceedances of the same judged pollutant in a row, in valid passages within 6 calendar months"));
  EXPECT_THAT(text, HasSubstr("SHA-256 " + to_hex(sha256(as_bytes(changed(kBase, "limit = 30\n", "limit = 30\ncompare = \"rounded\"\ndecimals = 1\nfuels = [\"diesel\"]\n"))))));
  EXPECT_THAT(text, Not(HasSubstr("EXAMPLE")));
}

/// A rule without words of its own would be shown as a bare key.
TEST(StandardInWords, TheTemplatesRulesAllHaveWords) {
  const auto shipped = settings::read_standard(std::string(EXHAUST_SOURCE_DIR) + "/config/standards/template.toml");
  ASSERT_TRUE(shipped) << shipped.error().detail;
  const auto text = in_words(*shipped);
  const auto from = text.find("A passage is valid when"), to = text.find("\nLimits\n");
  ASSERT_NE(from, std::string::npos);
  EXPECT_THAT(text.substr(from, to - from), Not(HasSubstr(" = ")));
  EXPECT_THAT(text, HasSubstr("template (an EXAMPLE, not law)\n"));
}

}  // namespace
}  // namespace exhaust::ctl
