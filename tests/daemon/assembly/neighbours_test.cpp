#include "tests/daemon/assembly/lane_story.hpp"

namespace exhaust::assembly {
namespace {

class NeighboursTest : public LaneTest {
 protected:
  const v1::Neighbours& neighbours(std::size_t i) const { return passages.at(i).neighbours(); }
};

TEST_F(NeighboursTest, APassageSaysHowFarTheVehiclesBeforeAndAfterItWere) {
  report(1, 0);
  report(2, 300);
  all_parts(1, 1000);
  report(3, 1200);
  all_parts(2, 1300);
  all_parts(3, 2200);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_FALSE(neighbours(0).has_before_s());
  EXPECT_DOUBLE_EQ(neighbours(0).after_s(), 0.3);
  EXPECT_DOUBLE_EQ(neighbours(1).before_s(), 0.3);
  EXPECT_DOUBLE_EQ(neighbours(1).after_s(), 0.9);
  EXPECT_DOUBLE_EQ(neighbours(1).before_co2_excess_percent(), 1.0);
  EXPECT_DOUBLE_EQ(neighbours(2).before_s(), 0.9);
  EXPECT_FALSE(neighbours(2).has_after_s());  // nobody came before it was closed
}

TEST_F(NeighboursTest, InScaledTimeDistancesAreTheSimulatedRoads) {
  settings.time_scale = 20;
  begin();
  report(1, 0);
  report(2, 300);
  all_parts(1, 1000);
  all_parts(2, 1300);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(neighbours(0).after_s(), 6.0);
  EXPECT_DOUBLE_EQ(neighbours(1).before_s(), 6.0);
}

TEST_F(NeighboursTest, TheClearTimeIsFromTheTailToTheNextFrontWhereTheTailIsTold) {
  front(0);
  tail(400);
  front(1000);
  tail(1100);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(neighbours(0).clear_s(), 0.6);
  EXPECT_DOUBLE_EQ(neighbours(0).after_s(), 1.0);
  EXPECT_FALSE(neighbours(1).has_clear_s());
  EXPECT_DOUBLE_EQ(neighbours(1).before_s(), 1.0);
}

TEST_F(NeighboursTest, AFrontThatWasNotHeardAtItsTimeIsNoDistance) {
  report(1, 0);
  report(3, 2000);       // 2 was lost on the wire
  poll_answer(4, 3000);  // it went by some time before
  report(5, 4000);
  pass_time_until(20'000);
  ASSERT_EQ(passages.size(), 5u);
  EXPECT_FALSE(neighbours(0).has_after_s());
  EXPECT_FALSE(neighbours(1).has_before_s());
  EXPECT_FALSE(neighbours(1).has_after_s());
  EXPECT_FALSE(neighbours(2).has_before_s());
  EXPECT_FALSE(neighbours(2).has_after_s());
  EXPECT_FALSE(neighbours(4).has_before_s());
}

TEST_F(NeighboursTest, ThePlumeOfTheVehicleBeforeIsKnownEvenWhenItsFrontWasNot) {
  report(1, 0);
  report(3, 500);
  plume(2, 600);
  pass_time_until(9000);
  EXPECT_DOUBLE_EQ(neighbours(2).before_co2_excess_percent(), 1.0);
  EXPECT_FALSE(neighbours(1).has_before_co2_excess_percent());  // 1 had none
}

TEST_F(NeighboursTest, AfterAGapNobodyIsTheVehicleBefore) {
  report(1, 0);
  plume(1, 900);
  gate_is_opened_again();
  report(5, 4000);
  pass_time_until(20'000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_FALSE(passages[1].has_neighbours());
}

TEST_F(NeighboursTest, AnOpeningOfAGateWithoutACountHidesWhoWentByInBetween) {
  front(0);
  auto again = reading("beam", {}, 1000, BeamEvent{});
  again.session = 2;
  give(again);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_FALSE(neighbours(0).has_after_s());
  EXPECT_FALSE(neighbours(1).has_before_s());
}

TEST_F(NeighboursTest, AGateThatWasRestartedBeginsWithoutAVehicleBefore) {
  report(900, 0);
  all_parts(900, 1000);
  report(1, 1500);
  report(2, 2500);
  pass_time_until(20'000);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_FALSE(neighbours(1).has_before_s());
  EXPECT_DOUBLE_EQ(neighbours(2).before_s(), 1.0);
}

class ConditionsTest : public LaneTest {
 protected:
  ConditionsTest() {
    settings.triggered_by = {"gate"};
    settings.plume_from = {"analyser"};
    settings.smoke_from = {"smoke"};
    settings.plate_from = {"camera"};
    begin();
    for (const char* device : {"gate", "analyser", "smoke", "camera"}) goes(device, "up", -1000);
  }
};

TEST_F(ConditionsTest, APassageNamesTheDevicesOfItsLaneThatWereNotSimplyUp) {
  goes("analyser", "degraded", 0, "3 of the last 20 answers were lost");
  goes("analyser-2", "down", 0);  // another lane's
  report(1, 100);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 1u);
  ASSERT_EQ(passages[0].conditions_size(), 1);
  EXPECT_EQ(passages[0].conditions(0).device(), "analyser");
  EXPECT_EQ(passages[0].conditions(0).state(), "degraded");
  EXPECT_EQ(passages[0].conditions(0).detail(), "3 of the last 20 answers were lost");
}

TEST_F(ConditionsTest, TheWorstStateInThePassagesTimeCounts) {
  report(1, 0);
  goes("smoke", "degraded", 100, "late");
  goes("smoke", "down", 200, "silent");
  goes("smoke", "degraded", 300, "late");
  goes("smoke", "up", 400);
  report(2, 500);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  ASSERT_EQ(passages[0].conditions_size(), 1);
  EXPECT_EQ(passages[0].conditions(0).state(), "down");
  EXPECT_EQ(passages[0].conditions(0).detail(), "silent");
  EXPECT_EQ(passages[1].conditions_size(), 0);
}

TEST_F(ConditionsTest, ALongDetailIsCutBetweenCharacters) {
  std::string detail(158, 'x');
  detail += "汉字";  // the first one ends at byte 161
  goes("camera", "down", 0, detail.c_str());
  report(1, 100);
  pass_time_until(9000);
  EXPECT_EQ(passages[0].conditions(0).detail(), std::string(158, 'x'));
}

}  // namespace
}  // namespace exhaust::assembly
