#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "daemon/settings/settings.hpp"

namespace exhaust::settings {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

class QualityTableTest : public testing::Test {
 protected:
  QualityTableTest() {
    char name[] = "/tmp/exhaust-quality-XXXXXX";
    folder = mkdtemp(name);
    std::filesystem::create_directory_symlink(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards", folder / "standards");
  }
  ~QualityTableTest() override { std::filesystem::remove_all(folder); }

  Result<Settings> read(const std::string& more, const std::string& of_device = "") {
    std::ofstream(folder / "station.toml") << R"(
[station]
id = "A110119001"
[standard]
files = ["standards/hj845-2017.toml"]
[[lane]]
lane = 1
[[lane]]
lane = 2
[device.gate-1]
driver = "frame"
decoder = "stdbus-gate"
lane = 1
endpoint = "tcp:127.0.0.1:1"
)" << of_device << more;
    return read_settings(folder / "station.toml");
  }
  std::string mistakes(const std::string& more, const std::string& of_device = "") {
    const auto settings = read(more, of_device);
    return settings ? "" : settings.error().detail;
  }
  std::filesystem::path folder;
};

TEST_F(QualityTableTest, WithoutItTheDefaultsOfTheDomainPageHoldAndNothingIsRequired) {
  const auto settings = read("");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& rules = settings->quality.rules;
  EXPECT_EQ(rules.at(v1::QualityCheck::zero).interval, 2h);  // standards.md 1.4, Defaults [A]
  EXPECT_EQ(rules.at(v1::QualityCheck::self_check).interval, days{1});
  EXPECT_EQ(rules.at(v1::QualityCheck::static_check).interval, days{7});
  EXPECT_EQ(rules.at(v1::QualityCheck::dynamic_check).interval, days{31});
  EXPECT_EQ(rules.at(v1::QualityCheck::verification).interval, days{365});
  for (const auto& [kind, rule] : rules) EXPECT_FALSE(rule.required) << quality::to_string(kind);
}

TEST_F(QualityTableTest, EachPartIsReadAndTheRestKeepsItsDefault) {
  const auto settings = read(R"(
[quality]
zero_after = ["intensity", "module"]
self_check_repeat = "10min"
verification_warning = "14d"
[quality.zero]
interval = "30min"
required = true
[quality.verification]
required = true
[quality.tolerance]
co_percent = {share = 0.05}
no_ppm = {absolute = 50}
[quality.sanity]
stuck_after = 8
all_zero_after = 0
ratio_mismatch = false
clear_after = 2
co2_drift_factor = 1.5
co2_block = 50
co2_learn_blocks = 3
traffic_factor = 0
traffic_least = 10
traffic_weeks = 2
ratio_tolerance.hc_ppm = {absolute = 9}
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto& quality = settings->quality;
  EXPECT_EQ(quality.zero_after, (std::vector<std::string>{"intensity", "module"}));
  EXPECT_EQ(quality.self_check_repeat, 10min);
  EXPECT_EQ(quality.verification_warning, days{14});
  EXPECT_EQ(quality.rules.at(v1::QualityCheck::zero).interval, 30min);
  EXPECT_TRUE(quality.rules.at(v1::QualityCheck::zero).required);
  EXPECT_TRUE(quality.rules.at(v1::QualityCheck::verification).required);
  EXPECT_EQ(quality.rules.at(v1::QualityCheck::verification).interval, days{365});
  EXPECT_DOUBLE_EQ(quality.tolerances.at("co_percent").around(1), 0.05);  // the absolute part is gone with the default
  EXPECT_DOUBLE_EQ(quality.tolerances.at("no_ppm").around(10'000), 50);
  EXPECT_DOUBLE_EQ(quality.tolerances.at("co2_percent").around(1), 0.25);
  EXPECT_EQ(quality.sanity.stuck_after, 8u);
  EXPECT_EQ(quality.sanity.all_zero_after, 0u);
  EXPECT_FALSE(quality.sanity.ratio_mismatch);
  EXPECT_EQ(quality.sanity.clear_after, 2u);
  EXPECT_DOUBLE_EQ(quality.sanity.co2_drift_factor, 1.5);
  EXPECT_EQ(quality.sanity.co2_block, 50u);
  EXPECT_EQ(quality.sanity.co2_learn_blocks, 3u);
  EXPECT_DOUBLE_EQ(quality.sanity.traffic_factor, 0);
  EXPECT_EQ(quality.sanity.traffic_least, 10u);
  EXPECT_EQ(quality.sanity.traffic_weeks, 2u);
  EXPECT_DOUBLE_EQ(quality.sanity.ratio_tolerances.at("hc_ppm").around(1000), 9);
  EXPECT_EQ(quality_plans(*settings).size(), 2u);
}

TEST_F(QualityTableTest, EveryMistakeIsToldWithWhatIsMeant) {
  const auto told = mistakes(R"(
[quality]
zero_affter = []
[quality.static_chek]
interval = "7d"
[quality.zero]
interval = "soon"
[quality.tolerance]
co_prcent = {share = 0.1}
no_ppm = {share = 10}
hc_ppm = {}
[quality.sanity]
stuck_after = 1
co2_drift_factor = 0.5
)");
  for (const char* part : {"did you mean 'zero_after'", "did you mean 'static_check'", "'soon' is not a duration", "did you mean 'co_percent'", "no_ppm.share",
                           "share (of the standard value), absolute, or both", "the same as itself", "expected more than 1, or 0 for off"}) {
    EXPECT_NE(told.find(part), std::string::npos) << part << "\n" << told;
  }
}

TEST_F(QualityTableTest, AVerificationExpiresAfterItsLastDayAtTheStation) {
  const auto settings = read("", "verification_expires = \"2027-02-28\"\n");
  ASSERT_TRUE(settings) << settings.error().detail;
  const auto plans = quality_plans(*settings);
  ASSERT_EQ(plans[0].devices.size(), 1u);
  EXPECT_EQ(plans[0].devices[0].verified_until, *from_rfc3339("2027-03-01T00:00:00+08:00"));
  EXPECT_TRUE(plans[1].devices.empty());
}

TEST_F(QualityTableTest, ADayThatIsNoneIsAMistake) {
  for (const char* day : {"2027-02-29", "2027-2-28", "28.02.2027", "2027-13-01", "next year", "2027-02-+1", "0000-00-00"}) {
    EXPECT_NE(mistakes("", "verification_expires = \"" + std::string(day) + "\"\n").find("is not a day"), std::string::npos) << day;
  }
  EXPECT_EQ(mistakes("", "verification_expires = \"\"\n"), "");
}

TEST_F(QualityTableTest, TheShippedSettingsShowEveryKeyWithItsDefault) {
  std::ifstream in(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "exhaustd.toml");
  std::string line, table;
  bool on = false;
  while (std::getline(in, line)) {
    if (line.starts_with("# [quality]")) on = true;
    if (on && !line.starts_with("# ")) break;
    if (on) table += line.substr(2) + "\n";
  }
  const auto settings = read(table);
  ASSERT_TRUE(settings) << settings.error().detail;
  const quality::QualitySettings defaults;
  const auto& shown = settings->quality;
  EXPECT_EQ(shown.zero_after, defaults.zero_after);
  EXPECT_EQ(shown.self_check_repeat, defaults.self_check_repeat);
  EXPECT_EQ(shown.verification_warning, defaults.verification_warning);
  for (const auto& [kind, rule] : defaults.rules) EXPECT_EQ(shown.rules.at(kind).interval, rule.interval) << quality::to_string(kind);
  EXPECT_EQ(shown.tolerances.at("co_percent").absolute, defaults.tolerances.at("co_percent").absolute);
  EXPECT_EQ(shown.sanity.stuck_after, defaults.sanity.stuck_after);
  EXPECT_EQ(shown.sanity.all_zero_after, defaults.sanity.all_zero_after);
  EXPECT_EQ(shown.sanity.clear_after, defaults.sanity.clear_after);
  EXPECT_EQ(shown.sanity.co2_drift_factor, defaults.sanity.co2_drift_factor);
  EXPECT_EQ(shown.sanity.co2_block, defaults.sanity.co2_block);
  EXPECT_EQ(shown.sanity.co2_learn_blocks, defaults.sanity.co2_learn_blocks);
  EXPECT_EQ(shown.sanity.traffic_factor, defaults.sanity.traffic_factor);
  EXPECT_EQ(shown.sanity.traffic_least, defaults.sanity.traffic_least);
  EXPECT_EQ(shown.sanity.traffic_weeks, defaults.sanity.traffic_weeks);
}

}  // namespace
}  // namespace exhaust::settings
