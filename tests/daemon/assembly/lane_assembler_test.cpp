#include "daemon/assembly/record_numbers.hpp"
#include "tests/daemon/assembly/lane_story.hpp"

namespace exhaust::assembly {
namespace {

using namespace std::chrono_literals;

TEST_F(LaneTest, APassageClosesAsSoonAsItHoldsWhatTheLaneExpects) {
  report(1, 0);
  plate(1, 100);
  smoke(1, 700);
  EXPECT_TRUE(passages.empty());
  plume(1, 1000, -0.002);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].vehicle_number(), 1u);
  EXPECT_EQ(passages[0].plate().text(), "京A12345");
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), -0.002);  // noise keeps its sign
  EXPECT_DOUBLE_EQ(passages[0].speed_km_h(), 50);
  EXPECT_FALSE(passages[0].plume().has_no_per_co2());  // missing stays missing
  EXPECT_EQ(passages[0].sources_size(), 4);
  EXPECT_EQ(lane.triggered(), 1u);
}

TEST_F(LaneTest, AnIncompletePassageClosesAtItsDeadlineWithWhatItHas) {
  report(1, 0);
  plume(1, 1000);
  pass_time_until(5000);
  EXPECT_TRUE(passages.empty());
  pass_time_until(5001);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_TRUE(passages[0].has_plume());
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_FALSE(passages[0].has_smoke());
}

TEST_F(LaneTest, AReadingThatIsDeliveredAtTheDeadlineStillCounts) {
  report(1, 0);
  plume(1, 5000);
  pass_time_until(5001);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_TRUE(passages[0].has_plume());
}

TEST_F(LaneTest, PassagesLeaveInTheOrderOfTheCount) {
  report(1, 0);
  report(2, 300);
  all_parts(2, 1400);
  EXPECT_TRUE(passages.empty());
  all_parts(1, 1500);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].vehicle_number(), 1u);
  EXPECT_EQ(passages[1].vehicle_number(), 2u);
}

TEST_F(LaneTest, TwoVehicles300MsApartKeepTheirOwnReadings) {
  report(1, 0);
  report(2, 300);
  plume(2, 1300, 0.2);
  plume(1, 1300, 0.1);
  smoke(1, 1350);
  smoke(2, 1350);
  plate(2, 1350, "京B22222");
  plate(1, 1350, "京A11111");
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
  EXPECT_DOUBLE_EQ(passages[1].plume().co_per_co2(), 0.2);
  EXPECT_EQ(passages[1].plate().text(), "京B22222");
}

TEST_F(LaneTest, AReadingMayComeBeforeItsTrigger) {
  report(1, 0);
  plate(2, 100);
  report(2, 150);
  plume(2, 1000);
  smoke(2, 1000);
  all_parts(1, 1000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_TRUE(passages[1].has_plate());
}

TEST_F(LaneTest, ADoubleReadingIsAnOrphanAndChangesNothing) {
  report(1, 0);
  plume(1, 900, 0.1);
  plume(1, 950, 0.9);
  EXPECT_EQ(orphans("double"), 1u);
  pass_time_until(6000);
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
}

TEST_F(LaneTest, AReadingAfterItsPassageClosedIsALateOrphan) {
  report(1, 0);
  pass_time_until(5001);
  plume(1, 5002);
  EXPECT_EQ(orphans("late"), 1u);
}

TEST_F(LaneTest, AReadingWhoseVehicleNeverCameIsAnOrphanWithoutTrigger) {
  report(1, 0);
  plate(9, 100);
  pass_time_until(5100);
  EXPECT_EQ(orphans("no_trigger"), 0u);
  pass_time_until(5101);
  EXPECT_EQ(orphans("no_trigger"), 1u);
}

TEST_F(LaneTest, TheSameCountFromReportAndPollIsOneVehicle) {
  report(1, 0);
  poll_answer(1, 500);
  poll_answer(1, 1500);
  pass_time_until(9000);
  EXPECT_EQ(passages.size(), 1u);
  EXPECT_EQ(lane.triggered(), 1u);
}

TEST_F(LaneTest, AVehicleWhoseReportWasLostOnTheWireIsAPassageWithoutSpeed) {
  report(1, 0);
  report(3, 2000);  // the frame for 2 was garbled
  all_parts(2, 2500);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_FALSE(passages[1].has_speed_km_h());
  EXPECT_TRUE(passages[1].has_plume());
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(lane.triggered(), 3u);
}

TEST_F(LaneTest, APollAnswerRecoversTheLastVehicleWithItsSpeed) {
  report(1, 0);
  poll_answer(2, 2000);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_TRUE(passages[1].has_speed_km_h());
}

TEST_F(LaneTest, WhatWentByWhileTheGateWasNotHeardIsOneGap) {
  report(1, 0);
  gate_is_opened_again();
  report(5, 4000);
  pass_time_until(20000);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].missed(), 3u);
  EXPECT_EQ(gaps[0].first_number(), 2u);
  EXPECT_EQ(gaps[0].last_number(), 4u);
  EXPECT_EQ(gaps[0].reason(), "gate_silent");
  EXPECT_EQ(passages.size(), 2u);
  EXPECT_EQ(lane.triggered(), passages.size() + missed());
}

TEST_F(LaneTest, AnAnswerAfterASilenceNamesAVehicleThatWasMissedToo) {
  report(1, 0);
  gate_is_opened_again();
  poll_answer(4, 4000);
  EXPECT_EQ(missed(), 3u);
  EXPECT_EQ(passages.size(), 1u);
  EXPECT_EQ(lane.triggered(), 4u);
}

TEST_F(LaneTest, AnEmptyLedgerBeginsToCountAtTheGatesFirstAnswer) {
  poll_answer(4711, 0);
  EXPECT_EQ(beginnings, 1);
  EXPECT_EQ(lane.triggered(), 0u);
  report(4712, 100);
  EXPECT_EQ(lane.triggered(), 1u);
  EXPECT_EQ(memory->offset, -4711);
}

TEST_F(LaneTest, AfterARestartTheCounterTellsWhatWasMissed) {
  poll_answer(10, 0);
  report(11, 100);
  all_parts(11, 1100);
  report(12, 2000);  // open when the process dies: its entry was never written
  restart_with_memory();
  poll_answer(20, 60000);
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps[0].missed(), 9u);  // 12 to 20
  EXPECT_EQ(gaps[0].reason(), "station_stopped");
  EXPECT_EQ(lane.triggered(), 10u);
  EXPECT_EQ(passages.size() + missed(), 10u);
}

TEST_F(LaneTest, AfterARestartWithNothingMissedThereIsNoGap) {
  report(1, 0);
  all_parts(1, 1000);
  restart_with_memory();
  poll_answer(1, 60000);
  report(2, 60100);
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(lane.triggered(), 2u);
}

TEST_F(LaneTest, AGateThatWasRestartedCountsAnewAndTheSumGoesOn) {
  report(100, 0);
  all_parts(100, 1000);
  gate_is_opened_again();
  poll_answer(2, 8000);
  report(3, 9000);
  EXPECT_EQ(missed(), 2u);  // at least: its own count since then
  EXPECT_EQ(gaps[0].reason(), "gate_restarted");
  pass_time_until(20000);
  EXPECT_EQ(passages.size(), 2u);
  EXPECT_EQ(lane.triggered(), passages.size() + missed());
}

TEST_F(LaneTest, AnOldReportSaidTwiceIsAnOrphanAndNoRestart) {
  report(4711, 0);
  report(4712, 300);
  all_parts(4711, 1000);
  report(4711, 1100);
  EXPECT_EQ(orphans("late"), 1u);
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(lane.triggered(), 2u);
}

TEST_F(LaneTest, ASecondCountingDeviceThatLagsBehindChangesNothing) {
  report(10, 0);
  give(reading("beam", 10, 50, BeamEvent{}));
  report(11, 1000);
  all_parts(10, 1500);
  auto lagging = reading("radar", 10, 1600, SpeedReading{40, {}, {}, true});
  lagging.session = 7;
  give(lagging);
  report(12, 2000);
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(lane.triggered(), 3u);
}

TEST_F(LaneTest, AJumpBeyondTheLimitIsAGapNotThousandsOfPassages) {
  report(1, 0);
  report(1'000'000, 1000);
  EXPECT_EQ(missed(), 999'998u);
  EXPECT_EQ(gaps[0].reason(), "gate_count_jumped");
}

TEST_F(LaneTest, ReadingsOfAMissedVehicleAreOrphansWithThatReason) {
  report(1, 0);
  gate_is_opened_again();
  plate(2, 500);
  report(3, 600);
  EXPECT_EQ(orphans("vehicle_missed"), 1u);
}

TEST_F(LaneTest, AReadingWithoutCountJoinsTheNearestPassage) {
  report(1, 0);
  smoke({}, 700);
  plume({}, 1000, 0.1);
  report(2, 2000);
  plate({}, 2100, "京B22222");
  plate({}, 2150, "京A11111");  // of the first, or a stranger's: nothing tells
  smoke({}, 2900);
  plume({}, 3000, 0.2);
  pass_time_until(6000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
  EXPECT_DOUBLE_EQ(passages[1].plume().co_per_co2(), 0.2);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(passages[1].plate().text(), "京B22222");
  EXPECT_TRUE(passages[0].has_smoke());
  EXPECT_TRUE(passages[1].has_smoke());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(LaneTest, WeatherIsAttachedWhileItIsFresh) {
  weather(0);
  report(1, 1000);
  all_parts(1, 2000);
  report(2, 200'000);
  all_parts(2, 201'000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(passages[0].weather().wind_speed_m_s(), 2.5);
  EXPECT_FALSE(passages[1].has_weather());
}

/// NMEA stations tell the wind in one sentence and the air in another.
TEST_F(LaneTest, WindAndAirOfSeparateReadingsAreOneWeather) {
  WeatherReading air, newer, stale;
  stale.rain_mm_h = 1;
  air.temperature_c = 20;
  air.humidity_percent = 60;
  newer.temperature_c = 21;
  give(reading("weather", {}, 0, stale));
  give(reading("weather", {}, 100'000, air));
  weather(150'000);
  give(reading("weather", {}, 160'000, newer));
  report(1, 170'000);
  all_parts(1, 171'000);
  ASSERT_EQ(passages.size(), 1u);
  const auto& found = passages[0].weather();
  EXPECT_DOUBLE_EQ(found.wind_speed_m_s(), 2.5);
  EXPECT_DOUBLE_EQ(found.temperature_c(), 21) << "the newest";
  EXPECT_DOUBLE_EQ(found.humidity_percent(), 60) << "two readings ago";
  EXPECT_FALSE(found.has_rain_mm_h()) << "too old";
}

TEST_F(LaneTest, TheEndOfAcquisitionClosesWhatIsOpen) {
  report(1, 0);
  report(2, 100);
  plate(7, 150);
  keep(lane.finish());
  EXPECT_EQ(passages.size(), 2u);
  EXPECT_EQ(lane.open(), 0u);
  EXPECT_EQ(orphans("no_trigger"), 1u);
}

TEST(RecordNumbers, HaveTheStationTheLineAndTheSecondInChinaTime) {
  RecordNumbers numbers("A110119001");
  const WallTime time = *from_rfc3339("2020-10-28T08:48:57.250+08:00");
  EXPECT_EQ(numbers.next("04", time), "A1101190010420201028084857");  // networking.md 1
}

TEST(RecordNumbers, MoveTheSecondOnWhenItIsTaken) {
  RecordNumbers numbers("A110119001");
  const WallTime time = *from_rfc3339("2020-10-28T23:59:59+08:00");
  EXPECT_EQ(numbers.next("04", time), "A1101190010420201028235959");
  EXPECT_EQ(numbers.next("04", time), "A1101190010420201029000000");
  EXPECT_EQ(numbers.next("05", time), "A1101190010520201028235959");
  numbers.remember("06", std::chrono::floor<std::chrono::seconds>(time));
  EXPECT_EQ(numbers.next("06", time - 10min), "A1101190010620201029000000");
}

}  // namespace
}  // namespace exhaust::assembly
