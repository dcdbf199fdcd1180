#include "daemon/acquisition/device_clock.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace exhaust::acquisition {
namespace {

using namespace std::chrono_literals;
using News = DeviceClock::News;

class DeviceClockTest : public testing::Test {
 protected:
  /// A reading that was stamped `offset_s` off and arrived `later` after the last one.
  News stamp(double offset_s, Duration later = 10s) {
    now += std::chrono::duration_cast<std::chrono::microseconds>(later);
    return clock.look(now + std::chrono::microseconds{static_cast<std::int64_t>(offset_s * 1e6)}, now);
  }
  std::vector<News> stamps(double offset_s, int count) {
    std::vector<News> said;
    for (int i = 0; i < count; ++i) {
      if (const auto news = stamp(offset_s); news != News::kNone) said.push_back(news);
    }
    return said;
  }

  DeviceClock clock{2s};
  WallTime now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
};

TEST_F(DeviceClockTest, SaysNothingFromTooFewReadings) {
  EXPECT_EQ(stamp(-500), News::kNone);
  EXPECT_EQ(stamp(-500), News::kNone);
  EXPECT_FALSE(clock.offset_s());
  EXPECT_EQ(stamp(-500), News::kOff);
  EXPECT_EQ(clock.words(), "500 s behind ours");
}

TEST_F(DeviceClockTest, ADelayOnTheWayIsNotAClockThatIsBehind) {
  EXPECT_TRUE(stamps(-2.9, 50).empty());
  EXPECT_FALSE(clock.off());
}

TEST_F(DeviceClockTest, AheadIsNeverADelay) {
  EXPECT_EQ(stamps(2.1, 50), std::vector{News::kOff});
  EXPECT_EQ(clock.words(), "2.1 s ahead of ours");
}

TEST_F(DeviceClockTest, AFewWildStampsChangeNothing) {
  stamps(-0.2, 15);
  EXPECT_TRUE(stamps(-3600, 5).empty());
  EXPECT_NEAR(*clock.offset_s(), -0.2, 1e-6);
}

TEST_F(DeviceClockTest, NoiseAtTheLimitIsToldOnce) {
  stamps(2.05, 15);
  EXPECT_TRUE(clock.off());
  EXPECT_TRUE(stamps(1.9, 30).empty()) << "back only well within the limit";
  EXPECT_EQ(stamps(1.5, 30), std::vector{News::kBack});
}

TEST_F(DeviceClockTest, AHistorySentLateCountsAsOneReading) {
  stamps(-0.2, 5);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stamp(-600, 5ms), News::kNone);
  EXPECT_FALSE(clock.off());
}

TEST_F(DeviceClockTest, DriftIsTheSlopeOverHours) {
  int minute = 0;
  const auto drifting = [&](int minutes) {
    for (int i = 0; i < minutes; ++i, ++minute) stamp(-0.3 - 5.0 * minute / 1440, 1min);
  };
  drifting(60);
  EXPECT_FALSE(clock.drift_s_per_day()) << "an hour is needed";
  drifting(300);
  EXPECT_NEAR(*clock.drift_s_per_day(), -5.0, 0.3);
}

TEST_F(DeviceClockTest, AStepIsNotDrift) {
  for (int i = 0; i < 300; ++i) stamp(0, 1min);
  ASSERT_TRUE(clock.drift_s_per_day());
  for (int i = 0; i < 20; ++i) stamp(40, 1min);
  EXPECT_FALSE(clock.drift_s_per_day());
}

TEST_F(DeviceClockTest, AbsurdTimesAreOffAndHarmless) {
  for (int i = 0; i < 5; ++i) {
    now += 10s;
    clock.look(WallTime{std::chrono::microseconds{std::numeric_limits<std::int64_t>::max()}}, now);
  }
  EXPECT_TRUE(clock.off());
  EXPECT_FALSE(clock.words().empty());
}

TEST_F(DeviceClockTest, GoesOnWhenOurOwnClockIsSetBack) {
  stamps(-0.1, 15);
  now -= 24h;
  EXPECT_TRUE(stamps(-0.1, 15).empty());
  EXPECT_NEAR(*clock.offset_s(), -0.1, 1e-6);
}

}  // namespace
}  // namespace exhaust::acquisition
