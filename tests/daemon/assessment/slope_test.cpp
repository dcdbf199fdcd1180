#include "daemon/assessment/slope.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

namespace exhaust::assessment {
namespace {

using testing::DoubleNear;
using testing::Optional;

using Values = std::vector<double>;
const double kNaN = std::numeric_limits<double>::quiet_NaN();

// physics.md 5, the vector at its end.
TEST(Slope, OfThePointsOfTheDomainPageIsAFitWithoutError) {
  const auto line = slope_against_co2(Values{0.1, 0.3, 0.5, 0.7}, Values{0.006, 0.016, 0.026, 0.036});
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->ratio, 0.05, 1e-15);
  EXPECT_NEAR(line->intercept_percent, 0.001, 1e-15);
  EXPECT_THAT(line->standard_error, Optional(DoubleNear(0, 1e-15)));
  EXPECT_THAT(line->r2, Optional(DoubleNear(1, 1e-12)));
  EXPECT_LE(*line->r2, 1.0);
  EXPECT_EQ(line->points, 4u);
}

// Means 3 and 3.4; sums of squares and products 10, 8, 7.2; residual 0.8 = 7.2 - 8 * 8 / 10 over 3 degrees of freedom.
TEST(Slope, HasTheErrorAndTheFitOfItsResiduals) {
  const auto line = slope_against_co2(Values{1, 2, 3, 4, 5}, Values{2, 2, 4, 4, 5});
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->ratio, 0.8, 1e-14);
  EXPECT_NEAR(line->intercept_percent, 1.0, 1e-14);
  EXPECT_THAT(line->standard_error, Optional(DoubleNear(std::sqrt(0.8 / 3 / 10), 1e-14)));
  EXPECT_THAT(line->r2, Optional(DoubleNear(6.4 / 7.2, 1e-14)));
}

TEST(Slope, DoesNotDependOnTheBackground) {
  const auto clean = slope_against_co2(Values{0.2, 0.5, 1.1, 0.4}, Values{10, 24, 60, 19}, 1e-4);
  const auto shifted = slope_against_co2(Values{400.2, 400.5, 401.1, 400.4}, Values{90010, 90024, 90060, 90019}, 1e-4);
  EXPECT_NEAR(shifted->ratio, clean->ratio, 1e-12);
  EXPECT_NEAR(*shifted->standard_error, *clean->standard_error, 1e-12);
  EXPECT_NEAR(*shifted->r2, *clean->r2, 1e-9);
}

TEST(Slope, OfAGasInPpmIsMolPerMol) {
  const auto line = slope_against_co2(Values{0.1, 0.2, 0.3}, Values{15, 25, 35}, 1e-4);
  EXPECT_NEAR(line->ratio, 0.01, 1e-15);
  EXPECT_NEAR(line->intercept_percent, 0.0005, 1e-15);
}

TEST(Slope, OfAPerfectFitIsNoMoreThanPerfect) {
  EXPECT_EQ(slope_against_co2(Values{1, 2, 4}, Values{0.05 * 1, 0.05 * 2, 0.05 * 4})->r2, 1.0) << "rounding would carry it past";
}

TEST(Slope, KeepsItsSign) {
  const auto line = slope_against_co2(Values{0.1, 0.2, 0.3}, Values{-1, -2, -3});
  EXPECT_NEAR(line->ratio, -10, 1e-12);
  EXPECT_THAT(line->r2, Optional(DoubleNear(1, 1e-12)));
}

TEST(Slope, OfTwoPointsHasNoError) {
  const auto line = slope_against_co2(Values{0.1, 0.2}, Values{0.3, 0.5});
  ASSERT_TRUE(line);
  EXPECT_NEAR(line->ratio, 2, 1e-12);
  EXPECT_FALSE(line->standard_error);
  EXPECT_EQ(line->points, 2u);
}

TEST(Slope, OfAGasThatDoesNotVaryIsZeroWithoutAFit) {
  const auto line = slope_against_co2(Values{0.1, 0.2, 0.4}, Values{0.1, 0.1, 0.1});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->ratio, 0);
  EXPECT_NEAR(line->intercept_percent, 0.1, 1e-15);
  EXPECT_THAT(line->standard_error, Optional(0.0));
  EXPECT_FALSE(line->r2);
}

TEST(Slope, IsAbsentWhereThePointsTellNone) {
  EXPECT_FALSE(slope_against_co2(Values{}, Values{}));
  EXPECT_FALSE(slope_against_co2(Values{0.1}, Values{0.1})) << "one point";
  EXPECT_FALSE(slope_against_co2(Values{0.1, 0.1, 0.1}, Values{0.1, 0.2, 0.3})) << "CO2 does not vary";
  EXPECT_FALSE(slope_against_co2(Values{0.1, 0.2, 0.3}, Values{0.1, 0.2})) << "lists that do not belong together";
  EXPECT_FALSE(slope_against_co2(Values{0.1, 0.2}, Values{0.1, 0.2, 0.3})) << "lists that do not belong together";
  EXPECT_FALSE(slope_against_co2(Values{0.1, 0.2}, Values{-1e308, 1e308})) << "too large";
  EXPECT_FALSE(slope_against_co2(Values{0.1, kNaN}, Values{0.1, 0.2})) << "one point was measured";
}

TEST(Slope, LeavesOutMomentsThatWereNotMeasured) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto whole = slope_against_co2(Values{0.1, 0.2, 0.5}, Values{1, 2, 4});
  const auto line = slope_against_co2(Values{0.1, kNaN, 0.2, 0.3, 0.5, 0.6}, Values{1, 7, 2, kNaN, 4, infinity});
  EXPECT_EQ(line, whole);
  EXPECT_EQ(line->points, 3u);
}

}  // namespace
}  // namespace exhaust::assessment
