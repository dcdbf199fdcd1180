#include "daemon/app/reviews.hpp"

#include <gmock/gmock.h>

#include <future>

#include "tests/daemon/ledger/sqlite/ledger_words.hpp"

namespace exhaust::app {
namespace {

using testing::HasSubstr;

class ReviewsTest : public testing::Test {
 protected:
  ReviewsTest() {
    ledger::LedgerSettings settings;
    settings.folder = folder_.path() / "ledger";
    ledger_ = std::move(*ledger::open(settings));
  }

  static v1::Passage exceedance() {
    v1::Passage passage;
    passage.mutable_assessment()->mutable_validity()->set_valid(true);
    auto& result = *passage.mutable_assessment()->add_results();
    result.set_value(40);
    result.set_exceeded(true);
    return passage;
  }
  Sequence store(const v1::Passage& passage) { return ledger::append(*ledger_, ledger::draft(passage.SerializeAsString())).value_or(0); }

  Result<v1::ReviewReply> give(std::uint64_t sequence, const std::string& reason = "blurred plate", const std::string& station = "") {
    v1::ReviewRequest request;
    request.set_station_id(station);
    request.set_sequence(sequence);
    request.set_reason(reason);
    request.set_actor("li");
    std::promise<Result<v1::ReviewReply>> promise;
    give_review(*ledger_, clock_, request, [&](auto answer) { promise.set_value(std::move(answer)); });
    return promise.get_future().get();
  }
  std::string refusal(std::uint64_t sequence, const std::string& reason = "blurred plate", const std::string& station = "") {
    const auto reply = give(sequence, reason, station);
    return reply ? "taken" : reply.error().detail;
  }

  ledger::TemporaryFolder folder_;
  ManualClock clock_;
  std::unique_ptr<ledger::Ledger> ledger_;
};

TEST_F(ReviewsTest, BecomeAnEntryThatCitesThePassage) {
  const auto sequence = store(exceedance());
  const auto reply = give(sequence);
  ASSERT_TRUE(reply) << reply.error().detail;
  const auto entries = ledger::read(*ledger_, reply->sequence());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]->kind, static_cast<std::uint32_t>(v1::Entry::review));
  v1::Review review;
  ASSERT_TRUE(review.ParseFromString(*entries[0]->payload));
  EXPECT_EQ(review.actor(), "li");
  EXPECT_FALSE(review.confirmed());
  EXPECT_EQ(projection::from_citation(review.passage()), (projection::EntryKey{ledger_->own_chain()->key, sequence}));
}

TEST_F(ReviewsTest, AreOfPassagesThatExceedOnly) {
  auto passes = exceedance();
  passes.mutable_assessment()->mutable_results(0)->set_exceeded(false);
  auto invalid = exceedance();
  invalid.mutable_assessment()->mutable_validity()->set_valid(false);
  EXPECT_THAT(refusal(store(passes)), HasSubstr("exceeds nothing"));
  EXPECT_THAT(refusal(store(invalid)), HasSubstr("is not valid"));
  const auto event = ledger::append(*ledger_, ledger::draft("", v1::Entry::device_event)).value_or(0);
  EXPECT_THAT(refusal(event), HasSubstr("is a device_event"));
  EXPECT_THAT(refusal(99), HasSubstr("there is no entry 99"));
  EXPECT_THAT(refusal(1, "blurred plate", "A999999999"), HasSubstr("nothing of station A999999999"));
}

TEST_F(ReviewsTest, NeedAReason) {
  const auto sequence = store(exceedance());
  EXPECT_THAT(refusal(sequence, ""), HasSubstr("needs a reason"));
  EXPECT_THAT(refusal(sequence, std::string(3000, 'x')), HasSubstr("needs a reason"));
}

TEST_F(ReviewsTest, AtAHubAreOfAStationsNewestLedger) {
  ledger::Feeder old("A110119001", 1), fresh("A110119001", 2);
  v1::Passage passes;
  ASSERT_TRUE(ledger::append(*ledger_, old.next({passes.SerializeAsString()}, v1::Entry::passage, 10)));
  ASSERT_TRUE(ledger::append(*ledger_, fresh.next({exceedance().SerializeAsString()}, v1::Entry::passage, 20)));
  const auto reply = give(1, "blurred plate", "A110119001");
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(projection::from_citation(reply->review().passage())->chain, fresh.header->key);
}

TEST(HistorySettings, TakeTheRulesOfTheStandardsThatAreNamed) {
  settings::Settings settings;
  settings.ledger.folder = "/l";
  settings.determinations.make = true;
  EXPECT_TRUE(history_settings(settings).rules.empty());
  assessment::Standard one, other;
  one.id = "one";
  settings.standards = assessment::StandardSet({one});
  EXPECT_TRUE(history_settings(settings).rules.empty()) << "it determines nothing";
  one.repetition.emplace().months = 3;
  other.id = "one";
  other.effective_from = std::chrono::year(2010) / 1 / 1;
  one.effective_from = std::chrono::year(2020) / 1 / 1;
  one.hash.fill(1);
  other.hash.fill(2);
  other.repetition.emplace().months = 12;
  settings.standards = assessment::StandardSet({one, other});
  const auto history = history_settings(settings);
  ASSERT_EQ(history.rules.size(), 1u);
  EXPECT_EQ(history.rules[0].id, "one");
  EXPECT_EQ(history.rules[0].repetition.months, 3u);
  EXPECT_EQ(history.rules[0].hash, one.hash) << "the newest text's, whatever the order";
  EXPECT_EQ(history.rules[0].earlier, std::vector{other.hash});
  EXPECT_TRUE(history.make);
  EXPECT_EQ(history.file, "/l/history.sqlite");

  auto silent = one;
  silent.repetition.reset();
  settings.standards = assessment::StandardSet({silent, other});
  EXPECT_TRUE(history_settings(settings).rules.empty()) << "the newest text determines nothing any more";
  one.example = true;
  settings.standards = assessment::StandardSet({one});
  EXPECT_TRUE(history_settings(settings).rules.empty()) << "an example is no law";
  settings.station.simulated = true;
  EXPECT_EQ(history_settings(settings).rules.size(), 1u);
}

}  // namespace
}  // namespace exhaust::app
