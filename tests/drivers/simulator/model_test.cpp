#include "drivers/simulator/model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "drivers/simulator/plates.hpp"

namespace exhaust::simulator {
namespace {

bool same(const Vehicle& a, const Vehicle& b) {
  return a.plate == b.plate && a.plate_color == b.plate_color && a.plate_read == b.plate_read &&
         a.speed_km_h == b.speed_km_h && a.plume.co_per_co2 == b.plume.co_per_co2 &&
         a.plume.co2_excess_percent == b.plume.co2_excess_percent && a.smoke.opacity_percent == b.smoke.opacity_percent;
}

TEST(Model, MakesTheSameVehicleWhateverWasMadeBefore) {
  const auto once = make_vehicle(1, 1000);
  for (std::uint64_t i = 1; i < 50; ++i) make_vehicle(1, i);
  EXPECT_TRUE(same(once, make_vehicle(1, 1000)));
}

TEST(Model, MakesOtherVehiclesWithAnotherSeedOrIndex) {
  EXPECT_NE(make_vehicle(1, 7).plate, make_vehicle(2, 7).plate);
  EXPECT_NE(make_vehicle(1, 7).plate, make_vehicle(1, 8).plate);
}

TEST(Model, MixesTrafficAsOnTheRoad) {
  constexpr std::uint64_t kVehicles = 5000;
  std::map<std::string, int> colors;
  int unreadable = 0, no_speed = 0, no_plume = 0, negative = 0, weak = 0, black_smoke = 0, high_no = 0;
  for (std::uint64_t i = 1; i <= kVehicles; ++i) {
    const auto vehicle = make_vehicle(1, i);
    ++colors[vehicle.plate_color];
    unreadable += !vehicle.plate_read;
    no_speed += !vehicle.speed_km_h;
    no_plume += !vehicle.plume.co2_excess_percent;
    negative += vehicle.plume.co_per_co2.value_or(0) < 0;
    weak += vehicle.plume.co2_excess_percent.value_or(1) < 0.25;
    black_smoke += vehicle.smoke.opacity_percent.value_or(0) > 40;
    high_no += vehicle.plume.no_per_co2.value_or(0) > 0.015;
  }
  EXPECT_NEAR(colors["blue"], 3000, 150);
  EXPECT_NEAR(colors["yellow"], 1500, 150);
  EXPECT_NEAR(colors["green"] + colors["yellow_green"], 500, 80);
  EXPECT_NEAR(unreadable, 150, 50);
  EXPECT_NEAR(no_speed, 100, 40);
  EXPECT_NEAR(no_plume, 95, 40);
  EXPECT_GT(negative, 500);
  EXPECT_GT(weak, 200);
  EXPECT_GT(black_smoke, 30);
  EXPECT_GT(high_no, 50);
}

TEST(Model, PlatesFollowTheGrammarOfTheirColor) {
  // plates.md 2, over bytes: a province is three bytes of UTF-8.
  const std::map<std::string, std::regex> grammar{
      {"blue", std::regex("[\xe4-\xe9]..[A-H][A-HJ-NP-Z0-9]{5}")},
      {"yellow", std::regex("[\xe4-\xe9]..[A-H][A-HJ-NP-Z0-9]{5}")},
      {"green", std::regex("[\xe4-\xe9]..[A-H][A-HJK][A-HJ-NP-Z0-9][0-9]{4}")},
      {"yellow_green", std::regex("[\xe4-\xe9]..[A-H][0-9]{5}[A-HJK]")}};
  std::set<std::string> provinces;
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    const auto vehicle = make_vehicle(3, i);
    EXPECT_TRUE(std::regex_match(vehicle.plate, grammar.at(vehicle.plate_color))) << vehicle.plate;
    provinces.insert(vehicle.plate.substr(0, 3));
  }
  EXPECT_EQ(provinces.size(), 31u);
}

TEST(Model, SaysOpacityInThreeWaysThatAgree) {
  // physics.md 4: N 50 % is k 1.6120 over 0.43 m.
  const auto smoke = smoke_of(50);
  EXPECT_DOUBLE_EQ(*smoke.opacity_percent, 50);
  EXPECT_DOUBLE_EQ(*smoke.k_per_m, 1.612);
  EXPECT_DOUBLE_EQ(*smoke.ringelmann, 2.5);
  EXPECT_DOUBLE_EQ(*smoke_of(-0.3).opacity_percent, 0);
  EXPECT_TRUE(std::isfinite(*smoke_of(150).k_per_m));
}

TEST(Model, KeepsWhatWasMeasuredOfRealVehicles) {
  MeasuredVehicle measured;
  measured.fuel = MeasuredVehicle::Fuel::kDiesel;
  measured.speed_km_h = 20.1;
  measured.co_per_co2 = -0.0143;
  measured.no_per_co2 = 0.001004;
  const auto vehicle = make_vehicle(1, 2, measured, 2);
  EXPECT_EQ(vehicle.plate_color, "yellow");
  EXPECT_EQ(vehicle.speed_km_h, 20.1);
  EXPECT_EQ(vehicle.acceleration_m_s2, std::nullopt);
  EXPECT_EQ(vehicle.plume.co_per_co2, -0.0143);
  EXPECT_EQ(vehicle.plume.hc_per_co2, std::nullopt);
  EXPECT_EQ(vehicle.plume.no_per_co2, 0.001004);
  EXPECT_TRUE(vehicle.plume.co2_excess_percent);
  EXPECT_EQ(vehicle.row, 2u);
}

}  // namespace
}  // namespace exhaust::simulator
