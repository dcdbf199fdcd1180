// Rates, thresholds, tiers, and the accounts of a real ledger.
#include <gmock/gmock.h>

#include <fstream>
#include <future>

#include "daemon/projection/accounts.hpp"
#include "tests/daemon/ledger/sqlite/ledger_words.hpp"
#include "tests/daemon/projection/book.hpp"

namespace exhaust::projection {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

v1::TierAccount tier(std::uint64_t stored, std::uint64_t accepted, std::uint64_t pending) {
  v1::TierAccount account;
  account.set_name("city");
  account.set_stored(stored);
  account.set_accepted(accepted);
  account.set_pending(pending);
  return account;
}

TEST(AccountsReport, ATierThatDoesNotCloseSaysSoWithItsNumbers) {
  const auto closed = report({}, {tier(10, 7, 3)}, false, {});
  ASSERT_TRUE(closed);
  EXPECT_TRUE(closed->closes());
  const auto open = report({}, {tier(10, 7, 2)}, false, {});
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->closes());
  EXPECT_THAT(open->problems(), ElementsAre("tier city: stored 10 is not accepted 7 + withheld 0 + pending 2 + quarantined 0 + expired 0 + damaged 0 = 9"));
}

TEST(AccountsReport, ASumThatClosesOnlyByRunningOverDoesNotClose) {
  const auto reply = report({}, {tier(10, 12, std::uint64_t(0) - 2)}, false, {});
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->closes());
}

/// networking.md 6: capture = records / triggers, valid = pdjg in {0,1} / records, recognition = plausible plate / records.
TEST(AccountsReport, HasTheRatesOfNetworking6) {
  const auto noon = at("2026-11-23 12:00:00"), night = at("2026-11-23 22:00:00");
  Story story;
  story.passage(vehicle(1, 1, noon)).passage(vehicle(1, 2, noon, v1::FAIL)).passage(vehicle(1, 3, noon, v1::INVALID));
  auto unreadable = vehicle(1, 4, noon, v1::NOT_JUDGED);
  unreadable.mutable_assessment()->mutable_validity()->set_valid(false);  // for whom there is no standard
  unreadable.mutable_plate()->clear_text();
  story.passage(unreadable).gap(missed(1, "gate_silent", 5, 5, noon, noon));
  auto garbled = vehicle(1, 6, night);
  garbled.mutable_plate()->set_class_("unknown");
  story.passage(garbled).passage(vehicle(1, 7, night));
  const auto reply = Book(story).reply();
  const auto& rates = reply.lanes(0).rates();
  EXPECT_DOUBLE_EQ(rates.capture(), 100.0 * 6 / 7);
  EXPECT_DOUBLE_EQ(rates.valid(), 100.0 * 4 / 6) << "not judged and not valid is one vehicle, not two";
  EXPECT_DOUBLE_EQ(rates.recognition_day(), 75);
  EXPECT_DOUBLE_EQ(rates.recognition_night(), 50);
  EXPECT_THAT(reply.below(), ElementsAre("station A110119001, lane 1: capture rate 85.7 % is below 90 %",
                                         "station A110119001, lane 1: recognition rate by day 75.0 % is below 95 %",
                                         "station A110119001, lane 1: recognition rate by night 50.0 % is below 90 %"));
  EXPECT_TRUE(reply.closes()) << "a rate is no equation";
}

TEST(AccountsReport, DayAndNightAreSettings) {
  Story story;
  story.passage(vehicle(1, 1, at("2026-11-23 05:59:59"))).passage(vehicle(1, 2, at("2026-11-23 06:00:00")));
  story.passage(vehicle(1, 3, at("2026-11-23 17:59:59"))).passage(vehicle(1, 4, at("2026-11-23 18:00:00")));
  Book book(story);
  const auto hours = [&](AccountsSettings settings) {
    std::string days;
    const auto reply = book.reply(true, {}, settings);
    for (const auto& line : reply.lanes()) days += line.rates().has_recognition_day() ? 'd' : 'n';
    return days;
  };
  EXPECT_EQ(hours({}), "nddn");
  EXPECT_EQ(hours({.day_begins_hour = 5, .day_ends_hour = 17}), "ddnn");
}

TEST(AccountsReport, NoRateIsInventedWhereNothingWasMeasured) {
  Story story;
  story.gap(missed(1, "station_stopped", 1, 3, at("2026-11-23 05:59:59"), at("2026-11-23 06:00:00")));
  const auto rates = Book(story).reply().lanes(0).rates();
  EXPECT_TRUE(rates.has_capture());
  EXPECT_EQ(rates.capture(), 0);
  EXPECT_FALSE(rates.has_valid());
  EXPECT_FALSE(rates.has_recognition_day());
  EXPECT_FALSE(rates.has_recognition_night());
}

TEST(AccountsReport, SentencesAreBoundedAndTheLastOneCountsTheRest) {
  Story story;
  std::uint64_t number = 1;
  for (int hour = 0; hour < kMostAccountSentences + 7; ++hour) story.passage(vehicle(1, number += 2, at("2026-11-23 00:00:00") + hour * kHour_us));
  const auto reply = Book(story).reply();
  EXPECT_THAT(reply.problems(), SizeIs(kMostAccountSentences + 1));
  EXPECT_EQ(reply.problems(kMostAccountSentences), "and 6 more equations do not close");
}

TEST(AccountsReport, MoreLinesThanAnAnswerTakesAreRefused) {
  AccountsRows rows;
  rows.hours.resize(kMostAccountLines + 1);
  const auto reply = report(rows, {}, true, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kRefused);
  EXPECT_TRUE(report(rows, {}, false, {}));
}

class AccountsFileTest : public testing::Test {
 protected:
  AccountsFileTest() {
    ledger::LedgerSettings settings;
    settings.folder = folder_.path() / "ledger";
    ledger_ = std::move(*ledger::open(settings, kStation));
  }
  void drive(std::uint64_t number) {
    const auto body = vehicle(1, number, at("2026-11-23 12:00:00"));
    ASSERT_TRUE(ledger::append(*ledger_, ledger::draft(body.SerializeAsString(), v1::Entry::passage)));
  }
  void start() {
    accounts_ = std::make_unique<Accounts>(*ledger_, file_, AccountsSettings{});
    accounts_->start();
  }
  v1::AccountsReply get() {
    std::promise<Result<v1::AccountsReply>> promise;
    accounts_->get({}, {}, [&](Result<v1::AccountsReply> reply) { promise.set_value(std::move(reply)); });
    auto reply = promise.get_future().get();
    EXPECT_TRUE(reply) << reply.error().detail;
    return reply.value_or(v1::AccountsReply{});
  }

  ledger::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "accounts.sqlite";
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<Accounts> accounts_;
};

TEST_F(AccountsFileTest, WhatIsInTheLedgerWhenItIsAskedIsInTheAnswer) {
  start();
  for (std::uint64_t number = 1; number <= 50; ++number) {
    drive(number);
    const auto reply = get();
    ASSERT_EQ(reply.total().passages(), number);
    ASSERT_GE(reply.position(), reply.newest_position());
  }
}

TEST_F(AccountsFileTest, ALostOrDamagedFileIsBuiltAgainWithTheSameResult) {
  for (std::uint64_t number = 1; number <= 9; ++number) drive(number);
  start();
  const auto before = get();
  EXPECT_EQ(before.total().passages(), 9u);
  accounts_.reset();
  start();
  EXPECT_EQ(get().DebugString(), before.DebugString()) << "as it was";
  EXPECT_EQ(accounts_->progress().rebuilds, 0u);
  accounts_.reset();
  std::ofstream(file_, std::ios::trunc) << "no file of accounts, and long enough to be read as a page of one";
  std::filesystem::remove(file_.string() + "-wal");
  start();
  EXPECT_EQ(get().DebugString(), before.DebugString()) << "damaged";
  EXPECT_GT(accounts_->progress().rebuilds, 0u);
  accounts_.reset();
  std::filesystem::remove(file_);
  start();
  EXPECT_EQ(get().DebugString(), before.DebugString()) << "lost";
}

}  // namespace
}  // namespace exhaust::projection
