#include "daemon/assessment/rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace exhaust::assessment {
namespace {

struct RoundingCase {
  std::string name;
  double value;
  int decimals;
  double gb8170, half_up;
};
class RoundTo : public testing::TestWithParam<RoundingCase> {};

TEST_P(RoundTo, RoundsTheDecimalThatIsWritten) {
  const auto& c = GetParam();
  EXPECT_EQ(round_to(c.value, c.decimals, Rounding::kGb8170), c.gb8170);
  EXPECT_EQ(round_to(c.value, c.decimals, Rounding::kHalfUp), c.half_up);
}

TEST_P(RoundTo, GivesANegativeNumberTheSameMagnitude) {
  const auto& c = GetParam();
  EXPECT_EQ(round_to(-c.value, c.decimals, Rounding::kGb8170), -c.gb8170);
  EXPECT_EQ(round_to(-c.value, c.decimals, Rounding::kHalfUp), -c.half_up);
}

TEST_P(RoundTo, ChangesNothingTheSecondTime) {
  const auto& c = GetParam();
  for (const auto rounding : {Rounding::kGb8170, Rounding::kHalfUp}) {
    const double once = round_to(c.value, c.decimals, rounding);
    EXPECT_EQ(round_to(once, c.decimals, rounding), once);
  }
}

// Rows of GB/T 8170-2008, 3.2 and 3.3, and of numbers whose binary form lies beside the decimal that is written.
INSTANTIATE_TEST_SUITE_P(GbT8170, RoundTo, testing::ValuesIn(std::vector<RoundingCase>{
    {"LessThanFive", 12.1498, 1, 12.1, 12.1},
    {"LessThanFiveToAWhole", 12.1498, 0, 12, 12},
    {"MoreThanFive", 1268, 0, 1268, 1268},
    {"FiveWithMoreBehind", 10.5002, 0, 11, 11},
    {"HalfBehindOdd", 1.5, 0, 2, 2},
    {"HalfBehindEven", 2.5, 0, 2, 3},
    {"HalfBehindZero", 0.5, 0, 0, 1},
    {"HalfBehindOddDecimal", 0.35, 1, 0.4, 0.4},
    {"HalfBehindEvenDecimal", 1.050, 1, 1.0, 1.1},
    {"HalfOfSmall", 0.0325, 3, 0.032, 0.033},
    {"HalfThatBinaryHasAbove", 2.665, 2, 2.66, 2.67},
    {"HalfThatBinaryHasBelow", 2.675, 2, 2.68, 2.68},
    {"OneHundredth", 1.005, 2, 1.00, 1.01},
    {"OneAndAHalfHundredths", 1.015, 2, 1.02, 1.02},
    {"NextAboveTheHalf", 2.6650000000000005, 2, 2.67, 2.67},
    {"NextBelowTheHalf", 2.6649999999999996, 2, 2.66, 2.66},
    {"NotTwice", 15.4546, 0, 15, 15},  // in one step: not 15.455, 15.46, 15.5, 16
    {"NinesCarry", 9.96, 1, 10, 10},
    {"NinesCarryToANewPlace", 99.5, 0, 100, 100},
    {"NinesBehindTheCut", 0.999, 2, 1, 1},
    {"TooSmallToSee", 0.004, 1, 0, 0},
    {"JustUnderAHalfPlace", 0.049, 1, 0, 0},
    {"HalfAPlace", 0.05, 1, 0, 0.1},
    {"OverAHalfPlace", 0.051, 1, 0.1, 0.1},
    {"NearlyAPlace", 0.096, 1, 0.1, 0.1},
    {"ExactAlready", 30, 1, 30, 30},
    {"Opacity", 30.05, 1, 30.0, 30.1},
    {"Ppm", 1500.5, 0, 1500, 1501},
    {"LargeIsLeftAlone", 1e300, 6, 1e300, 1e300},
    {"LargeWithPlaces", 123456789.125, 2, 123456789.12, 123456789.13},
}), [](const auto& of) { return of.param.name; });

TEST(RoundTo, ZeroIsNeverNegative) {
  for (const double value : {-0.0, -0.4, -1e-300}) EXPECT_FALSE(std::signbit(round_to(value, 0, Rounding::kGb8170)));
}

TEST(RoundTo, WhatIsNoNumberStaysNone) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(round_to(std::nan(""), 1, Rounding::kHalfUp)));
  EXPECT_EQ(round_to(infinity, 1, Rounding::kHalfUp), infinity);
  EXPECT_EQ(round_to(-infinity, 1, Rounding::kGb8170), -infinity);
}

TEST(RoundTo, TheSmallestAndTheLargestDoubleAreNoTrouble) {
  EXPECT_EQ(round_to(std::numeric_limits<double>::denorm_min(), 15, Rounding::kHalfUp), 0);
  EXPECT_EQ(round_to(std::numeric_limits<double>::max(), 15, Rounding::kHalfUp), std::numeric_limits<double>::max());
}

/// Every half of two decimals below 100, by whole numbers: no double is asked which side it lies on.
TEST(RoundTo, EveryHalfBelowAHundredGoesToTheEvenDigit) {
  for (int thousandths = 5; thousandths < 100'000; thousandths += 10) {
    const int below = thousandths / 10;
    const double value = thousandths / 1000.0;
    EXPECT_EQ(round_to(value, 2, Rounding::kGb8170), (below % 2 == 0 ? below : below + 1) / 100.0) << value;
    EXPECT_EQ(round_to(value, 2, Rounding::kHalfUp), (below + 1) / 100.0) << value;
  }
}

}  // namespace
}  // namespace exhaust::assessment
