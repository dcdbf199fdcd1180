#include "daemon/ctl/explain.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "daemon/assessment/assess.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::ctl {
namespace {

using assessment::Language;
using assessment::Speech;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

v1::Record record_of(v1::Entry::Kind kind) {
  v1::Record record;
  record.set_station_id("A110119001");
  record.set_sequence(12);
  record.set_kind(kind);
  return record;
}

TEST(ExplainEntry, SaysInOneSentenceWhatAnEntryWithoutAVerdictIs) {
  EXPECT_EQ(what_it_is(record_of(v1::Entry::gap), Language::kEnglish),
            "Entry 12 of station A110119001 is a gap: vehicles may have gone by without being measured (gap); only a passage has a verdict to explain.");
  EXPECT_EQ(what_it_is(record_of(v1::Entry::gap), Language::kChinese),
            "条目 12（点位 A110119001）是缺测时段（期间可能有车辆驶过而未测量）（gap）；只有过车记录才有判定结果可供说明。");
}

TEST(ExplainEntry, KnowsEveryKindInBothLanguages) {
  std::vector<std::string> missing;
  const Speech chinese(Language::kChinese, [&](std::string_view phrase, bool known) {
    if (!known) missing.emplace_back(phrase);
  });
  for (int kind = 1; kind < v1::Entry::Kind_ARRAYSIZE; ++kind) {
    const auto record = record_of(static_cast<v1::Entry::Kind>(kind));
    EXPECT_THAT(what_it_is(record, Language::kEnglish), testing::Not(HasSubstr("does not know"))) << kind;
    what_it_is(record, chinese);
  }
  EXPECT_THAT(what_it_is(record_of(static_cast<v1::Entry::Kind>(99)), Language::kEnglish), HasSubstr("does not know"));
  EXPECT_THAT(missing, IsEmpty());
}

TEST(ExplainEntry, NamesTheRecordBeforeItExplainsThePassage) {
  auto record = record_of(v1::Entry::passage);
  record.set_simulated(true);
  record.mutable_passage()->set_lane(2);
  const auto standard = settings::read_standard(std::string(EXHAUST_SOURCE_DIR) + "/config/standards/hj845-2017.toml").value();
  EXPECT_THAT(explanation(record, standard, Language::kEnglish), StartsWith("Record 12 of station A110119001 (simulated)\nPassage none, lane 2"));
  EXPECT_THAT(explanation(record, standard, Language::kChinese), StartsWith("记录 12，点位 A110119001（模拟数据）\n过车记录 无，车道 2"));
}

TEST(Turns, AreSaidInBothLanguages) {
  EXPECT_EQ(turn_words("PASS -> NOT_JUDGED (electric)", Language::kEnglish), "PASS -> NOT_JUDGED (electric)");
  EXPECT_EQ(turn_words("PASS -> NOT_JUDGED (electric)", Language::kChinese), "合格 -> 不判定（纯电动）");
  EXPECT_EQ(turn_words("no", "yes", Language::kEnglish), "no -> yes");
  EXPECT_EQ(turn_words("no", "yes", Language::kChinese), "未标记 -> 已标记");
}

}  // namespace
}  // namespace exhaust::ctl
