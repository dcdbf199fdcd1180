// What quality control makes of a station's records.
#include <gtest/gtest.h>

#include "daemon/inspection/inspection.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::inspection {
namespace {

using namespace std::chrono_literals;

/// One lane whose vehicles are complete with gate and plume.
class QualityOfRecords : public testing::Test {
 protected:
  QualityOfRecords() {
    standards = assessment::StandardSet({*settings::read_standard(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards" / "hj845-2017.toml")});
    lane.expects_smoke = lane.expects_plate = false;
    lane.plume_from = {"analyser"};
    plan.devices = {{"analyser", {}}};
    open();
  }
  void open() {
    inspection = std::make_unique<Inspection>("A110119001", std::vector{lane}, standards, assembly::Moment{at, wall}, std::vector<LanePast>(1),
                                              std::vector{plan});
    (void)inspection->device_changed("analyser", "up", "", now());
  }
  void pass(Duration time) {
    at += time;
    wall += std::chrono::duration_cast<std::chrono::microseconds>(time);
  }
  assembly::Moment now() const { return {at, wall}; }
  void take(const std::string& device, decltype(Reading::body) body) {
    Reading reading;
    reading.device = device;
    reading.lane = 1;
    reading.delivered = at;
    reading.arrived = wall;
    reading.session = 1;
    if (!std::holds_alternative<SelfCheckReading>(body)) reading.count = number;
    reading.body = std::move(body);
    for (auto& statement : inspection->take(reading)) said.push_back(std::move(statement));
  }
  /// Says what the record became.
  v1::Passage vehicle(double co_per_co2, double opacity = 0) {
    said.clear();
    ++number;
    pass(30s);
    PlumeReading plume;
    plume.co_per_co2 = co_per_co2;
    take("gate", SpeedReading{40, 0.2, {}, {}, false});
    if (opacity > 0) take("smoke", SmokeReading{opacity, {}, {}});
    pass(1s);
    take("analyser", plume);
    for (const auto& statement : said) {
      v1::Passage passage;
      if (statement.kind == v1::Entry::passage && passage.ParseFromString(statement.payload)) return passage;
    }
    ADD_FAILURE() << "no passage";
    return {};
  }
  std::vector<std::string> notices() const {
    std::vector<std::string> all;
    for (const auto& statement : said) {
      v1::DeviceEvent event;
      if (statement.kind != v1::Entry::device_event || !event.ParseFromString(statement.payload) || event.notice().empty()) continue;
      EXPECT_EQ(event.lane(), 1u);
      EXPECT_TRUE(statement.quality);
      all.push_back(event.notice() + " " + event.detail());
    }
    return all;
  }

  assessment::StandardSet standards;
  assembly::LaneSettings lane;
  quality::LanePlan plan;
  std::unique_ptr<Inspection> inspection;
  MonotonicTime at{1h};
  WallTime wall = *from_rfc3339("2026-11-23T10:00:00+08:00");
  std::uint64_t number = 0;
  Statements said;
};

TEST_F(QualityOfRecords, EachPassageHoldsWhatWasInForceWhenTheVehicleWentBy) {
  plan.settings.rules.at(v1::QualityCheck::zero).required = true;
  open();
  EXPECT_EQ(vehicle(0.01).quality_control().state(), v1::QualityControl::overdue);
  EXPECT_EQ(notices(), std::vector<std::string>{"quality_control overdue: zero"});
  v1::QualityChange change;
  change.mutable_recorded()->set_lane(1);
  change.mutable_recorded()->set_kind(v1::QualityCheck::zero);
  change.mutable_recorded()->set_passed_by_inspector(true);
  ASSERT_TRUE(inspection->acceptable(change, now()));
  const auto recorded = inspection->quality_changed(change, now());
  ASSERT_FALSE(recorded.empty());
  EXPECT_EQ(recorded[0].kind, static_cast<std::uint32_t>(v1::Entry::calibration));
  const auto passage = vehicle(0.01);
  EXPECT_EQ(passage.quality_control().state(), v1::QualityControl::in_force);
  ASSERT_EQ(passage.quality_control().items_size(), 1);
  EXPECT_EQ(passage.quality_control().items(0).check(), "zero");
  pass(2h);
  EXPECT_EQ(vehicle(0.01).quality_control().state(), v1::QualityControl::overdue);
}

TEST_F(QualityOfRecords, AChangeOfAnotherLaneIsRefused) {
  v1::QualityChange change;
  change.mutable_audit_stopped()->set_lane(3);
  EXPECT_EQ(inspection->acceptable(change, now()).error().detail, "this station has no lane 3");
}

TEST_F(QualityOfRecords, AnAuditVehicleIsNeverJudgedNorFlagged) {
  const auto traffic = vehicle(0.5, 80);
  EXPECT_TRUE(traffic.assessment().flagged() || !traffic.assessment().validity().valid());
  v1::QualityChange change;
  auto& audit = *change.mutable_audit_started();
  audit.set_lane(1);
  audit.set_minutes(5);
  audit.add_puff()->set_quantity("co_per_co2");
  audit.mutable_puff(0)->set_standard(0.5);
  ASSERT_TRUE(inspection->acceptable(change, now()));
  EXPECT_TRUE(inspection->quality_changed(change, now()).empty());
  const auto passage = vehicle(0.5, 80);
  EXPECT_EQ(passage.purpose(), v1::Passage::audit);
  EXPECT_FALSE(passage.assessment().flagged());
  EXPECT_NE(passage.assessment().verdict(), v1::FAIL);
  EXPECT_NE(passage.assessment().verdict(), v1::PASS);
  ASSERT_GE(said.size(), 2u);
  const auto& entry = said[said.size() - 1];
  EXPECT_EQ(entry.kind, static_cast<std::uint32_t>(v1::Entry::audit));  // after the passage that it cites
  v1::QualityCheck check;
  ASSERT_TRUE(check.ParseFromString(entry.payload));
  EXPECT_TRUE(check.passed());
  EXPECT_EQ(check.record_number(), passage.record_number());
}

TEST_F(QualityOfRecords, AUnitsSelfCheckIsAnEntryAndWaitsForNoVehicle) {
  said.clear();
  take("analyser", SelfCheckReading{true, "well"});
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].kind, static_cast<std::uint32_t>(v1::Entry::self_check));
  pass(1min);
  (void)inspection->tick(at);
  EXPECT_TRUE(inspection->assembler(0).orphans().empty());
}

TEST_F(QualityOfRecords, StuckDataAreNamedInThePassagesTheyAreIn) {
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(vehicle(0.0123).conditions().empty());
  const auto stuck = vehicle(0.0123);
  ASSERT_EQ(stuck.conditions_size(), 1);
  EXPECT_EQ(stuck.conditions(0).state(), "stuck");
  EXPECT_EQ(stuck.conditions(0).device(), "analyser");
  EXPECT_EQ(notices().size(), 1u);
  EXPECT_DOUBLE_EQ(stuck.plume().co_per_co2(), 0.0123);
  EXPECT_TRUE(vehicle(0.0124).conditions().empty());
  EXPECT_EQ(notices().size(), 1u);
}

TEST_F(QualityOfRecords, WhatWasLearntTravelsWithThePassageAfterAnHoursEnd) {
  (void)vehicle(0.01);
  EXPECT_FALSE(said.back().learnt);
  pass(1h);  // the rest of the first hour is none
  (void)vehicle(0.02);
  pass(1h);
  (void)vehicle(0.03);
  EXPECT_TRUE(said.back().learnt);
  (void)vehicle(0.04);
  EXPECT_FALSE(said.back().learnt);
}

TEST_F(QualityOfRecords, ItDoesNotMatterWhenOrWhetherSomebodyLooks) {
  Statements quiet, busy;
  const auto run = [&](bool looks, Statements& all) {
    number = 0, at = MonotonicTime{1h}, wall = *from_rfc3339("2026-11-23T10:00:00+08:00");
    open();
    for (int i = 0; i < 300; ++i) {
      for (int look = 0; looks && look < 7; ++look) {
        pass(1min);
        for (auto& one : inspection->tick(at)) all.push_back(std::move(one));
      }
      if (!looks) pass(7min);
      (void)vehicle(i % 9 == 0 ? 0.01 : 0.01 * i);
      for (auto& one : said) all.push_back(std::move(one));
    }
  };
  run(false, quiet);
  run(true, busy);
  ASSERT_EQ(quiet.size(), busy.size());
  for (std::size_t i = 0; i < quiet.size(); ++i) EXPECT_EQ(quiet[i].payload, busy[i].payload);
}

}  // namespace
}  // namespace exhaust::inspection
