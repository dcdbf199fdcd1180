#include "daemon/quality/lane_control.hpp"

#include <gtest/gtest.h>

#include "daemon/quality/stamps.hpp"

namespace exhaust::quality {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

/// A lane whose vehicles go by one a minute.
class LaneControlTest : public testing::Test {
 protected:
  LaneControlTest() {
    plan.devices = {{"analyser", {}}};
    open({});
  }
  void open(const Past& past) { lane = std::make_unique<LaneControl>(plan, 1, "01", now, past); }

  v1::Passage vehicle(const std::string& plate, double co_per_co2) {
    now += 1min;
    v1::Passage passage;
    passage.set_lane(1);
    passage.set_line("01");
    passage.set_record_number("A11011900101" + to_china_compact(std::chrono::floor<std::chrono::seconds>(now)));
    *passage.mutable_detected_at() = to_timestamp(now);
    passage.mutable_plate()->set_text(plate);
    passage.mutable_plume()->set_co_per_co2(co_per_co2);
    passage.set_speed_km_h(41);
    said = lane->before(passage, {"analyser"});
    for (auto& one : lane->after(passage)) said.push_back(std::move(one));
    return passage;
  }
  v1::QualityChange puff(double co_per_co2, const std::string& plate = "") {
    v1::QualityChange change;
    auto& audit = *change.mutable_audit_started();
    audit.set_lane(1);
    audit.set_plate(plate);
    audit.set_minutes(30);
    audit.set_inspector("Li");
    audit.add_puff()->set_quantity("co_per_co2");
    audit.mutable_puff(0)->set_standard(co_per_co2);
    return change;
  }
  void tell(const v1::QualityChange& change) {
    const auto good = lane->acceptable(change, now);
    ASSERT_TRUE(good) << good.error().detail;
    said = lane->changed(change, now);
  }
  void stop() {
    v1::QualityChange change;
    change.mutable_audit_stopped()->set_lane(1);
    tell(change);
  }
  std::vector<v1::QualityCheck> checks() const {
    std::vector<v1::QualityCheck> all;
    for (const auto& one : said) {
      if (one.kind == v1::Entry::audit || one.kind == v1::Entry::calibration || one.kind == v1::Entry::self_check) all.emplace_back().ParseFromString(one.payload);
    }
    return all;
  }
  std::vector<v1::Amendment> amendments() const {
    std::vector<v1::Amendment> all;
    for (const auto& one : said) {
      if (one.amends) all.push_back(*one.amends);
    }
    return all;
  }

  LanePlan plan;
  WallTime now = *from_rfc3339("2026-11-23T10:00:00+08:00");
  std::unique_ptr<LaneControl> lane;
  SaidAll said;
};

TEST_F(LaneControlTest, AnAuditVehicleIsComparedWithItsPuffAndNamedByItsRecord) {
  tell(puff(0.1));
  const auto passage = vehicle("京A12345", 0.095);
  EXPECT_EQ(passage.purpose(), v1::Passage::audit);
  ASSERT_EQ(checks().size(), 1u);
  const auto check = checks()[0];
  EXPECT_EQ(check.kind(), v1::QualityCheck::dynamic_check);
  EXPECT_TRUE(check.passed());
  EXPECT_EQ(check.record_number(), passage.record_number());
  EXPECT_EQ(check.inspector(), "Li");
  EXPECT_DOUBLE_EQ(check.speed_km_h(), 41);
  EXPECT_DOUBLE_EQ(check.compared(0).standard(), 0.1);
  EXPECT_DOUBLE_EQ(check.compared(0).measured(), 0.095);
  EXPECT_TRUE(amendments().empty());
}

TEST_F(LaneControlTest, OnlyTheVehicleWithThePlateIsAnAuditVehicleHoweverItIsWritten) {
  tell(puff(0.1, "京a·12345"));
  EXPECT_EQ(vehicle("京B99999", 0.5).purpose(), v1::Passage::traffic);
  EXPECT_TRUE(checks().empty());
  EXPECT_EQ(vehicle("京A12345", 0.1).purpose(), v1::Passage::audit);
  EXPECT_EQ(vehicle("", 0.1).purpose(), v1::Passage::traffic);
}

TEST_F(LaneControlTest, AnAuditEndsByItselfAndWhenItIsStopped) {
  tell(puff(0.1));
  now += 28min;
  EXPECT_EQ(vehicle("", 0.1).purpose(), v1::Passage::audit);
  EXPECT_EQ(vehicle("", 0.1).purpose(), v1::Passage::traffic);
  tell(puff(0.1));
  v1::QualityChange again = puff(0.2);
  EXPECT_FALSE(lane->acceptable(again, now));  // one at a time
  stop();
  EXPECT_EQ(vehicle("", 0.1).purpose(), v1::Passage::traffic);
  v1::QualityChange change;
  change.mutable_audit_stopped()->set_lane(1);
  EXPECT_FALSE(lane->acceptable(change, now));  // none runs
}

TEST_F(LaneControlTest, AVehicleThatWasSeenBeforeTheAuditEndedIsOfItThoughItClosesLater) {
  tell(puff(0.1));
  v1::Passage passage;
  *passage.mutable_detected_at() = to_timestamp(now + 1s);
  now += 2s;
  stop();
  tell(puff(0.3));  // another begins at once
  passage.mutable_plume()->set_co_per_co2(0.1);
  (void)lane->before(passage, {});
  EXPECT_EQ(passage.purpose(), v1::Passage::audit);
  said = lane->after(passage);
  ASSERT_EQ(checks().size(), 1u);
  EXPECT_TRUE(checks()[0].passed());  // compared with the puff of its own audit
}

TEST_F(LaneControlTest, AFailedAuditAmendsOnceFromTheLastGoodOneAndTheLaneIsFailedUntilAGoodOne) {
  tell(puff(0.1));
  (void)vehicle("", 0.1);
  const auto good = now;
  stop();
  EXPECT_EQ(vehicle("", 0.02).quality_control().state(), v1::QualityControl::qc_unknown);
  now += days{20};
  tell(puff(0.1));
  (void)vehicle("", 0.2);
  ASSERT_EQ(amendments().size(), 1u);
  const auto amendment = amendments()[0];
  EXPECT_EQ(to_wall(amendment.from()), good);
  EXPECT_EQ(to_wall(amendment.to()), now);
  EXPECT_EQ(amendment.effect(), "invalid");
  EXPECT_EQ(amendment.reason(), "audit_failed");
  EXPECT_EQ(amendment.detail(), "co_per_co2");
  EXPECT_EQ(amendment.line(), "01");
  (void)vehicle("", 0.2);  // fails again: what lies between says itself that it failed
  EXPECT_EQ(checks().size(), 1u);
  EXPECT_TRUE(amendments().empty());
  stop();
  EXPECT_EQ(vehicle("", 0.02).quality_control().state(), v1::QualityControl::failed);
  tell(puff(0.1));
  (void)vehicle("", 0.1);
  const auto second_good = now;
  stop();
  EXPECT_EQ(vehicle("", 0.02).quality_control().state(), v1::QualityControl::qc_unknown);
  tell(puff(0.1));
  (void)vehicle("", 0.3);
  ASSERT_EQ(amendments().size(), 1u);  // another time
  EXPECT_EQ(to_wall(amendments()[0].from()), second_good);
}

TEST_F(LaneControlTest, WithoutAGoodAuditARangeBeginsWithTheLedger) {
  tell(puff(0.1));
  (void)vehicle("", 0.2);
  ASSERT_EQ(amendments().size(), 1u);
  EXPECT_FALSE(amendments()[0].has_from());
}

TEST_F(LaneControlTest, AnAuditThatIsRecordedLaterAmendsUntilItBecameKnown) {
  v1::QualityChange change;
  auto& check = *change.mutable_recorded();
  check.set_kind(v1::QualityCheck::dynamic_check);
  check.set_lane(1);
  *check.mutable_started_at() = to_timestamp(now - days{1});
  check.set_passed_by_inspector(false);
  tell(change);
  ASSERT_EQ(amendments().size(), 1u);
  EXPECT_EQ(to_wall(amendments()[0].to()), now);
}

TEST_F(LaneControlTest, OneDevicesGoodAuditSaysNothingOfAnother) {
  plan.devices = {{"analyser", {}}, {"smoke", {}}};
  open({});
  const auto audited = [&](const std::string& device, bool passed) {
    v1::QualityChange change;
    auto& check = *change.mutable_recorded();
    check.set_kind(v1::QualityCheck::dynamic_check);
    check.set_lane(1);
    check.set_device(device);
    check.set_passed_by_inspector(passed);
    tell(change);
  };
  audited("smoke", true);
  const auto good = now;
  now += days{30};
  audited("analyser", true);
  now += 5min;
  audited("smoke", false);
  ASSERT_EQ(amendments().size(), 1u);
  EXPECT_EQ(to_wall(amendments()[0].from()), good) << "a month, not five minutes";
  now += 5min;
  audited("analyser", false);
  ASSERT_EQ(amendments().size(), 1u) << "that smoke had failed already says nothing of the gases";
  EXPECT_EQ(to_wall(amendments()[0].from()), good + days{30});
}

TEST_F(LaneControlTest, ASelfCheckThatIsNotToldAgainCountsAllTheSame) {
  auto& rule = plan.settings.rules.at(v1::QualityCheck::self_check);
  rule.required = true;
  rule.interval = 30min;
  open({});
  for (int minute = 0; minute < 55; ++minute) {
    now += 1min;
    (void)lane->self_check("analyser", true, "lamp 98 %", now);
    ASSERT_EQ(lane->quality().at(now).state(), v1::QualityControl::in_force) << minute;
  }
}

TEST_F(LaneControlTest, NothingFollowsFromAQuantityOfThePuffThatWasNotMeasured) {
  auto both = puff(0.1);
  both.mutable_audit_started()->add_puff()->set_quantity("opacity_percent");
  both.mutable_audit_started()->mutable_puff(1)->set_standard(20);
  tell(both);
  (void)vehicle("", 0.1);
  ASSERT_EQ(checks().size(), 1u);
  EXPECT_TRUE(checks()[0].passed());
  EXPECT_EQ(checks()[0].compared_size(), 1);
  EXPECT_EQ(checks()[0].remark(), "not measured: opacity_percent");
  EXPECT_TRUE(amendments().empty());
}

TEST_F(LaneControlTest, AClockThatRanAheadHidesNoFailure) {
  const auto right = now;
  now += days{400};
  (void)lane->self_check("analyser", true, "lamp 98 %", now);
  now = right + 1min;  // corrected
  (void)lane->self_check("analyser", false, "lamp is dead", now);
  EXPECT_EQ(lane->quality().at(now).state(), v1::QualityControl::failed);
  EXPECT_TRUE(lane->self_check("analyser", false, "lamp is dead", now + 1min).empty()) << "told once";
}

TEST_F(LaneControlTest, APuffThatWasNotSeenAtAllSaysNothingOfHowWellTheLaneMeasures) {
  tell(puff(0.1));
  v1::Passage passage;
  *passage.mutable_detected_at() = to_timestamp(now);
  (void)lane->before(passage, {});
  said = lane->after(passage);
  EXPECT_TRUE(checks().empty());
  ASSERT_EQ(said.size(), 1u);
  v1::DeviceEvent event;
  ASSERT_TRUE(event.ParseFromString(said[0].payload));
  EXPECT_EQ(event.notice(), "audit_not_measured");
  EXPECT_EQ(lane->quality().at(now).state(), v1::QualityControl::qc_unknown);
}

TEST_F(LaneControlTest, ASlopeThatWasComputedHereIsWhatIsCompared) {
  tell(puff(0.1));
  v1::Passage passage;
  *passage.mutable_detected_at() = to_timestamp(now);
  passage.mutable_plume()->set_co_per_co2(0.3);
  passage.mutable_assessment()->mutable_co_slope()->set_ratio(0.1);
  (void)lane->before(passage, {});
  said = lane->after(passage);
  ASSERT_EQ(checks().size(), 1u);
  EXPECT_TRUE(checks()[0].passed());
}

TEST_F(LaneControlTest, AuditsAndFailuresAreKnownAgainFromTheLanesMark) {
  tell(puff(0.1));
  (void)vehicle("", 0.2);
  open({said.back().state, ""});
  EXPECT_EQ(vehicle("", 0.2).purpose(), v1::Passage::audit);
  EXPECT_TRUE(amendments().empty());
  stop();
  EXPECT_EQ(vehicle("", 0.02).quality_control().state(), v1::QualityControl::failed);
  open({"\xff not a state", "\xff"});
  EXPECT_EQ(vehicle("", 0.02).quality_control().state(), v1::QualityControl::qc_unknown);
}

TEST_F(LaneControlTest, ADevicesSelfCheckIsAnEntryWithItsWordAndRemarkAndRepetitionsAreCounted) {
  said = lane->self_check("analyser", true, "lamp 98 %", now);
  ASSERT_EQ(checks().size(), 1u);
  EXPECT_EQ(said[0].kind, static_cast<std::uint32_t>(v1::Entry::self_check));
  EXPECT_TRUE(checks()[0].passed());
  EXPECT_TRUE(checks()[0].passed_by_device());
  EXPECT_EQ(checks()[0].remark(), "lamp 98 %");
  EXPECT_EQ(checks()[0].line(), "01");
  EXPECT_TRUE(lane->self_check("analyser", true, "lamp 98 %", now + 1s).empty());
  EXPECT_EQ(lane->self_checks_repeated(), 1u);
  said = lane->self_check("analyser", false, "lamp is dead", now + 2s);
  ASSERT_EQ(said.size(), 2u);  // and the lane's state changes
  EXPECT_EQ(lane->quality().at(now + 3s).state(), v1::QualityControl::failed);
}

TEST_F(LaneControlTest, WhatCannotBeIsRefusedWithASentence) {
  v1::QualityChange change;
  auto& check = *change.mutable_recorded();
  check.set_kind(v1::QualityCheck::zero);
  check.set_lane(1);
  check.set_passed_by_inspector(true);
  check.set_device("analyzer");
  EXPECT_EQ(lane->acceptable(change, now).error().detail, "lane 1 has no device 'analyzer': it has analyser");
  check.set_device("analyser");
  EXPECT_TRUE(lane->acceptable(change, now));
  *check.mutable_started_at() = to_timestamp(now + 2min);
  EXPECT_EQ(lane->acceptable(change, now).error().detail, "the check lies in the future");
  EXPECT_FALSE(lane->acceptable({}, now));
}

}  // namespace
}  // namespace exhaust::quality
