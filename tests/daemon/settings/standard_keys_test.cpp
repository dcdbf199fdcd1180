#include "daemon/settings/standard_keys.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "daemon/settings/standard_file.hpp"

namespace exhaust::settings {
namespace {

using testing::Contains;
using testing::Not;

const std::string kHead =
    "id = \"test-1\"\ntitle = \"Test\"\nversion = \"1\"\neffective_from = \"2020-02-29\"\napplies_to = [\"diesel\", \"gasoline\"]\n";
const std::string kLimit = "[[limit]]\npollutant = \"opacity\"\nlimit = 30\nrole = \"judged\"\n";

StandardKeys keys(const std::string& text) {
  const auto standard = parse_standard(text, "f.toml");
  EXPECT_TRUE(standard) << standard.error().detail;
  return standard ? keys_of(*standard) : StandardKeys{};
}

MATCHER_P2(Key, path, value, "") { return arg.path == path && arg.value == value; }
MATCHER_P(Path, path, "") { return arg.path == path; }

TEST(StandardKeys, NameEverythingByWhatItIs) {
  const auto found = keys(kHead + "[validity]\nspeed_min_km_h = 5\nplume_required = true\n[[validity.window]]\nfuels = [\"diesel\"]\nvsp_min_kw_per_t = 0.5\n" + kLimit +
                          "[repetition]\nmonths = 3\n[wxyy]\nWIND = 7\n");
  EXPECT_THAT(found, Contains(Key("applies_to", "diesel, gasoline")));
  EXPECT_THAT(found, Contains(Key("validity.speed_min_km_h", "5")));
  EXPECT_THAT(found, Contains(Key("validity.plume_required", "true")));
  EXPECT_THAT(found, Contains(Key("validity.window.diesel.vsp_min_kw_per_t", "0.5")));
  EXPECT_THAT(found, Contains(Key("limit.opacity.judged.limit", "30")));
  EXPECT_THAT(found, Contains(Key("repetition.months", "3")));
  EXPECT_THAT(found, Contains(Key("repetition.consecutive", "2")));
  EXPECT_THAT(found, Contains(Key("wxyy.WIND", "7")));
}

TEST(StandardKeys, AreTheSameForADefaultThatIsSpelledOut) {
  const auto left_out = keys(kHead + "[validity]\n" + kLimit);
  const auto spelled_out = keys(kHead + "example = false\n[formulas]\nvsp = \"km_h\"\nslopes = \"unit\"\n[validity]\nplume_required = false\n" + kLimit +
                                "operator = \"greater\"\ncompare = \"full\"\n");
  const auto sorted = [](StandardKeys all) {
    std::vector<std::string> texts;
    for (const auto& key : all) texts.push_back(key.path + "=" + key.value);
    std::ranges::sort(texts);
    return texts;
  };
  EXPECT_EQ(sorted(left_out), sorted(spelled_out));
  EXPECT_THAT(left_out, Not(Contains(Path("validity.plume_required"))));
}

TEST(StandardKeys, TellTwoLimitsOfOnePollutantApartByTheirFuels) {
  const auto found = keys(kHead + "[validity]\n" + kLimit + "fuels = [\"diesel\"]\n[[limit]]\npollutant = \"opacity\"\nlimit = 20\nrole = \"judged\"\nfuels = [\"gasoline\"]\n");
  EXPECT_THAT(found, Contains(Key("limit.opacity.judged.diesel.limit", "30")));
  EXPECT_THAT(found, Contains(Key("limit.opacity.judged.gasoline.limit", "20")));
}

TEST(StandardKeys, KnowNumbersTextsAndFlags) {
  for (const auto& key : keys(kHead + "[validity]\nspeed_min_km_h = 5\nplume_required = true\n" + kLimit)) {
    EXPECT_EQ(key.number.has_value(), key.path == "validity.speed_min_km_h" || key.path.ends_with(".limit")) << key.path;
    EXPECT_EQ(!key.is_text && !key.number, key.path == "example" || key.path == "validity.plume_required") << key.path;
  }
}

}  // namespace
}  // namespace exhaust::settings
