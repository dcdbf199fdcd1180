#include "daemon/registry/fuel.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace exhaust::registry {
namespace {

const auto by_name = [](const auto& of) { return of.param.name; };

v1::Passage seen(const std::string& text, const std::string& color, const std::string& plate_class) {
  v1::Passage passage;
  passage.mutable_plate()->set_text(text);
  passage.mutable_plate()->set_color(color);
  passage.mutable_plate()->set_class_(plate_class);
  return passage;
}

struct PlateCase {
  std::string name, text, color, plate_class, fuel, source;
};
class FuelFromPlate : public testing::TestWithParam<PlateCase> {};

TEST_P(FuelFromPlate, IsAsTheRulesSay) {
  const auto& c = GetParam();
  auto passage = seen(c.text, c.color, c.plate_class);
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), c.fuel);
  EXPECT_EQ(passage.vehicle().fuel_source(), c.source);
  EXPECT_EQ(passage.plate().class_(), c.plate_class) << "the plate is left as it is";
}

// Plates of plates.md 2.1; rules of standards.md 2.4.
INSTANTIATE_TEST_SUITE_P(StandardsMd2_4, FuelFromPlate, testing::ValuesIn(std::vector<PlateCase>{
    {"YellowIsDiesel", "京A12345", "yellow", "ordinary", "diesel", "plate_color"},
    {"BlueIsGasoline", "京A12345", "blue", "ordinary", "gasoline", "plate_color"},
    {"YellowTrailerIsDrawnByDiesel", "冀B1234挂", "yellow", "trailer", "diesel", "plate_color"},
    {"YellowLearnerIsNoDiesel", "浙A1234学", "yellow", "learner", "gasoline", "plate_class"},
    {"WhiteTellsNothing", "皖A1234警", "white", "police", "unknown", "none"},
    {"BlackTellsNothing", "使014578", "black", "embassy", "unknown", "none"},
    {"UnreadableYellowIsDiesel", "", "yellow", "none", "diesel", "plate_color"},
    {"UnreadableTellsNothing", "", "unknown", "none", "unknown", "none"},
    {"SmallElectricD", "京AD12345", "green", "nev_small", "electric", "plate_class"},
    {"SmallElectricA", "粤BAD1234", "green", "nev_small", "electric", "plate_class"},
    {"SmallHybridF", "京AF12345", "green", "nev_small", "nev", "plate_class"},
    {"SmallHybridK", "京AK12345", "green", "nev_small", "nev", "plate_class"},
    {"LargeElectricD", "京A12345D", "yellow_green", "nev_large", "electric", "plate_class"},
    {"LargeHybridF", "粤B12345F", "yellow_green", "nev_large", "nev", "plate_class"},
    {"LettersBeforeColour", "京A12345D", "yellow", "nev_large", "electric", "plate_class"},
    {"GreenWithoutLettersTellsNothing", "", "green", "none", "unknown", "none"},
    {"NotClassifiedIsReadFromItsText", "京AD12345", "green", "", "electric", "plate_class"},
    {"NotClassifiedYellow", "京A12345", "yellow", "", "diesel", "plate_color"},
}), by_name);

/// A registry of one vehicle.
class OneVehicle : public Vehicles {
 public:
  OneVehicle(std::string plate, std::string color, std::string fuel) : plate_(std::move(plate)), color_(std::move(color)) {
    vehicle_.set_fuel(fuel);
    vehicle_.set_fuel_source(fuel.empty() ? "" : "registry");
    vehicle_.set_category("N2");
    vehicle_.set_plate_type("01");
  }
  std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) override {
    ++asked;
    return plate == plate_ && color == color_ ? std::optional(vehicle_) : std::nullopt;
  }
  int asked = 0;

 private:
  std::string plate_, color_;
  v1::Vehicle vehicle_;
};

struct SourceCase {
  std::string name, plate, color, plate_class, registered;
  std::optional<double> length_m, opacity_percent;
  std::string fuel, source;
};
class FuelFromTheSurest : public testing::TestWithParam<SourceCase> {};

TEST_P(FuelFromTheSurest, IsRegistryThenPlateThenRule) {
  const auto& c = GetParam();
  auto passage = seen(c.plate, c.color, c.plate_class);
  if (c.length_m) passage.set_length_m(*c.length_m);
  if (c.opacity_percent) passage.mutable_smoke()->set_opacity_percent(*c.opacity_percent);
  OneVehicle registry(c.plate, c.color, c.registered);
  FuelRules rules;
  rules.diesel_above_opacity_percent = 20;
  fill_vehicle(passage, rules, c.registered == "not" ? nullptr : &registry);
  EXPECT_EQ(passage.vehicle().fuel(), c.fuel);
  EXPECT_EQ(passage.vehicle().fuel_source(), c.source);
}

// The order and the rules of standards.md 2.4.
INSTANTIATE_TEST_SUITE_P(StandardsMd2_4, FuelFromTheSurest, testing::ValuesIn(std::vector<SourceCase>{
    {"RegistryBeatsYellow", "京A12345", "yellow", "ordinary", "gasoline", {}, {}, "gasoline", "registry"},
    {"RegistryBeatsBlue", "京A12345", "blue", "ordinary", "diesel", {}, {}, "diesel", "registry"},
    {"ElectricByRegistry", "京A12345", "blue", "ordinary", "electric", {}, {}, "electric", "registry"},
    {"RegistryBeatsLetters", "京AD12345", "green", "nev_small", "gasoline", {}, {}, "gasoline", "registry"},
    {"RegistryWithoutFuelLeavesItToThePlate", "京A12345", "yellow", "ordinary", "", {}, {}, "diesel", "plate_color"},
    {"PlateBeatsLength", "京A12345", "blue", "ordinary", "not", 12.0, {}, "gasoline", "plate_color"},
    {"LongIsDiesel", "", "unknown", "none", "not", 6.01, {}, "diesel", "heuristic"},
    {"SixMetresAreNotLonger", "", "unknown", "none", "not", 6.0, {}, "unknown", "none"},
    {"SmokyIsDiesel", "", "unknown", "none", "not", {}, 20.5, "diesel", "heuristic"},
    {"AtTheSmokeBoundIsNot", "", "unknown", "none", "not", {}, 20.0, "unknown", "none"},
    {"ALongLearnerIsNoDiesel", "浙A1234学", "yellow", "learner", "not", 12.0, 80.0, "gasoline", "plate_class"},
    {"ALongPoliceCarIsDiesel", "皖A1234警", "white", "police", "not", 8.0, {}, "diesel", "heuristic"},
    {"NothingMeasuredTellsNothing", "", "unknown", "none", "not", {}, {}, "unknown", "none"},
}), by_name);

TEST(FillVehicle, HasAllThatTheRegistryKnows) {
  auto passage = seen("京A12345", "yellow", "ordinary");
  OneVehicle registry("京A12345", "yellow", "diesel");
  fill_vehicle(passage, {}, &registry);
  EXPECT_EQ(passage.vehicle().category(), "N2");
  EXPECT_EQ(passage.vehicle().plate_type(), "01");
  EXPECT_EQ(registry.asked, 1);
}

TEST(FillVehicle, AsksNobodyAboutAPlateThatWasNotReadOrAFuelThatIsGiven) {
  OneVehicle registry("京A12345", "yellow", "diesel");
  auto unread = seen("", "yellow", "none");
  fill_vehicle(unread, {}, &registry);
  auto given = seen("京A12345", "yellow", "ordinary");
  given.mutable_vehicle()->set_fuel("A");
  fill_vehicle(given, {}, &registry);
  EXPECT_EQ(registry.asked, 0);
}

TEST(FillVehicle, RulesCanBeTurnedOff) {
  v1::Passage passage;
  passage.set_length_m(12);
  passage.mutable_smoke()->set_opacity_percent(90);
  fill_vehicle(passage, {.heuristics = false, .diesel_above_length_m = 6, .diesel_above_opacity_percent = 20});
  EXPECT_EQ(passage.vehicle().fuel(), "unknown");
  v1::Passage smoky;
  smoky.mutable_smoke()->set_opacity_percent(90);
  fill_vehicle(smoky);
  EXPECT_EQ(smoky.vehicle().fuel(), "unknown") << "no source gives the smoke's bound: without a setting it tells nothing";
}

TEST(FillVehicle, WithoutAPlateNothingIsKnown) {
  v1::Passage passage;
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), "unknown");
  EXPECT_EQ(passage.vehicle().fuel_source(), "none");
  EXPECT_FALSE(passage.has_plate());
}

struct GivenCase {
  std::string name, given, fuel;
};
class GivenFuel : public testing::TestWithParam<GivenCase> {};

TEST_P(GivenFuel, IsPutIntoOurWordsAndStays) {
  auto passage = seen("京A12345", "yellow", "ordinary");
  passage.mutable_vehicle()->set_fuel(GetParam().given);
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), GetParam().fuel);
  EXPECT_EQ(passage.vehicle().fuel_source(), "given");
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), GetParam().fuel) << "a second time changes nothing";
}

INSTANTIATE_TEST_SUITE_P(PlatesMd6, GivenFuel, testing::ValuesIn(std::vector<GivenCase>{
    {"Gasoline", "gasoline", "gasoline"}, {"AnyCase", " Gasoline ", "gasoline"}, {"Petrol", "PETROL", "gasoline"},
    {"A", "A", "gasoline"}, {"LowerA", "a", "gasoline"}, {"Qiyou", "汽油", "gasoline"},
    {"Diesel", "DIESEL", "diesel"}, {"B", "B", "diesel"}, {"Chaiyou", "柴油", "diesel"},
    {"Electric", "Electric", "electric"}, {"C", "C", "electric"}, {"Nev", "NEV", "nev"},
    {"D", "D", "other"}, {"E", "E", "other"}, {"F", "F", "other"}, {"L", "L", "other"}, {"M", "M", "other"},
    {"N", "N", "other"}, {"O", "O", "other"}, {"P", "P", "other"}, {"Y", "Y", "other"}, {"Z", "Z", "other"},
    {"Other", "other", "other"}, {"Unknown", "unknown", "unknown"}, {"Nonsense", "steam", "unknown"},
}), by_name);

TEST(FillVehicle, KeepsWhereAGivenFuelCameFrom) {
  v1::Passage passage;
  passage.mutable_vehicle()->set_fuel("B");
  passage.mutable_vehicle()->set_fuel_source("registry");
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), "diesel");
  EXPECT_EQ(passage.vehicle().fuel_source(), "registry");
}

TEST(FillVehicle, BlankFuelIsNoFuel) {
  auto passage = seen("京A12345", "blue", "ordinary");
  passage.mutable_vehicle()->set_fuel("  ");
  fill_vehicle(passage);
  EXPECT_EQ(passage.vehicle().fuel(), "gasoline");
  EXPECT_EQ(passage.vehicle().fuel_source(), "plate_color");
}

TEST(Complete, ClassifiesAPlateWrittenByHand) {
  v1::Passage passage;
  passage.mutable_plate()->set_text("京a·d12345");
  passage.mutable_plate()->set_color("green");
  complete(passage);
  EXPECT_EQ(passage.plate().text(), "京AD12345");
  EXPECT_EQ(passage.plate().raw_text(), "京a·d12345");
  EXPECT_EQ(passage.plate().class_(), "nev_small");
  EXPECT_FALSE(passage.plate().corrected());
  EXPECT_EQ(passage.vehicle().fuel(), "electric");
}

TEST(Complete, TakesTheRawTextWhenThereIsNoOther) {
  v1::Passage passage;
  passage.mutable_plate()->set_raw_text("无车牌");
  passage.mutable_plate()->set_color("yellow");
  complete(passage);
  EXPECT_EQ(passage.plate().text(), "");
  EXPECT_EQ(passage.plate().raw_text(), "无车牌");
  EXPECT_EQ(passage.plate().class_(), "none");
  EXPECT_EQ(passage.vehicle().fuel(), "diesel");
}

TEST(Complete, LeavesAClassifiedPlateAndAMissingOneAlone) {
  auto passage = seen("京A12345", "blue", "ordinary");
  const auto before = passage.plate().SerializeAsString();
  complete(passage);
  EXPECT_EQ(passage.plate().SerializeAsString(), before);
  v1::Passage empty;
  complete(empty);
  EXPECT_FALSE(empty.has_plate());
}

}  // namespace
}  // namespace exhaust::registry
