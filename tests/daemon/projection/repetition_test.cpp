#include "daemon/projection/repetition.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "tests/daemon/projection/vehicles.hpp"

namespace exhaust::projection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Months {
  std::string name;
  std::string from;
  unsigned months;
  std::string until;
};

class MonthEnds : public testing::TestWithParam<Months> {};

// standards.md 1.2, algorithm 4: "add 6 months to the date of the first one, clamp to the month's last day".
TEST_P(MonthEnds, AreClampedAndTheTimeOfDayStays) {
  EXPECT_EQ(to_rfc3339(add_months(china(GetParam().from), GetParam().months)), to_rfc3339(china(GetParam().until)));
}

INSTANTIATE_TEST_SUITE_P(
    Standards_1_2_4, MonthEnds,
    testing::Values(Months{"Plain", "2026-01-15 10:00:00", 6, "2026-07-15 10:00:00"},
                    Months{"OverTheYear", "2026-08-15 10:00:00", 6, "2027-02-15 10:00:00"},
                    Months{"AugustEnd", "2026-08-31 23:59:59", 6, "2027-02-28 23:59:59"},
                    Months{"AugustEndBeforeALeapYear", "2027-08-31 00:00:00", 6, "2028-02-29 00:00:00"},
                    Months{"August30BeforeALeapYear", "2027-08-30 12:00:00", 6, "2028-02-29 12:00:00"},
                    Months{"August29BeforeACommonYear", "2026-08-29 12:00:00", 6, "2027-02-28 12:00:00"},
                    Months{"August28", "2026-08-28 12:00:00", 6, "2027-02-28 12:00:00"},
                    Months{"LeapDay", "2028-02-29 12:00:00", 6, "2028-08-29 12:00:00"},
                    Months{"FebruaryEndIsNotTheMonthsEndLater", "2027-02-28 12:00:00", 6, "2027-08-28 12:00:00"},
                    Months{"MarchEnd", "2026-03-31 08:00:00", 6, "2026-09-30 08:00:00"},
                    Months{"OctoberEnd", "2026-10-31 08:00:00", 6, "2027-04-30 08:00:00"},
                    Months{"DecemberEnd", "2026-12-31 08:00:00", 6, "2027-06-30 08:00:00"},
                    Months{"LeapDayAYearLater", "2028-02-29 12:00:00", 12, "2029-02-28 12:00:00"},
                    Months{"NoLeapDayIn2100", "2099-08-31 12:00:00", 6, "2100-02-28 12:00:00"},
                    // The date is that of UTC+8: in UTC this is still 30 August.
                    Months{"JustAfterMidnightInChina", "2026-08-31 00:00:00", 6, "2027-02-28 00:00:00"},
                    Months{"JustBeforeMidnightInChina", "2026-08-30 23:59:59", 6, "2027-02-28 23:59:59"},
                    // In UTC this is 31 March, 16:00, and six months from there would be clamped to 30 September.
                    Months{"FirstOfAprilInChina", "2026-04-01 00:00:00", 6, "2026-10-01 00:00:00"}),
    [](const auto& row) { return row.param.name; });

TEST(Repetition, TwoConsecutiveExceedancesDetermine) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-02-10 08:00:00")}), ElementsAre("A1-A2"));
}

TEST(Repetition, ASingleExceedanceDeterminesNothing) { EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00")}), IsEmpty()); }

TEST(Repetition, APassBreaksTheRun) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), passes('B', 1, "2026-01-20 08:00:00"), exceeds('A', 2, "2026-02-10 08:00:00")}),
              IsEmpty());
}

TEST(Repetition, AnInvalidPassageNeitherCountsNorBreaks) {
  auto invalid_pass = passes('A', 2, "2026-01-20 08:00:00");
  auto invalid_exceedance = exceeds('A', 4, "2026-03-20 08:00:00");
  invalid_pass.valid = invalid_exceedance.valid = false;
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), invalid_pass, exceeds('A', 3, "2026-02-10 08:00:00")}), ElementsAre("A1-A3"));
  EXPECT_THAT(found({exceeds('A', 3, "2026-02-10 08:00:00"), invalid_exceedance}), IsEmpty());
}

TEST(Repetition, ACaptureThatDoesNotCountStillShowsThatItsNeighboursAreOnePassage) {
  std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:00:50"), exceeds('A', 3, "2026-01-10 08:01:40")};
  EXPECT_THAT(found(events), IsEmpty());
  events[1].amended_by = EntryKey{chain_of('C'), 7};
  EXPECT_THAT(found(events), IsEmpty());
  events[1].amended_by.reset();
  events[1].rejected_by = EntryKey{chain_of('C'), 7};
  EXPECT_THAT(found(events), IsEmpty());
}

TEST(Repetition, APassageThatAPersonRejectedHasNotExceededByAnotherCapture) {
  std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:00:30"), exceeds('A', 3, "2026-02-10 08:00:00")};
  EXPECT_THAT(found(events), ElementsAre("A1-A3"));
  const std::vector rules{rule()};
  const auto made = determinations(kTruck, events, rules);
  for (const std::size_t which : {0u, 1u}) {
    auto reviewed = events;
    reviewed[which].rejected_by = EntryKey{chain_of('C'), 7};
    EXPECT_THAT(found(reviewed), IsEmpty()) << which;
    EXPECT_EQ(broken(made[0], reviewed, rules, {}), (Broken{"review_rejected", {chain_of('C'), 7}})) << which;
  }
}

TEST(Repetition, PollutantsHaveRunsOfTheirOwn) {
  auto first = exceeds('A', 1, "2026-01-10 08:00:00");
  first.judged.push_back({v1::Result::ringelmann, false, 0, 0});
  auto second = passes('A', 2, "2026-01-11 08:00:00");
  second.judged.push_back({v1::Result::ringelmann, true, 2, 1});
  auto third = exceeds('A', 3, "2026-01-12 08:00:00");
  third.judged.push_back({v1::Result::ringelmann, true, 2, 1});
  const auto all = determinations(kTruck, std::vector{first, second, third}, std::vector{rule()});
  ASSERT_THAT(names(all), ElementsAre("A2-A3"));
  EXPECT_EQ(all[0].pollutant, v1::Result::ringelmann);
}

TEST(Repetition, APassageThatDidNotJudgeThePollutantDoesNotBreakItsRun) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), event('A', 2, china("2026-01-11 08:00:00"), false, v1::Result::no),
                     exceeds('A', 3, "2026-01-12 08:00:00")}),
              ElementsAre("A1-A3"));
}

TEST(Repetition, TheLastMomentOfTheWindowIsInside) {
  const auto first = exceeds('A', 1, "2026-08-31 10:00:00");
  EXPECT_THAT(found({first, exceeds('A', 2, "2027-02-28 10:00:00")}), ElementsAre("A1-A2"));
  EXPECT_THAT(found({first, exceeds('A', 2, "2027-02-28 10:00:01")}), IsEmpty());
  auto a_microsecond_late = exceeds('A', 2, "2027-02-28 10:00:00");
  a_microsecond_late.detected += std::chrono::microseconds{1};
  EXPECT_THAT(found({first, a_microsecond_late}), IsEmpty());
}

TEST(Repetition, TheWindowBeginsAgainWithEachExceedanceThatDeterminedNothing) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-09-10 08:00:00"), exceeds('A', 3, "2026-10-10 08:00:00")}),
              ElementsAre("A2-A3"));
}

TEST(Repetition, ARunIsDeterminedOnceInAWindow) {
  std::vector<Event> events;
  for (Sequence day = 1; day <= 9; ++day) events.push_back(exceeds('A', day, "2026-01-0" + std::to_string(day) + " 08:00:00"));
  EXPECT_THAT(found(events), ElementsAre("A1-A2"));
}

TEST(Repetition, ARunThatGoesOnBehindTheWindowIsDeterminedAgain) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-11 08:00:00"), exceeds('A', 3, "2026-07-10 08:00:00"),
                     exceeds('B', 4, "2026-07-10 08:00:01"), exceeds('A', 5, "2026-08-01 08:00:00")}),
              ElementsAre("A1-A2", "B4-A5"));
}

TEST(Repetition, ARuleMayWantThree) {
  const std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('B', 1, "2026-02-10 08:00:00"), exceeds('A', 2, "2026-03-10 08:00:00")};
  EXPECT_THAT(found(events, rule(3)), ElementsAre("A1-B1-A2"));
  EXPECT_THAT(found({events[0], events[1]}, rule(3)), IsEmpty());
}

// standards.md 1.2, algorithm 5: "same plate, same site, below a minimum gap, default 60 s".
TEST(Repetition, ADoubleCaptureIsOnePassage) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:00:59")}), IsEmpty());
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:01:00")}), ElementsAre("A1-A2"));
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('B', 1, "2026-01-10 08:00:30")}), ElementsAre("A1-B1"));
}

TEST(Repetition, ADoubleCaptureThatPassedOnceIsAPass) {
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), passes('A', 2, "2026-01-10 08:00:10"), exceeds('A', 3, "2026-01-20 08:00:00")}),
              IsEmpty());
}

TEST(Repetition, ARejectedExceedanceDropsOutAndItsPassesStay) {
  auto rejected = exceeds('A', 2, "2026-01-12 08:00:00");
  rejected.rejected_by = EntryKey{chain_of('C'), 1};
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), rejected}), IsEmpty());
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), rejected, exceeds('A', 3, "2026-01-14 08:00:00")}), ElementsAre("A1-A3"));
}

TEST(Repetition, AnAmendedPassageIsNotValid) {
  auto amended = passes('A', 2, "2026-01-12 08:00:00");
  amended.amended_by = EntryKey{chain_of('A'), 9};
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), amended, exceeds('A', 3, "2026-01-14 08:00:00")}), ElementsAre("A1-A3"));
}

TEST(Repetition, PassagesUnderAnotherStandardNeitherCountNorBreak) {
  auto other = passes('A', 2, "2026-01-12 08:00:00");
  other.rule = "db11-318";
  EXPECT_THAT(found({exceeds('A', 1, "2026-01-10 08:00:00"), other, exceeds('A', 3, "2026-01-14 08:00:00")}), ElementsAre("A1-A3"));
}

TEST(Repetition, TheIdIsOfAStatedLayout) {
  const auto id = determination_id({"京A12345", "blue"}, "r", v1::Result::no, {chain_of('A'), 1}, {chain_of('B'), 258});
  const auto bytes = from_hex(to_hex(as_bytes("exhaustd.determination.v1")) +
                              "0001 72 0009 e4baac413132333435 0004 626c7565 00000006"
                              "000a 41313130313030303031 41414141414141414141414141414141 0000000000000001"
                              "000a 41313130313030303032 42424242424242424242424242424242 0000000000000102");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(to_hex(id), to_hex(sha256(*bytes)));
}

TEST(Repetition, ABodySaysAllAndReadsBack) {
  const auto all = determinations(kTruck, std::vector{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('B', 2, "2026-02-10 08:00:00")}, std::vector{rule()});
  ASSERT_EQ(all.size(), 1u);
  const auto body = to_body(all[0], sha256(as_bytes("rule")));
  EXPECT_EQ(body.exceedances(1).value(), 41.5);
  EXPECT_EQ(body.exceedances(1).limit(), 30);
  EXPECT_EQ(body.rule(), kStandard);
  const auto again = from_body(body);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, all[0]);
}

/// Every set of up to four passages at two stations, from an alphabet that holds exceedances, passes and double captures.
TEST(RepetitionProperty, TheOrderOfArrivalDoesNotMatter) {
  const std::vector alphabet{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:00:30"), passes('A', 3, "2026-01-10 08:01:10"),
                             exceeds('B', 1, "2026-01-10 08:00:00"), exceeds('B', 2, "2026-02-01 08:00:00"), passes('B', 3, "2026-02-01 08:00:00"),
                             exceeds('A', 4, "2026-07-10 08:00:00"), exceeds('A', 5, "2026-07-10 08:00:01")};
  for (unsigned set = 1; set < 1u << alphabet.size(); ++set) {
    if (std::popcount(set) > 4) continue;
    std::vector<Event> events;
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
      if (set >> i & 1u) events.push_back(alphabet[i]);
    }
    const auto expected = determinations(kTruck, events, std::vector{rule()});
    std::vector<std::size_t> order(events.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      std::vector<Event> arrived;
      for (const auto i : order) arrived.push_back(events[i]);
      ASSERT_EQ(determinations(kTruck, arrived, std::vector{rule()}), expected);
    } while (std::ranges::next_permutation(order).found);
  }
}

/// The rule said once more, the long way: for distinct times, one pollutant and no double captures.
std::vector<std::string> the_long_way(std::vector<Event> events) {
  std::ranges::sort(events, {}, &Event::detected);
  std::erase_if(events, [](const Event& one) { return !one.valid || one.amended_by || (one.judged[0].exceeded && one.rejected_by); });
  std::vector<std::string> names;
  WallTime covered{};
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!events[i].judged[0].exceeded) covered = {};
    else if (events[i].detected > covered && i + 1 < events.size() && events[i + 1].judged[0].exceeded &&
             events[i + 1].detected <= add_months(events[i].detected, 6)) {
      names.push_back(events[i].record_number + "-" + events[i + 1].record_number);
      covered = add_months(events[i].detected, 6);
    }
  }
  return names;
}

TEST(RepetitionProperty, AgreesWithTheRuleSaidTheLongWay) {
  std::mt19937 random(4711);
  std::size_t determined = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<Event> events;
    const auto count = random() % 12;
    for (Sequence n = 1; n <= count; ++n) {
      auto one = event(static_cast<char>('A' + random() % 3), n, china("2026-01-01 00:00:00") + std::chrono::minutes{random() % 1'000'000 * 2 + n % 2},
                       random() % 3 != 0);
      one.detected += std::chrono::seconds{n};
      if (random() % 8 == 0) one.valid = false;
      if (random() % 8 == 0) one.rejected_by = EntryKey{chain_of('Z'), n};
      if (random() % 8 == 0) one.amended_by = EntryKey{chain_of('Z'), n};
      events.push_back(one);
    }
    const auto names = found(events);
    ASSERT_EQ(names, the_long_way(events));
    determined += names.size();
  }
  EXPECT_GT(determined, 1000u);
}

struct Break {
  std::string name;
  std::function<void(std::vector<Event>&)> happens;
  std::optional<Broken> why;
};

class Withdrawal : public testing::TestWithParam<Break> {};

TEST_P(Withdrawal, CitesWhatBrokeTheRun) {
  std::vector events{exceeds('A', 2, "2026-01-10 08:00:00"), exceeds('A', 4, "2026-02-10 08:00:00")};
  const std::vector rules{rule()};
  const auto made = determinations(kTruck, events, rules);
  ASSERT_EQ(made.size(), 1u);
  GetParam().happens(events);
  EXPECT_EQ(broken(made[0], events, rules, determinations(kTruck, events, rules)), GetParam().why);
}

const EntryKey kCause{chain_of('C'), 7};

INSTANTIATE_TEST_SUITE_P(
    Causes, Withdrawal,
    testing::Values(Break{"Nothing", [](auto&) {}, std::nullopt},
                    Break{"LatePass", [](auto& events) { events.push_back(passes('C', 7, "2026-01-20 08:00:00")); }, Broken{"late_pass", kCause}},
                    Break{"PassBefore", [](auto& events) { events.push_back(passes('C', 7, "2026-01-09 08:00:00")); }, std::nullopt},
                    Break{"PassAfter", [](auto& events) { events.push_back(passes('C', 7, "2026-02-11 08:00:00")); }, std::nullopt},
                    Break{"PassOfTheSamePassage", [](auto& events) { events.push_back(passes('A', 7, "2026-01-10 07:59:30")); },
                          Broken{"late_pass", {chain_of('A'), 7}}},
                    Break{"Rejection", [](auto& events) { events[1].rejected_by = kCause; }, Broken{"review_rejected", kCause}},
                    Break{"Amendment", [](auto& events) { events[0].amended_by = kCause; }, Broken{"amendment", kCause}},
                    Break{"EarlierExceedance", [](auto& events) { events.push_back(exceeds('C', 7, "2026-01-05 08:00:00")); }, Broken{"superseded", kCause}},
                    Break{"ExceedanceBetween", [](auto& events) { events.push_back(exceeds('C', 7, "2026-01-15 08:00:00")); }, Broken{"superseded", kCause}},
                    Break{"ExceedanceAfter", [](auto& events) { events.push_back(exceeds('C', 7, "2026-02-15 08:00:00")); }, std::nullopt},
                    Break{"EarlierCaptureOfTheFirst", [](auto& events) { events.push_back(exceeds('A', 1, "2026-01-10 07:59:50")); },
                          Broken{"superseded", {chain_of('A'), 1}}},
                    Break{"KeptNoMore", [](auto& events) { events.clear(); }, std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(Withdrawal, OfTwoExceedancesThatALateCaptureMakesOne) {
  std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-01-10 08:01:30")};
  const std::vector rules{rule()};
  const auto made = determinations(kTruck, events, rules);
  ASSERT_EQ(made.size(), 1u);
  events.push_back(exceeds('A', 7, "2026-01-10 08:00:45"));
  EXPECT_EQ(broken(made[0], events, rules, determinations(kTruck, events, rules)), (Broken{"double_capture", {chain_of('A'), 7}}));
}

TEST(Withdrawal, IsNotBecauseTheRuleChanged) {
  const std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-05-10 08:00:00")};
  const auto made = determinations(kTruck, events, std::vector{rule()});
  ASSERT_EQ(made.size(), 1u);
  for (const auto& rules : {std::vector{rule(2, 3)}, std::vector{rule(3)}, std::vector<Rule>{}}) {
    EXPECT_EQ(broken(made[0], events, rules, determinations(kTruck, events, rules)), std::nullopt);
  }
}

}  // namespace
}  // namespace exhaust::projection
