// A lane whose only device triggers and measures but does not count: an MQ-007.
#include <gtest/gtest.h>

#include "daemon/assembly/lane_assembler.hpp"

namespace exhaust::assembly {
namespace {

using namespace std::chrono_literals;

class OwnTriggerTest : public testing::Test {
 protected:
  OwnTriggerTest() { settings.expects_plate = false; }

  void front(int at_ms) { give(reading("unit", at_ms, BeamEvent{BeamEvent::Edge::kBlocked})); }
  void tail(int at_ms) { give(reading("unit", at_ms, BeamEvent{BeamEvent::Edge::kCleared})); }
  /// One frame: three readings with one stamp.
  void result(int at_ms, double co) {
    PlumeReading plume;
    plume.co_percent = co;
    SpeedReading speed;
    speed.speed_km_h = co * 100;
    give(reading("unit", at_ms, plume));
    give(reading("unit", at_ms, SmokeReading{co, {}, {}}));
    give(reading("unit", at_ms, speed));
  }
  void pass_time_until(int at_ms) { keep(lane.tick(at(at_ms))); }

  static MonotonicTime at(int ms) { return MonotonicTime{1h} + std::chrono::milliseconds{ms}; }
  template <class Body>
  static Reading reading(const char* device, int at_ms, Body body) {
    Reading one;
    one.device = device;
    one.lane = 1;
    one.session = 1;
    one.delivered = at(at_ms);
    one.arrived = WallTime{std::chrono::sys_days{2026y / 11 / 23}} + std::chrono::milliseconds{at_ms};
    one.frame_sha256 = sha256(as_bytes(std::to_string(at_ms)));
    one.body = std::move(body);
    return one;
  }
  void give(const Reading& one) { keep(lane.take(one)); }
  void keep(Outcomes outcomes) {
    for (auto& outcome : outcomes) {
      memory = outcome.memory;
      if (auto* passage = std::get_if<v1::Passage>(&outcome.what)) passages.push_back(std::move(*passage));
      else if (std::holds_alternative<v1::Gap>(outcome.what)) ++gaps;
    }
  }
  std::uint64_t orphans(const char* reason) const {
    const auto found = lane.orphans().find(reason);
    return found == lane.orphans().end() ? 0 : found->second;
  }
  /// Plume, smoke and speed of one passage are of one result.
  double result_in(std::size_t i) const {
    const auto& passage = passages.at(i);
    if (!passage.has_plume()) return 0;
    const auto co = passage.plume().co_percent();
    EXPECT_EQ(passage.smoke().opacity_percent(), co);
    EXPECT_EQ(passage.speed_km_h(), co * 100);
    return co;
  }

  LaneSettings settings;
  LaneAssembler lane{[] {
                       LaneSettings some;
                       some.expects_plate = false;
                       return some;
                     }(),
                     std::nullopt};
  std::vector<v1::Passage> passages;
  int gaps = 0;
  std::optional<LaneMemory> memory;
};

TEST_F(OwnTriggerTest, FrontTailAndResultAreOnePassageAndNoOrphans) {
  front(0);
  tail(200);
  result(600, 1);
  front(1000);
  tail(1200);
  result(1600, 2);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].vehicle_number(), 1u);
  EXPECT_EQ(result_in(0), 1);
  EXPECT_EQ(passages[1].vehicle_number(), 2u);
  EXPECT_EQ(result_in(1), 2);
  EXPECT_EQ(passages[0].sources_size(), 4);  // the front's frame is a source too
  EXPECT_EQ(passages[0].sources(0).device(), "unit");
  EXPECT_EQ(lane.triggered(), 2u);
  EXPECT_TRUE(lane.orphans().empty());
}

TEST_F(OwnTriggerTest, AVehicleWithoutAResultIsAPassageOfItsOwn) {
  front(0);
  tail(200);
  front(3000);
  tail(3200);
  result(3800, 2);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(result_in(0), 0);
  EXPECT_EQ(result_in(1), 2);
}

TEST_F(OwnTriggerTest, AResultThatComesAfterTheNextFrontIsStillTheFirstVehicles) {
  front(0);
  tail(200);
  front(900);
  result(1000, 1);
  tail(1100);
  result(2000, 2);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(result_in(0), 1);
  EXPECT_EQ(result_in(1), 2);
}

TEST_F(OwnTriggerTest, AResultIsNotOfAVehicleThatIsStillInTheBeam) {
  front(0);
  tail(2000);  // a long one
  front(2500);
  result(2600, 1);
  tail(2700);
  result(3500, 2);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(result_in(0), 1);
  EXPECT_EQ(result_in(1), 2);
}

TEST_F(OwnTriggerTest, AResultWithoutAFrontIsNotTheNextVehicles) {
  result(0, 9);
  front(300);
  tail(500);
  result(1200, 1);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(result_in(0), 1);
  pass_time_until(1300);
  EXPECT_EQ(orphans("no_trigger"), 3u);
}

TEST_F(OwnTriggerTest, OnceResultsComeAfterTailsAResultOfAClosedPassageIsNobodyElses) {
  front(0);
  tail(200);
  result(900, 1);
  front(1000);
  tail(1200);
  front(6100);  // the second has closed at 6000
  result(6150, 2);
  tail(6300);
  result(7000, 3);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_EQ(result_in(1), 0);
  EXPECT_EQ(result_in(2), 3);
  pass_time_until(8000);
  EXPECT_EQ(orphans("no_trigger"), 3u);
}

TEST_F(OwnTriggerTest, AUnitThatNeverSaysThatTheTailHasLeftIsJoinedByTime) {
  front(0);
  front(900);
  result(1000, 1);
  result(2000, 2);
  front(5000);
  result(6000, 3);
  ASSERT_EQ(passages.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(result_in(i), static_cast<double>(i + 1));
}

TEST_F(OwnTriggerTest, AResultGivenTwiceIsAnOrphan) {
  front(0);
  tail(200);
  result(900, 1);
  result(950, 1);
  pass_time_until(6000);
  EXPECT_EQ(passages.size(), 1u);
  EXPECT_EQ(orphans("no_trigger"), 3u);
}

TEST_F(OwnTriggerTest, WhatAnotherDeviceHasGivenAlreadyDoesNotMoveTheResult) {
  front(0);
  give(reading("smoke", 100, SmokeReading{50, {}, {}}));
  front(400);
  tail(500);
  result(1000, 1);
  EXPECT_EQ(orphans("double"), 1u);  // its smoke
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].smoke().opacity_percent(), 50);
  EXPECT_EQ(passages[0].plume().co_percent(), 1);
  EXPECT_EQ(passages[0].speed_km_h(), 100);
  EXPECT_FALSE(passages[1].has_smoke());
}

TEST_F(OwnTriggerTest, ResultsThatMayBeOfFrontsBeforeTheUnitWasOpenedAgainAreNobodys) {
  lane.device_changed("unit", "up", "", at(-60'000));
  front(0);  // its result is lost with the connection
  lane.device_changed("unit", "down", "", at(300));
  lane.device_changed("unit", "up", "", at(400));
  lane.device_changed("unit", "degraded", "", at(450));  // degraded: it answers all the same
  front(500);
  result(1300, 2);  // of which of the two, or of a third one in between?
  front(5600);
  result(6400, 3);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_FALSE(passages[0].has_plume());
  EXPECT_FALSE(passages[1].has_plume());
  EXPECT_EQ(result_in(2), 3);
  EXPECT_EQ(orphans("front_unheard"), 3u);
}

TEST_F(OwnTriggerTest, CountingGoesOnAfterARestart) {
  front(0);
  tail(200);
  result(900, 1);
  lane = LaneAssembler(settings, memory);
  front(3000);
  tail(3200);
  result(3900, 2);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[1].vehicle_number(), 2u);
  EXPECT_EQ(lane.triggered(), 2u);
  EXPECT_EQ(gaps, 0);
}

TEST_F(OwnTriggerTest, ATailAfterItsPassageClosedIsNoOrphan) {
  front(0);
  result(700, 1);
  tail(800);
  ASSERT_EQ(passages.size(), 1u);
  pass_time_until(5000);
  EXPECT_TRUE(lane.orphans().empty());
}

}  // namespace
}  // namespace exhaust::assembly
