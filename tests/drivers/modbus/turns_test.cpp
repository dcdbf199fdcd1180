#include "drivers/modbus/turns.hpp"

#include <gtest/gtest.h>

#include <string>

#include "drivers/modbus/unit_watch.hpp"

namespace exhaust::modbus {
namespace {

using namespace std::chrono_literals;

TEST(ModbusTurns, UnitsTakeTurnsHoweverMuchOneAsks) {
  Turns turns;
  std::map<Turns::Ticket, int> unit_of;
  for (int i = 0; i < 3; ++i) unit_of[turns.wait(7)] = 7;
  unit_of[turns.wait(1)] = 1;
  unit_of[turns.wait(9)] = 9;
  unit_of[turns.wait(1)] = 1;
  std::string order;
  while (turns.size() > 0) {
    const auto ticket = turns.next();
    ASSERT_TRUE(ticket);
    order += std::to_string(unit_of[*ticket]);
    turns.done(static_cast<std::uint8_t>(unit_of[*ticket]));
  }
  EXPECT_EQ(order, "179177");
}

TEST(ModbusTurns, OneOfEachUnitAndTwoAltogetherAreInHand) {
  Turns turns;
  const auto first = turns.wait(1);
  turns.wait(1);
  EXPECT_EQ(turns.next(), first);
  EXPECT_EQ(turns.next(), std::nullopt) << "the same unit";
  const auto second = turns.wait(2), third = turns.wait(3);
  EXPECT_EQ(turns.next(), second);
  EXPECT_EQ(turns.next(), std::nullopt) << "two are in hand";
  turns.done(2);
  EXPECT_EQ(turns.next(), third);
}

TEST(ModbusTurns, WhoGivesUpIsNotWaitedFor) {
  Turns turns;
  turns.withdraw(turns.wait(1));
  EXPECT_EQ(turns.next(), std::nullopt);
  EXPECT_EQ(turns.size(), 0u);
}

class UnitWatchTest : public testing::Test {
 protected:
  void unanswered() { watch.asked(Asked::kUnanswered, now, patience, 100ms, true, 100ms); }

  MonotonicTime now{1h};
  ModbusPatience patience;
  UnitWatch watch;
};

TEST_F(UnitWatchTest, AfterThreeTimeOutsOnlyOneRequestInEachPeriodIsLetThrough) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(watch.admit(now));
    unanswered();
  }
  EXPECT_TRUE(watch.silent());
  const auto refused = watch.admit(now + 1s);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(refused.error().detail, "silent for 1.0 s, is asked again in 1.5 s");
  now += 2500ms;
  EXPECT_TRUE(watch.admit(now));
  EXPECT_FALSE(watch.admit(now)) << "one at a time";
  unanswered();
  EXPECT_FALSE(watch.admit(now));
  now += 2500ms;
  EXPECT_TRUE(watch.admit(now));
  watch.asked(Asked::kAnswered, now, patience, 100ms, true, 5ms);
  EXPECT_TRUE(watch.admit(now));
  EXPECT_FALSE(watch.silent());
  EXPECT_EQ(watch.not_asked(), 3u);
  EXPECT_EQ(watch.requests(), 5u);
  EXPECT_EQ(watch.unanswered(), 4u);
}

TEST_F(UnitWatchTest, ASilentUnitHasTheLineLessThanAnHourlyTwentieth) {
  const auto begin = now;
  while (now < begin + 1h) {
    if (watch.admit(now)) {
      now += 100ms;
      unanswered();
    } else {
      now += 10ms;
    }
  }
  EXPECT_LT(watch.busy(), (now - begin) / 20);
}

TEST_F(UnitWatchTest, AProbeThatNeverGotToTheLineIsTriedAgain) {
  for (int i = 0; i < 3; ++i) unanswered();
  now += 3s;
  ASSERT_TRUE(watch.admit(now));
  watch.asked(Asked::kNot, now, patience, 100ms, true, {});
  EXPECT_TRUE(watch.admit(now));
}

TEST_F(UnitWatchTest, LateAnswersAreGuardedAgainstForOneTimeOutOrAsSet) {
  EXPECT_LE(watch.guarded_until(), now);
  unanswered();
  EXPECT_EQ(watch.guarded_until(), now + 100ms);
  patience.late_answer_guard = 2s;
  unanswered();
  EXPECT_EQ(watch.guarded_until(), now + 2s);
  watch.asked(Asked::kUnanswered, now + 5s, patience, 100ms, false, 100ms);
  EXPECT_EQ(watch.guarded_until(), now + 2s) << "numbered answers need no guard";
}

}  // namespace
}  // namespace exhaust::modbus
