#include "daemon/acquisition/pace.hpp"

#include <gtest/gtest.h>

#include "daemon/acquisition/poll_times.hpp"

namespace exhaust::acquisition {
namespace {

using namespace std::chrono_literals;

TEST(Beat, FollowsThePlanNotTheWork) {
  const MonotonicTime t0{1h};
  EXPECT_EQ(next_beat(t0, 1s, t0 + 300ms).due, t0 + 1s);
  EXPECT_EQ(next_beat(t0, 1s, t0 + 1s).due, t0 + 1s);
  EXPECT_EQ(next_beat(t0, 1s, t0 + 1s).missed, 0u);
}

TEST(Beat, CountsWhatHasPassed) {
  const MonotonicTime t0{1h};
  const auto late = next_beat(t0, 1s, t0 + 3500ms);
  EXPECT_EQ(late.due, t0 + 4s);
  EXPECT_EQ(late.missed, 3u);
  const auto on_the_dot = next_beat(t0, 1s, t0 + 3s);
  EXPECT_EQ(on_the_dot.due, t0 + 3s);
  EXPECT_EQ(on_the_dot.missed, 2u);
}

TEST(DeviceBackoff, StaysBetweenHalfAndTheWholeOfItsCeiling) {
  Backoff backoff(1s, 8s, 7);
  for (const auto ceiling : {1s, 2s, 4s, 8s, 8s, 8s}) {
    const auto pause = backoff.next();
    EXPECT_GE(pause, ceiling / 2);
    EXPECT_LE(pause, ceiling);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), 1s);
}

TEST(PollTimesTest, KeepsAHistogramOfAllAndTheLastOnesExactly) {
  PollTimes times;
  EXPECT_FALSE(times.quantile_s(0.5));
  for (int i = 1; i <= 1000; ++i) times.add(i * 1ms);
  EXPECT_EQ(times.count(), 1000u);
  EXPECT_NEAR(times.sum_s(), 500.5, 1e-9);
  EXPECT_EQ(times.buckets()[0], 5u) << "a bound belongs to its own bucket";
  EXPECT_EQ(times.buckets().back(), 0u);
  EXPECT_NEAR(*times.quantile_s(0.5), 0.937, 0.001);
  EXPECT_NEAR(*times.quantile_s(1.0), 1.0, 1e-9);
  times.add(1h);
  EXPECT_EQ(times.buckets().back(), 1u);
}

}  // namespace
}  // namespace exhaust::acquisition
