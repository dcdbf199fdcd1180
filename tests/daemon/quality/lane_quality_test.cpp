#include "daemon/quality/lane_quality.hpp"

#include <gtest/gtest.h>

#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using C = v1::QualityControl;

/// "2026-11-23T10:00:00+08:00"
WallTime at(const char* text) { return *from_rfc3339(text); }

class LaneQualityTest : public testing::Test {
 protected:
  LaneQualityTest() { plan.devices = {{"analyser", {}}, {"smoke", {}}}; }

  void require(Kind kind) { plan.settings.rules.at(kind).required = true; }
  LaneQuality& lane() {
    if (!lane_) lane_.emplace(plan);
    return *lane_;
  }
  void record(Kind kind, WallTime when, bool passed = true, const std::string& device = "") {
    v1::QualityCheck check;
    check.set_kind(kind);
    check.set_device(device);
    *check.mutable_started_at() = to_timestamp(when);
    check.set_passed(passed);
    lane().record(check);
  }
  C::State state(WallTime when) { return lane().at(when).state(); }

  LanePlan plan;
  std::optional<LaneQuality> lane_;
  const WallTime noon = at("2026-11-23T12:00:00+08:00");
};

struct Interval {
  Kind kind;
  std::chrono::microseconds interval;
};
/// standards.md 1.4, "Defaults [A]".
const std::vector<Interval> kDefaults{{v1::QualityCheck::zero, 2h},           {v1::QualityCheck::self_check, days{1}},
                                      {v1::QualityCheck::static_check, days{7}}, {v1::QualityCheck::dynamic_check, days{31}},
                                      {v1::QualityCheck::verification, days{365}}, {v1::QualityCheck::span, days{7}}};

TEST_F(LaneQualityTest, EachCheckIsInForceForItsIntervalAndNotAMicrosecondLonger) {
  for (const auto& [kind, interval] : kDefaults) {
    plan = {};
    lane_.reset();
    require(kind);
    EXPECT_EQ(state(noon), C::overdue) << to_string(kind);  // never done
    record(kind, noon);
    EXPECT_EQ(state(noon), C::in_force);
    EXPECT_EQ(state(noon + interval - 1us), C::in_force) << to_string(kind);
    EXPECT_EQ(state(noon + interval), C::overdue) << to_string(kind);
  }
}

TEST_F(LaneQualityTest, WithoutRequirementsALaneWithoutRecordsIsNotDeclaredAnything) {
  EXPECT_EQ(state(noon), C::qc_unknown);
  EXPECT_TRUE(lane().at(noon).items().empty());
  EXPECT_TRUE(lane().news(noon).empty());
  record(v1::QualityCheck::zero, noon - days{100});
  EXPECT_EQ(state(noon), C::qc_unknown);
  ASSERT_EQ(lane().others(noon).size(), 1u);  // but it is known that it would be overdue
  EXPECT_EQ(lane().others(noon)[0].state(), C::overdue);
}

TEST_F(LaneQualityTest, ACheckThatFailedCountsAlsoWhereItIsNotRequiredUntilOnePasses) {
  record(v1::QualityCheck::static_check, noon, false);
  EXPECT_EQ(state(noon + days{100}), C::failed);
  ASSERT_EQ(lane().at(noon).items_size(), 1);
  EXPECT_EQ(lane().at(noon).items(0).check(), "static_check");
  record(v1::QualityCheck::span, noon + 1h);  // another kind mends nothing
  EXPECT_EQ(state(noon + 2h), C::failed);
  record(v1::QualityCheck::static_check, noon + 3h);
  EXPECT_EQ(state(noon + 4h), C::qc_unknown);
}

TEST_F(LaneQualityTest, FailedIsWorseThanOverdueAndBothAreTold) {
  require(v1::QualityCheck::zero);
  require(v1::QualityCheck::self_check);
  record(v1::QualityCheck::self_check, noon, false, "analyser");
  const auto control = lane().at(noon);
  EXPECT_EQ(control.state(), C::failed);
  ASSERT_EQ(control.items_size(), 2);
  EXPECT_EQ(control.items(0).check(), "self_check");
  EXPECT_EQ(control.items(1).state(), C::overdue);
  EXPECT_FALSE(control.items(1).has_due());
}

TEST_F(LaneQualityTest, MidnightOfTheStationAndOfUtcChangeNothing) {
  require(v1::QualityCheck::zero);
  record(v1::QualityCheck::zero, at("2026-11-23T23:30:00+08:00"));
  EXPECT_EQ(state(at("2026-11-24T00:00:00+08:00")), C::in_force);
  EXPECT_EQ(state(at("2026-11-24T01:29:59.999999+08:00")), C::in_force);
  EXPECT_EQ(state(at("2026-11-24T01:30:00+08:00")), C::overdue);
  record(v1::QualityCheck::zero, at("2026-11-24T07:00:00+08:00"));  // 23:00 of the day before, UTC
  EXPECT_EQ(state(at("2026-11-24T08:00:00+08:00")), C::in_force);
  EXPECT_EQ(state(at("2026-11-24T09:00:00+08:00")), C::overdue);
}

TEST_F(LaneQualityTest, TheDaysOnWhichOthersChangeTheirClocksAreDaysOf24Hours) {
  require(v1::QualityCheck::self_check);
  for (const char* day : {"2026-03-29T00:30:00+08:00", "2026-10-25T00:30:00+08:00", "2024-02-28T12:00:00+08:00", "2026-12-31T23:59:59+08:00"}) {
    lane_.reset();
    record(v1::QualityCheck::self_check, at(day));
    EXPECT_EQ(state(at(day) + 24h - 1us), C::in_force) << day;
    EXPECT_EQ(state(at(day) + 24h), C::overdue) << day;
  }
}

TEST_F(LaneQualityTest, ALateRecordOfAnOlderCheckDoesNotHideTheNewerOne) {
  record(v1::QualityCheck::static_check, noon, false);
  record(v1::QualityCheck::static_check, noon - days{1}, true);
  EXPECT_EQ(state(noon), C::failed);
  require(v1::QualityCheck::static_check);
  lane_.reset();
  record(v1::QualityCheck::static_check, noon);
  record(v1::QualityCheck::static_check, noon - days{1}, false);
  EXPECT_EQ(state(noon), C::in_force);
}

TEST_F(LaneQualityTest, OneDevicesGoodCheckDoesNotMendAnothersAndTheWholeLanesMendsAll) {
  require(v1::QualityCheck::static_check);
  record(v1::QualityCheck::static_check, noon, false, "smoke");
  record(v1::QualityCheck::static_check, noon + 1h, true, "analyser");
  EXPECT_EQ(state(noon + 2h), C::failed);
  record(v1::QualityCheck::static_check, noon + 3h, true);
  EXPECT_EQ(state(noon + 4h), C::in_force);
}

TEST_F(LaneQualityTest, ADeviceThatWasOnceCheckedByNameIsExpectedToBeCheckedAgain) {
  require(v1::QualityCheck::self_check);
  record(v1::QualityCheck::self_check, noon, true, "analyser");
  record(v1::QualityCheck::self_check, noon + 12h, true, "smoke");
  EXPECT_EQ(state(noon + 23h), C::in_force);
  EXPECT_EQ(state(noon + 25h), C::overdue);
  EXPECT_EQ(to_wall(lane().at(noon + 25h).items(0).due()), noon + 24h);
  record(v1::QualityCheck::self_check, noon + 24h, true, "analyser");
  EXPECT_EQ(state(noon + 25h), C::in_force);
}

TEST_F(LaneQualityTest, AfterWeakLightAZeroIsDueAtOnceUntilItIsTakenAnew) {
  require(v1::QualityCheck::zero);
  record(v1::QualityCheck::zero, noon);
  lane().disturbed("analyser", noon + 10min);
  EXPECT_EQ(state(noon + 5min), C::in_force);
  EXPECT_EQ(state(noon + 10min), C::overdue);
  EXPECT_EQ(to_wall(lane().at(noon + 11min).items(0).due()), noon + 10min);
  const auto news = lane().news(noon + 11min);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].detail(), "overdue: zero (analyser was disturbed)");
  record(v1::QualityCheck::zero, noon + 20min);
  EXPECT_EQ(state(noon + 21min), C::in_force);
}

TEST_F(LaneQualityTest, AVerificationLastsThroughTheLastDayThatTheSettingsName) {
  require(v1::QualityCheck::verification);
  plan.devices[0].verified_until = at("2027-04-01T00:00:00+08:00");  // verification_expires = "2027-03-31"
  EXPECT_EQ(state(at("2027-03-31T23:59:59+08:00")), C::in_force);
  EXPECT_EQ(state(at("2027-04-01T00:00:00+08:00")), C::overdue);
  plan.devices[1].verified_until = at("2026-12-01T00:00:00+08:00");
  lane_.reset();
  EXPECT_EQ(to_wall(lane().at(noon).items(0).due()), *plan.devices[1].verified_until);  // the first of several
  record(v1::QualityCheck::verification, noon, true, "smoke");
  EXPECT_EQ(to_wall(lane().at(noon).items(0).due()), *plan.devices[0].verified_until);  // a newer verification counts longer
}

TEST_F(LaneQualityTest, AnExpiryIsToldOnceBeforeAndOnceAfter) {
  plan.devices[0].verified_until = noon + days{40};
  EXPECT_TRUE(lane().news(noon).empty());
  auto news = lane().news(noon + days{10});
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].device(), "analyser");
  EXPECT_EQ(news[0].notice(), "verification");
  EXPECT_TRUE(news[0].detail().starts_with("ends at"));
  EXPECT_TRUE(lane().news(noon + days{20}).empty());
  LaneQuality later(plan);
  ASSERT_TRUE(later.restore(lane().save()));
  EXPECT_TRUE(later.news(noon + days{30}).empty());
  news = later.news(noon + days{40});
  ASSERT_EQ(news.size(), 1u);
  EXPECT_TRUE(news[0].detail().starts_with("has ended"));
  EXPECT_TRUE(later.news(noon + days{50}).empty());
}

TEST_F(LaneQualityTest, AChangeOfStateIsToldOnce) {
  require(v1::QualityCheck::zero);
  auto news = lane().news(noon);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].detail(), "overdue: zero");
  EXPECT_TRUE(lane().news(noon + 1min).empty());
  record(v1::QualityCheck::zero, noon + 2min);
  EXPECT_EQ(lane().news(noon + 3min)[0].detail(), "in force");
  EXPECT_TRUE(lane().news(noon + 4min).empty());
  EXPECT_EQ(lane().news(noon + 3h)[0].detail(), "overdue: zero");
}

TEST_F(LaneQualityTest, ASelfCheckThatSaysTheSameIsToldOnceInAnHour) {
  v1::QualityCheck check;
  check.set_kind(v1::QualityCheck::self_check);
  check.set_device("analyser");
  check.set_passed(true);
  check.set_remark("all well");
  const auto tells = [&](WallTime when) {
    *check.mutable_started_at() = to_timestamp(when);
    const bool told = lane().tells_something(check);
    if (told) lane().record(check);
    return told;
  };
  EXPECT_TRUE(tells(noon));
  EXPECT_FALSE(tells(noon + 59min));
  EXPECT_TRUE(tells(noon + 1h));
  check.set_remark("lamp is old");
  EXPECT_TRUE(tells(noon + 61min));
  check.set_passed(false);
  EXPECT_TRUE(tells(noon + 62min));
  EXPECT_TRUE(tells(noon));  // the clock was set back
}

TEST_F(LaneQualityTest, SavedAndRestoredItIsTheSame) {
  require(v1::QualityCheck::zero);
  record(v1::QualityCheck::zero, noon);
  record(v1::QualityCheck::dynamic_check, noon - days{3});
  record(v1::QualityCheck::dynamic_check, noon, false);
  record(v1::QualityCheck::static_check, noon, false, "smoke");
  lane().disturbed("analyser", noon + 1min);
  (void)lane().news(noon + 2min);
  LaneQuality again(plan);
  ASSERT_TRUE(again.restore(lane().save()));
  EXPECT_EQ(again.save().SerializeAsString(), lane().save().SerializeAsString());
  for (const auto after : {0min, 1min, 60min, 10'000min}) {
    EXPECT_EQ(again.at(noon + after).SerializeAsString(), lane().at(noon + after).SerializeAsString());
  }
  EXPECT_EQ(again.last_good_audit(""), noon - days{3});
  EXPECT_TRUE(again.audit_failed(""));
}

TEST_F(LaneQualityTest, ADeviceThatTheSettingsNoLongerHaveIsForgotten) {
  record(v1::QualityCheck::static_check, noon, false, "smoke");
  plan.devices.pop_back();
  LaneQuality again(plan);
  ASSERT_TRUE(again.restore(lane().save()));
  EXPECT_EQ(again.at(noon).state(), C::qc_unknown);
}

TEST_F(LaneQualityTest, AnyBytesAreRestoredOrRefused) {
  v1::QualityState state;
  auto& known = *state.add_known();
  known.set_kind(v1::QualityCheck::zero);
  known.set_latest_us(std::numeric_limits<std::int64_t>::min());
  known.set_last_passed_us(std::numeric_limits<std::int64_t>::max());
  state.set_disturbed_us(std::numeric_limits<std::int64_t>::max());
  require(v1::QualityCheck::zero);
  ASSERT_TRUE(lane().restore(state));
  (void)lane().at(noon);
  known.set_kind(static_cast<v1::QualityCheck::Kind>(99));
  EXPECT_FALSE(lane().restore(state));
}

}  // namespace
}  // namespace exhaust::quality
