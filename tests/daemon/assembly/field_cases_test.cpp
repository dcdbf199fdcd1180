// What happens on roads, and what must become of it. No device here carries a count where a test does not say
// so.
#include "tests/daemon/assembly/lane_story.hpp"

namespace exhaust::assembly {
namespace {

class FieldTest : public LaneTest {
 protected:
  /// The gate counts; nobody else does.
  void vehicle(std::uint64_t number, int at_ms) { report(number, at_ms); }
  void plate_of(std::string text, int at_ms, std::optional<double> confidence = {},
                const char* device = "camera", const char* event = "") {
    PlateReading plate;
    plate.raw_text = std::move(text);
    plate.color = "blue";
    plate.confidence = confidence;
    plate.event_id = event;
    give(reading(device, {}, at_ms, plate));
  }
  std::string text(std::size_t i) const { return passages.at(i).plate().text(); }
};

// Two vehicles 300 ms apart (field-failures F07, devices.md 10).

TEST_F(FieldTest, TwoVehicles300MsApartKeepTheirOwnReadingsWithoutAnyCount) {
  vehicle(1, 0);
  plate_of("京A11111", 180);
  vehicle(2, 300);
  plate_of("京B22222", 470);
  smoke({}, 790);
  plume({}, 960, 0.1);
  smoke({}, 1120);
  plume({}, 1290, 0.2);
  pass_time_until(6000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_EQ(text(1), "京B22222");
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
  EXPECT_DOUBLE_EQ(passages[1].plume().co_per_co2(), 0.2);
  EXPECT_TRUE(passages[0].has_smoke());
  EXPECT_TRUE(passages[1].has_smoke());
  EXPECT_TRUE(lane.orphans().empty());
}

TEST_F(FieldTest, ACameraWithACountMayBeOutOfOrder) {
  vehicle(1, 0);
  vehicle(2, 300);
  plate(2, 400, "京B22222");
  plate(1, 450, "京A11111");
  pass_time_until(6000);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_EQ(text(1), "京B22222");
}

TEST_F(FieldTest, ALatePlateIsNotTheNextVehiclesAndNotGuessedToBeTheOneBeforesEither) {
  vehicle(1, 0);
  vehicle(2, 300);
  plate_of("京B22222", 480);
  plate_of("京A11111", 520);  // of the first, but nothing says so
  pass_time_until(6000);
  EXPECT_EQ(text(1), "京B22222");
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, AReadingThatFitsTwoVehiclesAsWellIsNobodys) {
  vehicle(1, 0);
  vehicle(2, 300);
  plate_of("京A11111", 350);  // 150 ms from where both would have it
  pass_time_until(6000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_FALSE(passages[1].has_plate());
  EXPECT_EQ(orphans("ambiguous"), 1u);
}

TEST_F(FieldTest, AReadingOfAVehicleThatWasClosedIsNotTheNextOnes) {
  vehicle(1, 0);
  all_parts(1, 150);  // closed
  vehicle(2, 400);
  plume({}, 1010, 0.9);
  pass_time_until(9000);
  EXPECT_FALSE(passages[1].has_plume());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, ALorrysPlumeComesAfterItsTailNotAfterTheNextFront) {
  front(0);
  tail(3000);  // 16 m at 20 km/h
  front(3500);
  tail(3700);
  plume({}, 4050, 0.1);
  plume({}, 4750, 0.2);
  pass_time_until(12'000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
  EXPECT_DOUBLE_EQ(passages[1].plume().co_per_co2(), 0.2);
}

// Readings before their trigger.

TEST_F(FieldTest, APlateBeforeItsTriggerWaitsAndIsNotTheVehicleBefores) {
  vehicle(1, 0);  // its own plate was not read
  plate_of("京B22222", 1900);
  vehicle(2, 2000);
  pass_time_until(9000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(text(1), "京B22222");
}

TEST_F(FieldTest, AReadingLongBeforeAnyTriggerIsAnOrphan) {
  plate_of("京A11111", 0);
  vehicle(1, 1001);
  pass_time_until(9000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(orphans("no_trigger"), 1u);
}

// A lane change between beam and camera: this lane's camera says the plate of a vehicle that broke another
// lane's beam.

TEST_F(FieldTest, APlateOnAnEmptyLaneIsNobodys) {
  plate_of("京C33333", 1000);
  pass_time_until(9000);
  EXPECT_EQ(orphans("no_trigger"), 1u);
}

TEST_F(FieldTest, APlateFarFromItsTimeIsNotGivenToAVehicleThatLacksOne) {
  vehicle(1, 0);
  plate_of("京C33333", 2500);
  pass_time_until(9000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(orphans("off_time"), 1u);
}

TEST_F(FieldTest, TheWindowForPlatesIsASetting) {
  settings.plate_window = 4s;
  begin();
  vehicle(1, 0);
  plate_of("京C33333", 2500);
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京C33333");
}

TEST_F(FieldTest, TheOwnPlateOfAVehicleTakesTheStrangersPlace) {
  plate_of("京C33333", 1500);
  vehicle(1, 2000);
  plate_of("京A11111", 2200);
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_EQ(orphans("off_time"), 1u);
  EXPECT_EQ(passages[0].sources_size(), 2);
}

TEST_F(FieldTest, AStrangersPlateDoesNotTakeTheOwnPlatesPlace) {
  vehicle(1, 2000);
  plate_of("京A11111", 2200);
  plate_of("京C33333", 2600, 99.0);
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_EQ(orphans("double"), 1u);
}

// Trailers (plates.md 3.7).

TEST_F(FieldTest, ATractorAndItsTrailerAreOneVehicleWithTwoPlates) {
  vehicle(1, 0);
  plate(1, 200, "冀BA1234");
  plate(1, 900, "冀B1234挂");
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(text(0), "冀BA1234");
  EXPECT_EQ(passages[0].trailer_plate().text(), "冀B1234挂");
  EXPECT_TRUE(passages[0].neighbours().trailer());
  EXPECT_EQ(passages[0].sources_size(), 3);
  EXPECT_TRUE(lane.orphans().empty());
}

TEST_F(FieldTest, TheTrailersPlateMayBeReadFirst) {
  vehicle(1, 0);
  plate(1, 200, "冀B1234挂");
  plate(1, 900, "冀D99999");  // of another owner: with a count the digits do not matter
  pass_time_until(9000);
  EXPECT_EQ(text(0), "冀D99999");
  EXPECT_EQ(passages[0].trailer_plate().text(), "冀B1234挂");
}

TEST_F(FieldTest, ATrailersPlateIsNotTheNextVehiclesThoughItIsNearer) {
  vehicle(1, 0);
  plate_of("冀BA1234", 200);
  vehicle(2, 1000);
  plate_of("冀B1234挂", 1150);
  plate_of("京A11111", 1210);
  pass_time_until(9000);
  EXPECT_EQ(passages[0].trailer_plate().text(), "冀B1234挂");
  EXPECT_EQ(text(1), "京A11111");
  EXPECT_TRUE(lane.orphans().empty());
}

TEST_F(FieldTest, NorWhenItsTractorIsClosedAlready) {
  vehicle(1, 0);
  plate_of("冀BA1234", 200);
  plume(1, 300);
  smoke(1, 300);
  ASSERT_EQ(passages.size(), 1u);
  vehicle(2, 1000);
  plate_of("冀B1234挂", 1150);
  pass_time_until(9000);
  EXPECT_FALSE(passages[1].has_plate());
  EXPECT_EQ(orphans("late"), 1u);
}

TEST_F(FieldTest, ATrailerThatTheGateCountedAsAVehicleIsToldToItsTractor) {
  vehicle(1, 0);
  plate(1, 200, "冀BA1234");
  vehicle(2, 700);
  plate(2, 900, "冀B1234挂");
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);  // each trigger is accounted for
  EXPECT_TRUE(passages[0].neighbours().trailer());
  EXPECT_FALSE(passages[0].has_trailer_plate());
  EXPECT_EQ(passages[1].plate().class_(), "trailer");
}

// Motorcycles: short, no plate in front, hardly a plume.

TEST_F(FieldTest, AMotorcycleIsAPassageWithWhatItHas) {
  SpeedReading speed;
  speed.speed_km_h = 40;
  speed.length_m = 2.1;
  auto gate = reading("gate", 1, 0, speed);
  gate.session = 1;
  give(gate);
  plate_of("无车牌", 190);
  vehicle(2, 500);
  plate_of("京A11111", 690);
  PlumeReading weak;
  weak.co2_excess_percent = 0.02;
  give(reading("analyser", {}, 1000, weak));
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_DOUBLE_EQ(passages[0].length_m(), 2.1);
  EXPECT_EQ(passages[0].plate().class_(), "none");
  EXPECT_EQ(text(0), "");
  EXPECT_DOUBLE_EQ(passages[0].plume().co2_excess_percent(), 0.02);
  EXPECT_FALSE(passages[0].plume().has_co_per_co2());
  EXPECT_EQ(text(1), "京A11111");
}

TEST_F(FieldTest, AMotorcycleThatNoCameraSawDoesNotGetTheNextCarsPlate) {
  vehicle(1, 0);
  vehicle(2, 500);
  plate_of("京A11111", 690);
  pass_time_until(9000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(text(1), "京A11111");
}

TEST_F(FieldTest, AVehicleOfWhichNothingIsMeasuredIsAnEntryToo) {
  front(0);
  pass_time_until(6000);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(lane.triggered(), 1u);
  EXPECT_FALSE(passages[0].has_plume() || passages[0].has_smoke() || passages[0].has_plate() ||
               passages[0].has_speed_km_h());
}

// Cameras that post twice.

TEST_F(FieldTest, APlateThatIsSaidTwiceIsNotTheNextVehicles) {
  vehicle(1, 0);
  plate_of("京A11111", 200);
  vehicle(2, 400);
  plate_of("京A11111", 600);  // exactly where the second one's would be
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_FALSE(passages[1].has_plate());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, NorWhenItsVehicleIsClosedAlready) {
  vehicle(1, 0);
  plate_of("京A11111", 200);
  plume(1, 300);
  smoke(1, 300);
  vehicle(2, 3000);
  plate_of("京A11111", 3200);
  pass_time_until(9000);
  EXPECT_FALSE(passages[1].has_plate());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, AVehicleThatComesBackLaterIsNoDouble) {
  vehicle(1, 0);
  plate_of("京A11111", 200);
  vehicle(2, 60'000);
  plate_of("京A11111", 60'200);
  pass_time_until(90'000);
  EXPECT_EQ(text(1), "京A11111");
}

TEST_F(FieldTest, OfTwoPicturesOfOneVehicleTheMoreConfidentOneStays) {
  vehicle(1, 0);
  plate_of("京A11111", 200, 70.0, "camera");
  plate_of("京A11111", 300, 95.0, "rear-camera");
  plate_of("京A11111", 400, 80.0, "third");
  pass_time_until(9000);
  EXPECT_DOUBLE_EQ(passages[0].plate().confidence(), 95);
  EXPECT_EQ(passages[0].sources_size(), 2);
  EXPECT_EQ(passages[0].sources(1).device(), "rear-camera");
  EXPECT_EQ(orphans("double"), 2u);
}

TEST_F(FieldTest, OrTheFirstOneByASetting) {
  settings.better_plate = false;
  begin();
  vehicle(1, 0);
  plate_of("京A11111", 200, 70.0);
  plate_of("京A11111", 300, 95.0, "rear-camera");
  pass_time_until(9000);
  EXPECT_DOUBLE_EQ(passages[0].plate().confidence(), 70);
}

TEST_F(FieldTest, WithTheSameCountTheMoreConfidentTextStays) {
  vehicle(1, 0);
  PlateReading one;
  one.raw_text = "京A11711";
  one.color = "blue";
  one.confidence = 60;
  give(reading("camera", 1, 200, one));
  one.raw_text = "京A11111";
  one.confidence = 98;
  give(reading("camera", 1, 250, one));
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京A11111");
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, APictureWithoutAPlateGivesWayToOneWithIt) {
  vehicle(1, 0);
  plate_of("无车牌", 150);
  plate_of("京A11111", 260);
  pass_time_until(9000);
  EXPECT_EQ(text(0), "京A11111");
}

TEST_F(FieldTest, TheSameEventTwiceIsOneAlsoWithoutAPlate) {
  vehicle(1, 0);
  plate_of("无车牌", 150, {}, "camera", "id-1");
  vehicle(2, 500);
  plate_of("无车牌", 650, {}, "camera", "id-1");
  pass_time_until(9000);
  EXPECT_FALSE(passages[1].has_plate());
  EXPECT_EQ(orphans("double"), 1u);
}

TEST_F(FieldTest, ACameraWhoseEventsAllHaveTheSameIdIsHeardAllTheSame) {
  vehicle(1, 0);
  plate_of("京A11111", 200, {}, "camera", "0000");
  vehicle(2, 500);
  plate_of("京B22222", 700, {}, "camera", "0000");
  pass_time_until(9000);
  EXPECT_EQ(text(1), "京B22222");
}

// Devices' own clocks.

TEST_F(FieldTest, ADevicesOwnClockJoinsNothing) {
  const auto story = [&](std::chrono::minutes off, std::chrono::minutes then) {
    begin();
    passages.clear();
    vehicle(1, 0);
    vehicle(2, 600);
    auto one = reading("analyser", {}, 1000, PlumeReading{1.0, 0.1, {}, {}, {}, {}, {}});
    one.device_time = one.arrived + off;
    give(one);
    auto other = reading("analyser", {}, 1600, PlumeReading{1.0, 0.2, {}, {}, {}, {}, {}});
    other.device_time = other.arrived + then;
    give(other);
    pass_time_until(9000);
    return std::pair{passages.at(0).plume().co_per_co2(), passages.at(1).plume().co_per_co2()};
  };
  const std::pair right{0.1, 0.2};
  EXPECT_EQ(story(0min, 0min), right);
  EXPECT_EQ(story(7min, 7min), right);
  EXPECT_EQ(story(-7min, 90min), right);  // it jumps in between
}

// A gate that is silent or loses a report.

TEST_F(FieldTest, WhatIsReadWhileTheGateIsSilentIsNotTheLastHeardVehicles) {
  settings.triggered_by = {"gate"};
  begin();
  goes("gate", "up", -10'000);
  vehicle(1, 0);  // its plate was not read
  goes("gate", "down", 900);
  plate_of("京B22222", 1200);  // of a vehicle that nobody counted
  goes("gate", "up", 4000);
  pass_time_until(9000);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(orphans("front_unheard"), 1u);
}

TEST_F(FieldTest, WhatClearlyBelongsToAHeardVehicleIsItsOwnThoughTheGateFellSilent) {
  settings.triggered_by = {"gate"};
  begin();
  goes("gate", "up", -10'000);
  vehicle(1, 0);
  goes("gate", "down", 900);
  plume({}, 1050, 0.1);
  pass_time_until(9000);
  EXPECT_DOUBLE_EQ(passages[0].plume().co_per_co2(), 0.1);
}

TEST_F(FieldTest, AVehicleWhoseReportWasLostGetsWhatFitsNobodyElse) {
  vehicle(1, 0);
  plate_of("京B22222", 1200);
  vehicle(3, 2000);
  plate_of("京C33333", 2200);
  plume({}, 2500, 0.2);
  pass_time_until(9000);
  ASSERT_EQ(passages.size(), 3u);
  EXPECT_FALSE(passages[0].has_plate());
  EXPECT_EQ(text(1), "京B22222");
  EXPECT_DOUBLE_EQ(passages[1].plume().co_per_co2(), 0.2);
  EXPECT_EQ(text(2), "京C33333");
}

}  // namespace
}  // namespace exhaust::assembly
