#include "daemon/acquisition/device_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace exhaust::acquisition {
namespace {

using namespace std::chrono_literals;
using Say = ChangeLimit::Say;

TEST(StateRuleTest, StaysUnknownUntilAPollTells) {
  StateRule rule(2, 5);
  EXPECT_EQ(rule.state(), DeviceState::kUnknown);
  EXPECT_EQ(rule.failed(), DeviceState::kUnknown);
  EXPECT_EQ(rule.failed(), DeviceState::kDegraded);
}

TEST(StateRuleTest, WhatIsDownStaysDownUntilAGoodPoll) {
  StateRule rule(2, 3);
  rule.broken();
  rule.opened();
  EXPECT_EQ(rule.failed(), DeviceState::kDown);
  EXPECT_FALSE(rule.exhausted());
  EXPECT_EQ(rule.good(), DeviceState::kUp);
}

TEST(StateRuleTest, LossesBeforeADownDoNotCountAfterIt) {
  StateRule rule(2, 5);
  for (int i = 0; i < 40; ++i) rule.failed();
  EXPECT_EQ(rule.good(), DeviceState::kUp);
  EXPECT_EQ(rule.remark(), "");
}

TEST(StateRuleTest, ManyLostOfTheLastTwentyAreDegradedWithWords) {
  StateRule rule(3, 5);
  for (int i = 0; i < 7; ++i) {
    rule.failed();
    EXPECT_EQ(rule.good(), DeviceState::kUp);
  }
  rule.failed();
  EXPECT_EQ(rule.good(), DeviceState::kDegraded);
  EXPECT_EQ(rule.remark(), "8 of the last 20 polls failed");
  int good = 0;
  while (rule.good() == DeviceState::kDegraded) ++good;
  EXPECT_GT(good, 10) << "it does not go to and fro at the threshold";
}

TEST(EventBudgetTest, SlidesOverItsWindow) {
  EventBudget budget(2, 1min);
  const MonotonicTime t0{1h};
  EXPECT_TRUE(budget.take(t0));
  EXPECT_TRUE(budget.take(t0 + 30s));
  EXPECT_FALSE(budget.take(t0 + 59s));
  EXPECT_TRUE(budget.take(t0 + 60s));
  EXPECT_FALSE(budget.take(t0 + 61s));
}

TEST(ChangeLimitTest, TellsOfFlappingOnceAndCountsTheRest) {
  ChangeLimit limit;
  MonotonicTime now{1h};
  std::vector<Say> said;
  for (int i = 0; i < 20; ++i) said.push_back(limit.change(i % 2 ? DeviceState::kUp : DeviceState::kDown, now += 1s));
  EXPECT_EQ(std::ranges::count(said, Say::kChange), 6);
  EXPECT_EQ(std::ranges::count(said, Say::kFlapping), 1);
  EXPECT_EQ(limit.withheld(), 14u);
  EXPECT_EQ(limit.told(), DeviceState::kUp);
  EXPECT_FALSE(limit.settled(now + 59s));
  EXPECT_TRUE(limit.settled(now + 60s));
  EXPECT_FALSE(limit.settled(now + 60s)) << "once";
  EXPECT_EQ(limit.change(DeviceState::kDown, now + 61s), Say::kChange);
}

TEST(ChangeLimitTest, RareChangesAreAllTold) {
  ChangeLimit limit;
  MonotonicTime now{1h};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limit.change(DeviceState::kUp, now += 11s), Say::kChange);
}

}  // namespace
}  // namespace exhaust::acquisition
