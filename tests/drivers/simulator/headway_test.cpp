#include "drivers/simulator/headway.hpp"

#include <gtest/gtest.h>

#include <map>

namespace exhaust::simulator {
namespace {

TEST(Headway, ArrivalsComeInOrderOnEveryLaneWithHeadwaysOfItsOwn) {
  Arrivals arrivals(1, {.lanes = 2, .mean_s = 4, .longest_s = 10});
  std::map<Lane, double> last;
  std::map<Lane, int> vehicles;
  double before = 0;
  int short_ones = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto arrival = arrivals.next();
    ASSERT_GE(arrival.at_s, before);
    before = arrival.at_s;
    const double headway = arrival.at_s - last[arrival.lane];
    EXPECT_GE(headway, 0.4 - 1e-9);
    EXPECT_LE(headway, 10 + 1e-9);
    short_ones += headway < 1;
    last[arrival.lane] = arrival.at_s;
    ++vehicles[arrival.lane];
  }
  EXPECT_NEAR(vehicles[1], 2000, 100);
  EXPECT_NEAR(vehicles[2], 2000, 100);
  EXPECT_GT(short_ones, 300);
  EXPECT_NEAR(before / 2000, 3.75, 0.2);  // the cut at 10 s makes the mean a little shorter
}

TEST(Headway, DependsOnTheSeedAlone) {
  Arrivals one(5, {}), same(5, {}), other(6, {});
  bool differs = false;
  for (int i = 0; i < 20; ++i) {
    const auto a = one.next(), b = same.next(), c = other.next();
    EXPECT_EQ(a.lane, b.lane);
    EXPECT_EQ(a.at_s, b.at_s);
    differs = differs || a.at_s != c.at_s;
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace exhaust::simulator
