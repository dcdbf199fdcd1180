// triggered = passages + missed: what entries say, hour by hour.
#include <gmock/gmock.h>

#include "tests/daemon/projection/book.hpp"

namespace exhaust::projection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// "1: 12 = 10 + 2" for each line of an answer.
std::vector<std::string> sums(const v1::AccountsReply& reply) {
  std::vector<std::string> lines;
  for (const auto& lane : reply.lanes()) {
    lines.push_back(std::to_string(lane.lane()) + ": " + std::to_string(lane.triggered()) + (lane.closes() ? " = " : " != ") +
                    std::to_string(lane.passages()) + " + " + std::to_string(lane.missed()));
  }
  return lines;
}

TEST(Accounts, OfALaneAreTheGatesNumbersOnOneSideAndEntriesOnTheOther) {
  const auto noon = at("2026-11-23 12:00:00");
  Story story;
  story.begins(1, 100, noon);
  story.passage(vehicle(1, 101, noon)).passage(vehicle(1, 102, noon, v1::FAIL));
  story.gap(missed(1, "gate_silent", 103, 105, noon, noon + 60 * kSecond_us));
  story.passage(vehicle(1, 106, noon + 61 * kSecond_us, v1::INVALID)).passage(vehicle(1, 107, noon + 62 * kSecond_us, v1::NOT_JUDGED));
  const auto reply = Book(story).reply();
  EXPECT_TRUE(reply.closes());
  ASSERT_THAT(sums(reply), ElementsAre("1: 7 = 4 + 3"));
  const auto& lane = reply.lanes(0);
  EXPECT_EQ(lane.station_id(), kStation);
  EXPECT_EQ(lane.line(), "01");
  EXPECT_EQ(lane.valid(), 3u);
  EXPECT_EQ(lane.flagged(), 1u);
  EXPECT_EQ(lane.failed(), 1u);
  EXPECT_EQ(lane.not_judged(), 1u);
  EXPECT_EQ(lane.plate_read(), 4u);
  EXPECT_EQ(lane.gap_s(), 60);
  ASSERT_EQ(lane.invalid_size(), 1);
  EXPECT_EQ(lane.invalid(0).reason(), "NO_PLUME");
}

TEST(Accounts, GoByHoursOfShanghaiAcrossMidnight) {
  const auto before = at("2026-11-23 23:59:59"), after = at("2026-11-24 00:00:00");
  Story story;
  story.passage(vehicle(1, 1, before)).passage(vehicle(1, 2, after - 1)).passage(vehicle(1, 3, after)).passage(vehicle(1, 4, after + 3599 * kSecond_us));
  const auto reply = Book(story).reply(true);
  EXPECT_THAT(sums(reply), ElementsAre("1: 2 = 2 + 0", "1: 2 = 2 + 0"));
  EXPECT_EQ(reply.lanes(0).hour().seconds() * kSecond_us, at("2026-11-23 23:00:00"));
  EXPECT_EQ(reply.lanes(1).hour().seconds() * kSecond_us, after);
  EXPECT_EQ(reply.total().triggered(), 4u);
}

TEST(Accounts, OfARangeAreOfTheHoursThatBeginInIt) {
  Story story;
  for (int hour = 10; hour < 14; ++hour) story.passage(vehicle(1, static_cast<std::uint64_t>(hour), at("2026-11-23 " + std::to_string(hour) + ":30:00")));
  Book book(story);
  v1::AccountsRequest request;
  *request.mutable_from() = stamp(at("2026-11-23 10:30:00"));
  *request.mutable_to() = stamp(at("2026-11-23 13:00:00"));
  const auto reply = book.reply(true, request);
  ASSERT_EQ(reply.lanes_size(), 2);
  EXPECT_EQ(reply.lanes(0).hour().seconds() * kSecond_us, at("2026-11-23 11:00:00"));
  request.set_station_id("A110119002");
  EXPECT_EQ(book.reply(true, request).lanes_size(), 0);
}

TEST(Accounts, SayWhichVehicleIsInNoEntryAndWhere) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  for (std::uint64_t number = 1; number <= 6; ++number) story.passage(vehicle(2, number, ten + static_cast<std::int64_t>(number) * 20 * 60 * kSecond_us));
  ASSERT_TRUE(Book(story).reply().closes());
  const auto reply = Book(story.without(4)).reply(true);
  EXPECT_FALSE(reply.closes());
  EXPECT_THAT(sums(reply), ElementsAre("2: 2 = 2 + 0", "2: 3 != 2 + 0", "2: 1 = 1 + 0")) << "number 4 went by at 11:20";
  ASSERT_EQ(reply.problems_size(), 1);
  EXPECT_EQ(reply.problems(0), "station A110119001, lane 2, 2026-11-23 11:00 (UTC+8): triggered 3 is not passages 2 + missed 0 = 2; "
                               "number 4 is in no entry (between the lane's entries 3 and 4)");
  EXPECT_FALSE(reply.total().closes());
}

TEST(Accounts, SayThatAVehicleIsInTwoEntries) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(vehicle(1, 2, ten)).passage(vehicle(1, 3, ten)).passage(vehicle(1, 2, ten)).passage(vehicle(1, 4, ten));
  const auto reply = Book(story).reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 4 != 5 + 0"));
  ASSERT_EQ(reply.problems_size(), 1);
  EXPECT_THAT(reply.problems(0), HasSubstr("number 2 is told again by entry 4"));
}

TEST(Accounts, DoNotCloseByTwoMistakesInOneHour) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(vehicle(1, 1, ten)).passage(vehicle(1, 3, ten));
  const auto reply = Book(story).reply();
  EXPECT_EQ(reply.total().triggered(), reply.total().passages() + reply.total().missed());
  EXPECT_FALSE(reply.closes());
  ASSERT_EQ(reply.problems_size(), 1);
  EXPECT_THAT(reply.problems(0), HasSubstr("number 1 is told again by entry 2; number 2 is in no entry"));
}

TEST(Accounts, ARestartedGateCountsFromOneAndWhatItDidNotCountIsSaidInWords) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 500, ten));
  story.gap(missed(1, "gate_restarted", 1, 3, ten, ten + 600 * kSecond_us));
  story.passage(vehicle(1, 4, ten + 600 * kSecond_us));
  const auto reply = Book(story).reply();
  EXPECT_TRUE(reply.closes());
  EXPECT_THAT(sums(reply), ElementsAre("1: 5 = 2 + 3"));
  EXPECT_EQ(reply.lanes(0).restarts(), 1u);
  ASSERT_EQ(reply.remarks_size(), 1);
  EXPECT_EQ(reply.remarks(0), "station A110119001, lane 1: the gate's count began again between 2026-11-23 10:00:00 and 2026-11-23 10:10:00 (UTC+8): "
                              "how many vehicles went by in between without being counted is not known");
}

TEST(Accounts, ARestartIsSeenAtNumberOneWithoutAGap) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 2, ten)).passage(vehicle(1, 3, ten)).passage(vehicle(1, 1, ten + kSecond_us)).passage(vehicle(1, 2, ten + 2 * kSecond_us));
  const auto reply = Book(story).reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 4 = 4 + 0"));
  EXPECT_EQ(reply.lanes(0).restarts(), 1u);
}

TEST(Accounts, ACountThatJumpedIsMissed) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 7, ten));
  story.gap(missed(1, "gate_count_jumped", 8, 5007, ten, ten + kSecond_us));
  story.passage(vehicle(1, 5008, ten + kSecond_us));
  EXPECT_THAT(sums(Book(story).reply()), ElementsAre("1: 5002 = 2 + 5000"));
}

TEST(Accounts, WhoWasMissedAcrossHoursCountsWhenItWasToldAndIsSaidInWords) {
  const auto from = at("2026-11-23 10:50:00"), to = at("2026-11-23 13:05:00");
  Story story;
  story.passage(vehicle(1, 1, from));
  story.gap(missed(1, "station_stopped", 2, 41, from, to));
  story.passage(vehicle(1, 42, to));
  Book book(story);
  const auto reply = book.reply(true);
  EXPECT_TRUE(reply.closes());
  EXPECT_THAT(sums(reply), ElementsAre("1: 1 = 1 + 0", "1: 0 = 0 + 0", "1: 0 = 0 + 0", "1: 41 = 1 + 40"));
  EXPECT_EQ(reply.lanes(0).gap_s(), 600);
  EXPECT_EQ(reply.lanes(1).gap_s(), 3600);
  EXPECT_EQ(reply.lanes(3).gap_s(), 300);
  ASSERT_EQ(reply.remarks_size(), 1);
  EXPECT_THAT(reply.remarks(0), HasSubstr("40 vehicles missed between 2026-11-23 10:50:00 and 2026-11-23 13:05:00 (UTC+8) count in the hour of 2026-11-23 13:00"));
  v1::AccountsRequest of_noon;
  *of_noon.mutable_from() = stamp(at("2026-11-23 12:00:00"));
  *of_noon.mutable_to() = stamp(at("2026-11-23 13:00:00"));
  EXPECT_EQ(book.reply(true, of_noon).remarks_size(), 1) << "some of them may be of this hour";
}

TEST(Accounts, OverlappingGapsCountTheirTimeOnce) {
  const auto ten = at("2026-11-23 10:00:00");
  const auto minute = [&](int minutes) { return ten + minutes * 60 * kSecond_us; };
  Story story;
  const auto dark = [&](int from, int to) {
    auto stretch = gap(1, "instrument_down", minute(from), minute(to));
    stretch.set_missed(0);
    story.gap(stretch);
  };
  dark(10, 20);
  dark(40, 50);
  dark(5, 12);
  dark(15, 45);
  dark(45, 48);
  EXPECT_EQ(Book(story).reply().lanes(0).gap_s(), 45 * 60);
}

TEST(Accounts, AGateThatIsDownIsUnknownUntilItsCountTells) {
  const auto ten = at("2026-11-23 10:30:00");
  const auto later = ten + 3600 * kSecond_us;
  Story story;
  story.passage(vehicle(1, 1, ten));
  story.gap(gap(1, "gate_down", ten, at("2026-11-23 11:00:00"))).gap(gap(1, "gate_down", at("2026-11-23 11:00:00"), later));
  Book book(story);
  const auto reply = book.reply();
  EXPECT_TRUE(reply.closes());
  ASSERT_EQ(reply.remarks_size(), 1) << "one stretch, told in two parts";
  EXPECT_THAT(reply.remarks(0), HasSubstr("between 2026-11-23 10:30:00 and 2026-11-23 11:30:00 (UTC+8), and no entry has told of its count since"));
  const auto told = story.entries().size();
  story.gap(missed(1, "gate_silent", 2, 9, ten, later + kSecond_us)).passage(vehicle(1, 10, later + kSecond_us));
  book.take(story, told, story.entries().size());
  const auto known = book.reply();
  EXPECT_THAT(sums(known), ElementsAre("1: 10 = 2 + 8"));
  ASSERT_EQ(known.remarks_size(), 1);
  EXPECT_THAT(known.remarks(0), HasSubstr("8 vehicles missed"));
}

TEST(Accounts, VehiclesThatTheLedgerRefusedFillTheHolesBeforeThem) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.begins(1, 0, ten);
  story.passage(vehicle(1, 1, ten)).passage(vehicle(1, 3, ten));  // 2 was refused, and 4 to 6
  Book book(story);
  EXPECT_FALSE(book.reply().closes()) << "until the gap tells";
  story.gap(refused(1, 4, 6, ten + kSecond_us)).passage(vehicle(1, 7, ten + 2 * kSecond_us));
  const auto reply = Book(story).reply();
  EXPECT_TRUE(reply.closes()) << reply.DebugString();
  EXPECT_THAT(sums(reply), ElementsAre("1: 7 = 3 + 4"));
}

TEST(Accounts, VehiclesRefusedInAnotherHourMoveThere) {
  const auto end = at("2026-11-23 10:59:59"), begin = at("2026-11-23 11:00:01");
  Story story;
  story.passage(vehicle(1, 1, end)).passage(vehicle(1, 3, begin)).gap(refused(1, 1, 2, end)).passage(vehicle(1, 4, begin));
  EXPECT_THAT(sums(Book(story).reply(true)), ElementsAre("1: 2 = 1 + 1", "1: 2 = 2 + 0"));
}

TEST(Accounts, MoreRefusedThanCountedDoesNotClose) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).gap(refused(1, 9, 4, ten));
  const auto reply = Book(story).reply();
  EXPECT_FALSE(reply.closes());
  ASSERT_EQ(reply.problems_size(), 1);
  EXPECT_THAT(reply.problems(0), HasSubstr("entry 2 tells of 6 missed vehicles that the gate did not count"));
}

TEST(Accounts, ARestartAmongRefusedVehiclesCloses) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  // 501 and 502 were refused, then the gate began again, and its first five.
  story.passage(vehicle(1, 500, ten)).gap(refused(1, 7, 5, ten)).passage(vehicle(1, 6, ten));
  const auto reply = Book(story).reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 9 = 2 + 7"));
  EXPECT_TRUE(reply.closes());
}

TEST(Accounts, WithheldPassagesAreFoundByTheNumbersAroundThem) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(vehicle(2, 1, ten));
  for (int i = 0; i < 5; ++i) story.without_content(v1::Entry::passage, ten);  // three of lane 1, two of lane 2
  story.passage(vehicle(1, 5, ten));
  Book book(story);
  auto reply = book.reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 5 = 5 + 0", "2: 1 = 1 + 0"));
  EXPECT_EQ(reply.lanes(0).unread(), 3u);
  ASSERT_EQ(reply.remarks_size(), 1);
  EXPECT_THAT(reply.remarks(0), HasSubstr("2 passages and 0 gaps whose content is not here"));
  const auto told = story.entries().size();
  story.passage(vehicle(2, 4, ten));
  book.take(story, told, story.entries().size());
  reply = book.reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 5 = 5 + 0", "2: 4 = 4 + 0"));
  EXPECT_EQ(reply.remarks_size(), 0);
  EXPECT_TRUE(reply.closes());
}

TEST(Accounts, AWithheldGapMissedWhatIsLeft) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).without_content(v1::Entry::gap, ten).without_content(v1::Entry::passage, ten).passage(vehicle(1, 9, ten));
  const auto reply = Book(story).reply();
  EXPECT_TRUE(reply.closes());
  EXPECT_THAT(sums(reply), ElementsAre("1: 9 = 3 + 6"));
}

TEST(Accounts, ARestartInAWithheldGapIsNoDoubleTelling) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 50, ten)).without_content(v1::Entry::gap, ten).passage(vehicle(1, 20, ten));
  EXPECT_THAT(sums(Book(story).reply()), ElementsAre("1: 21 = 2 + 19"));
}

TEST(Accounts, AHubKeepsStationsApart) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.of("A110119001").passage(vehicle(1, 1, ten));
  story.of("A110119002").passage(vehicle(1, 900, ten));
  story.of("A110119001").passage(vehicle(1, 2, ten));
  story.of("A110119002").passage(vehicle(1, 901, ten)).passage(vehicle(1, 902, ten));
  const auto reply = Book(story).reply();
  EXPECT_TRUE(reply.closes());
  EXPECT_THAT(sums(reply), ElementsAre("1: 2 = 2 + 0", "1: 3 = 3 + 0"));
}

TEST(Accounts, ALedgerThatWasBegunAnewGoesOnInTheSameHour) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.of(kStation, 1).passage(vehicle(1, 1, ten)).passage(vehicle(1, 2, ten));
  story.of(kStation, 2).begins(1, 700, ten).passage(vehicle(1, 701, ten));
  EXPECT_THAT(sums(Book(story).reply(true)), ElementsAre("1: 3 = 3 + 0"));
}

TEST(Accounts, AnEntryThatIsFedAgainCountsOnce) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(vehicle(1, 2, ten));
  Book book(story);
  book.take(story, 0, 2);
  EXPECT_THAT(sums(book.reply()), ElementsAre("1: 2 = 2 + 0"));
  EXPECT_EQ(book.store().fed_again(), 2u);
}

TEST(Accounts, LateEntriesGoIntoTheirOwnHour) {
  Story story;
  story.of("A110119001").passage(vehicle(1, 1, at("2026-11-23 15:00:00")));
  story.of("A110119002").passage(vehicle(1, 1, at("2026-11-20 08:00:00")));
  const auto reply = Book(story).reply(true);
  ASSERT_EQ(reply.lanes_size(), 2);
  EXPECT_EQ(reply.lanes(1).hour().seconds() * kSecond_us, at("2026-11-20 08:00:00"));
}

TEST(Accounts, HostileNumbersAreLeftOutAndSaid) {
  const auto ten = at("2026-11-23 10:00:00");
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(vehicle(1, kMost, ten));
  story.gap(missed(1, "gate_silent", 0, kMost, ten, ten)).gap(missed(1, "gate_silent", 9, 2, ten, ten)).gap(refused(1, kMost, kMost, ten));
  auto endless = gap(1, "camera_down", std::numeric_limits<std::int32_t>::min() * kSecond_us, at("2226-11-23 10:00:00"));
  endless.set_missed(0);
  story.gap(endless);
  story.passage(vehicle(1, 2, ten));
  Book book(story);
  const auto reply = book.reply();
  EXPECT_FALSE(reply.closes());
  EXPECT_EQ(reply.total().triggered(), 2u);
  EXPECT_EQ(reply.total().passages(), 3u);
  EXPECT_EQ(reply.total().missed(), 0u);
  EXPECT_EQ(reply.problems_size(), 1);
  EXPECT_LE(reply.total().gap_s(), 400 * 86400.0);
}

TEST(Accounts, BytesThatAreNoPassageAreAPassageWithoutContent) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 1, ten)).add(v1::Entry::passage, "\xff\xff\xff", ten).passage(vehicle(1, 3, ten));
  EXPECT_THAT(sums(Book(story).reply()), ElementsAre("1: 3 = 3 + 0"));
}

TEST(Accounts, APassageWithoutANumberIsItsOwnWitness) {
  const auto ten = at("2026-11-23 10:00:00");
  Story story;
  story.passage(vehicle(1, 0, ten)).passage(vehicle(1, 0, ten));
  const auto reply = Book(story).reply();
  EXPECT_THAT(sums(reply), ElementsAre("1: 2 = 2 + 0"));
  ASSERT_EQ(reply.remarks_size(), 1);
  EXPECT_THAT(reply.remarks(0), HasSubstr("2 passages without a number"));
}

TEST(Accounts, AuditVehiclesAreNoTraffic) {
  const auto ten = at("2026-11-23 10:00:00");
  auto audit = vehicle(1, 2, ten, v1::FAIL);
  audit.set_purpose(v1::Passage::audit);
  Story story;
  story.passage(vehicle(1, 1, ten)).passage(audit);
  const auto reply = Book(story).reply();
  EXPECT_EQ(reply.lanes(0).passages(), 2u);
  EXPECT_EQ(reply.lanes(0).audits(), 1u);
  EXPECT_EQ(reply.lanes(0).failed(), 0u);
  EXPECT_EQ(reply.lanes(0).rates().valid(), 100);
}

}  // namespace
}  // namespace exhaust::projection
