#include "daemon/projection/history.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <future>
#include <random>

#include "tests/daemon/ledger/sqlite/ledger_words.hpp"
#include "tests/daemon/projection/vehicles.hpp"

namespace exhaust::projection {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A ledger that takes no appends of our own while it is told so.
class Unwilling final : public ledger::Ledger {
 public:
  explicit Unwilling(ledger::Ledger& real) : real_(real) {}
  bool append(ledger::Draft draft, Appended done) override { return willing && real_.append(std::move(draft), std::move(done)); }
  bool append_run(ledger::Run run, RunAppended done) override { return real_.append_run(std::move(run), std::move(done)); }
  void read(Position from, std::size_t limit, std::size_t bytes, ReadDone done) override { real_.read(from, limit, bytes, std::move(done)); }
  void find(ledger::ChainKey key, Sequence sequence, ReadDone done) override { real_.find(std::move(key), sequence, std::move(done)); }
  void find_time(std::int64_t us, ReadDone done) override { real_.find_time(us, std::move(done)); }
  Position newest() const override { return real_.newest(); }
  std::shared_ptr<void> watch(std::function<void(Position)> changed) override { return real_.watch(std::move(changed)); }
  std::shared_ptr<const ledger::ChainHeader> own_chain() const override { return real_.own_chain(); }
  std::vector<ledger::ChainState> chains() const override { return real_.chains(); }
  std::optional<ledger::ChainState> chain(const ledger::ChainKey& key) const override { return real_.chain(key); }
  ledger::Marks marks() const override { return real_.marks(); }
  ledger::Statistics statistics() const override { return real_.statistics(); }
  std::atomic<bool> willing = true;

 private:
  ledger::Ledger& real_;
};

v1::Passage passage_of(const Event& event, const Vehicle& vehicle) {
  v1::Passage passage;
  passage.set_lane(1);
  passage.set_record_number(event.record_number);
  *passage.mutable_detected_at() = records::to_timestamp(event.detected);
  passage.mutable_plate()->set_text(vehicle.plate);
  passage.mutable_plate()->set_color(vehicle.color);
  auto& assessment = *passage.mutable_assessment();
  assessment.set_standard(event.rule);
  assessment.set_standard_hash(records::to_bytes(Digest{}));
  assessment.mutable_validity()->set_valid(event.valid);
  for (const auto& judged : event.judged) {
    auto& result = *assessment.add_results();
    result.set_pollutant(judged.pollutant);
    result.set_exceeded(judged.exceeded);
    result.set_value(judged.exceeded ? judged.value : 3);
    result.set_limit(30);
  }
  return passage;
}

/// A city's ledger, to which its stations A, B, ... push.
class HistoryTest : public testing::Test {
 protected:
  HistoryTest() { begin(); }

  void begin() {
    history_.reset();
    ledger_.reset();
    feeders_.clear();
    folder_ = std::make_unique<ledger::TemporaryFolder>();
    ledger::LedgerSettings settings;
    settings.folder = folder_->path() / "ledger";
    auto opened = ledger::open(settings);
    ASSERT_TRUE(opened) << opened.error().detail;
    ledger_ = std::move(*opened);
    file_ = folder_->path() / "history.sqlite";
  }

  HistorySettings settings() const {
    return {.file = file_, .make = true, .rules = {rule()}, .batch = batch_, .run = 3};  // runs of three: many of them
  }
  void start() { start(settings()); }
  void start(HistorySettings settings) {
    history_ = std::make_unique<History>(*ledger_, clock_, std::move(settings));
    history_->start();
  }
  void stop() { history_.reset(); }

  ledger::Feeder& feeder(char station) {
    auto& feeder = feeders_[station];
    if (!feeder) feeder = std::make_unique<ledger::Feeder>(chain_of(station).station_id, static_cast<std::uint8_t>(station));
    return *feeder;
  }
  EntryKey push(char station, std::uint32_t kind, const google::protobuf::Message& body, std::int64_t wall_time_us = 1000) {
    auto& chain = feeder(station);
    EXPECT_TRUE(ledger::append(*ledger_, chain.next({body.SerializeAsString()}, kind, wall_time_us)));
    return {chain.header->key, chain.last};
  }
  EntryKey push(char station, const Event& event, const Vehicle& vehicle = kTruck) {
    return push(station, v1::Entry::passage, passage_of(event, vehicle));
  }
  EntryKey exceeds_at(char station, const std::string& at, const Vehicle& vehicle = kTruck) {
    return push(station, numbered(exceeds(station, 0, at)), vehicle);
  }
  EntryKey passes_at(char station, const std::string& at, const Vehicle& vehicle = kTruck) {
    return push(station, numbered(passes(station, 0, at)), vehicle);
  }
  Event numbered(Event event) {
    const char station = static_cast<char>(event.entry.chain.ledger_id[0]);
    event.record_number = std::string(1, station) + std::to_string(feeder(station).last + 1);
    return event;
  }
  EntryKey review(const EntryKey& passage, bool confirmed, std::int64_t wall_time_us = 1000) {
    v1::Review body;
    *body.mutable_passage() = to_citation(passage);
    body.set_confirmed(confirmed);
    const auto sequence = ledger::append(*ledger_, ledger::draft(body.SerializeAsString(), v1::Entry::review, wall_time_us));
    EXPECT_TRUE(sequence);
    return {ledger_->own_chain()->key, *sequence};
  }
  EntryKey amend(char station, Lane lane, const std::string& from, const std::string& to) {
    v1::Amendment body;
    body.set_lane(lane);
    *body.mutable_from() = records::to_timestamp(china(from));
    *body.mutable_to() = records::to_timestamp(china(to));
    body.set_effect("invalid");
    return push(station, v1::Entry::amendment, body);
  }

  std::vector<DeterminationLine> list(const DeterminationQuery& query) {
    std::promise<Result<std::vector<DeterminationLine>>> promise;
    history_->list(query, [&](auto answer) { promise.set_value(std::move(answer)); });
    auto answer = promise.get_future().get();
    EXPECT_TRUE(answer) << answer.error().detail;
    return answer.value_or(std::vector<DeterminationLine>{});
  }
  /// Everything is read, and what followed from it said and read again. Each answer waits for a batch.
  void settle() {
    for (int quiet = 0; quiet < 2;) {
      const auto newest = ledger_->newest();
      list({});
      const auto state = history_->state();
      const bool is_quiet = newest == ledger_->newest() && state.progress.position == newest && state.on_the_way == 0;
      quiet = is_quiet ? quiet + 1 : 0;
    }
  }
  std::vector<std::string> names_of(const std::vector<DeterminationLine>& lines) {
    std::vector<std::string> names;
    for (const auto& line : lines) {
      std::string name;
      for (const auto& one : line.body.exceedances()) name += (name.empty() ? "" : "-") + one.record_number();
      if (line.withdrawn) name += " " + line.withdrawn->body.reason();
      names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }
  std::vector<std::string> standing() {
    settle();
    return names_of(list({}));
  }
  std::vector<std::string> all() {
    settle();
    return names_of(list({.plate = {}, .id = {}, .withdrawn_too = true}));
  }
  std::uint64_t said(std::uint32_t kind) {
    std::uint64_t count = 0;
    for (const auto& entry : ledger::read(*ledger_, 1, 100'000, 1u << 26)) count += entry->kind == kind;
    return count;
  }

  ManualClock clock_;
  std::size_t batch_ = 100;
  std::unique_ptr<ledger::TemporaryFolder> folder_;
  std::filesystem::path file_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::map<char, std::unique_ptr<ledger::Feeder>> feeders_;
  std::unique_ptr<History> history_;
};

TEST_F(HistoryTest, ExceedancesAtTwoStationsDetermineAVehicleInAnEntryOfOurOwn) {
  start();
  const auto first = exceeds_at('A', "2026-01-10 08:00:00");
  const auto second = exceeds_at('B', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), ElementsAre("A1-B1"));
  const auto entries = ledger::read(*ledger_, 3);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]->kind, static_cast<std::uint32_t>(v1::Entry::determination));
  EXPECT_EQ(entries[0]->chain->key, ledger_->own_chain()->key);
  v1::Determination body;
  ASSERT_TRUE(body.ParseFromString(*entries[0]->payload));
  EXPECT_EQ(from_citation(body.exceedances(0).passage()), first);
  EXPECT_EQ(from_citation(body.exceedances(1).passage()), second);
  EXPECT_EQ(body.exceedances(0).value(), 41.5);
  EXPECT_EQ(body.plate(), "京A12345");
}

TEST_F(HistoryTest, AColourIsAnotherVehicle) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00", {"京A12345", "blue"});
  exceeds_at('A', "2026-02-10 08:00:00", {"京A12345", "yellow"});
  EXPECT_THAT(standing(), IsEmpty());
}

TEST_F(HistoryTest, WhatSaysNothingOfAVehicleIsCountedAndDeterminesNothing) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-01-11 08:00:00", {"", "yellow"});
  exceeds_at('A', "2026-01-12 08:00:00", {"京A12345", "unknown"});
  auto invalid = exceeds('A', 0, "2026-01-13 08:00:00");
  invalid.valid = false;
  push('A', invalid);
  auto screened = passage_of(exceeds('A', 0, "2026-01-14 08:00:00"), kTruck);
  screened.mutable_assessment()->mutable_results(0)->set_role(v1::Result::screened);
  push('A', v1::Entry::passage, screened);
  auto audit = passage_of(exceeds('A', 0, "2026-01-15 08:00:00"), kTruck);
  audit.set_purpose(v1::Passage::audit);
  push('A', v1::Entry::passage, audit);
  auto foreign = exceeds('A', 0, "2026-01-16 08:00:00");
  foreign.rule = "other";
  push('A', foreign);
  auto edited = passage_of(exceeds('A', 0, "2026-01-16 09:00:00"), kTruck);  // a station's own text of the standard
  edited.mutable_assessment()->mutable_standard_hash()->back() = 1;
  push('A', v1::Entry::passage, edited);
  auto not_measured = passage_of(exceeds('A', 0, "2026-01-17 08:00:00"), kTruck);
  not_measured.mutable_assessment()->mutable_results(0)->clear_value();
  push('A', v1::Entry::passage, not_measured);
  EXPECT_THAT(standing(), IsEmpty());
  EXPECT_THAT(history_->state().passages,
              UnorderedElementsAre(testing::Pair("kept_passes", 0), testing::Pair("kept_exceedances", 1), testing::Pair("plate_not_read", 1),
                                   testing::Pair("color_not_read", 1), testing::Pair("invalid", 1), testing::Pair("nothing_judged", 2),
                                   testing::Pair("audit", 1), testing::Pair("unknown_text_of_its_standard", 1), testing::Pair("no_rule_for_its_standard", 1)));
}

TEST_F(HistoryTest, SimulatedPassagesDetermineNothingAtARealTier) {
  auto header = std::make_shared<ledger::ChainHeader>(*feeder('B').header);
  header->simulated = false;  // this tier's own ledger is simulated, and so is A
  feeder('B').header = header;
  feeder('B').hash = ledger::chain_start(*header);
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('B', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), IsEmpty());
  EXPECT_EQ(history_->state().passages["simulated"], 1u);
}

TEST_F(HistoryTest, ALatePassWithdraws) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  const auto pass = passes_at('B', "2026-01-20 08:00:00");
  EXPECT_THAT(standing(), IsEmpty());
  const auto lines = list({.plate = {}, .id = {}, .withdrawn_too = true});
  ASSERT_EQ(lines.size(), 1u);
  ASSERT_TRUE(lines[0].withdrawn);
  EXPECT_EQ(lines[0].withdrawn->body.reason(), "late_pass");
  EXPECT_EQ(from_citation(lines[0].withdrawn->body.cause()), pass);
  EXPECT_EQ(from_citation(lines[0].withdrawn->body.determination()), lines[0].entry);
  EXPECT_EQ(history_->state().withdrawn, 1u);
}

TEST_F(HistoryTest, ARejectionWithdrawsAndALaterConfirmationDeterminesAgain) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  const auto second = exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  review(second, true, 500);
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  review(second, false, 1000);
  EXPECT_THAT(all(), ElementsAre("A1-A2 review_rejected"));
  review(second, true, 900);  // the clock was set back: what was said last counts
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  EXPECT_EQ(said(v1::Entry::determination), 2u);
  EXPECT_EQ(said(v1::Entry::determination_withdrawn), 1u);
}

TEST_F(HistoryTest, ARejectionThatComesBeforeItsPassageIsKnown) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  review({chain_of('A'), 2}, false);
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(all(), IsEmpty());
}

TEST_F(HistoryTest, AnAmendmentTakesPassagesOfItsStationLaneAndTimeOut) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  passes_at('A', "2026-01-20 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  amend('B', 1, "2026-01-19 00:00:00", "2026-01-21 00:00:00");
  amend('A', 2, "2026-01-19 00:00:00", "2026-01-21 00:00:00");
  amend('A', 1, "2026-01-19 00:00:00", "2026-01-20 08:00:00");
  EXPECT_THAT(all(), IsEmpty()) << "another station, another lane, ends before";
  amend('A', 1, "2026-01-20 08:00:00", "2026-01-21 00:00:00");
  EXPECT_THAT(all(), ElementsAre("A1-A3"));
  amend('A', 0, "2026-02-10 00:00:00", "2026-02-11 00:00:00");
  EXPECT_THAT(all(), ElementsAre("A1-A3 amendment"));
}

TEST_F(HistoryTest, AnAmendmentOfANewLedgerSaysNothingOfTheTimeBeforeIt) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  feeders_['A'] = std::make_unique<ledger::Feeder>(chain_of('A').station_id, static_cast<std::uint8_t>('N'));  // its disk was replaced
  v1::Amendment since_the_ledger_began;
  since_the_ledger_began.set_lane(1);
  since_the_ledger_began.set_effect("invalid");
  push('A', v1::Entry::amendment, since_the_ledger_began);
  EXPECT_THAT(all(), ElementsAre("A1-A2"));
}

TEST_F(HistoryTest, AnAmendmentHoldsForWhatArrivesLater) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  amend('A', 1, "2026-02-10 00:00:00", "2026-02-11 00:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(all(), IsEmpty());
}

TEST_F(HistoryTest, AnEarlierExceedanceThatArrivesLateTakesTheDeterminationOver) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  exceeds_at('B', "2026-01-05 08:00:00");
  EXPECT_THAT(all(), ElementsAre("A1-A2 superseded", "B1-A1"));
  const auto newest = ledger::read(*ledger_, 5);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0]->kind, static_cast<std::uint32_t>(v1::Entry::determination)) << "the vehicle is never seen without";
}

TEST_F(HistoryTest, ATierThatDoesNotMakeKeepsWhatOthersSaid) {
  auto keeps = settings();
  keeps.make = false;
  start(keeps);
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(all(), IsEmpty());
  auto body = to_body(determinations(kTruck, std::vector{exceeds('A', 1, "2026-01-10 08:00:00"), exceeds('A', 2, "2026-02-10 08:00:00")}, std::vector{rule()})[0], {});
  push('C', v1::Entry::determination, body);
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  v1::DeterminationWithdrawn withdrawn;
  withdrawn.set_id(body.id());
  withdrawn.set_reason("late_pass");
  push('C', v1::Entry::determination_withdrawn, withdrawn);
  EXPECT_THAT(all(), ElementsAre("A1-A2 late_pass"));
  EXPECT_EQ(said(v1::Entry::determination), 1u);
}

TEST_F(HistoryTest, WhatAnotherTierDeterminedIsDeterminedHereByOurOwnWord) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  const auto ours = list({})[0].body;
  push('C', v1::Entry::determination, ours);
  EXPECT_THAT(standing(), ElementsAre("A1-A2", "A1-A2"));
  EXPECT_EQ(said(v1::Entry::determination), 2u);
}

TEST_F(HistoryTest, ListsByPlateAndByTheIdsFirstDigits) {
  start();
  for (const auto& plate : {"京A00001", "京A00002"}) {
    exceeds_at('A', "2026-01-10 08:00:00", {plate, "yellow"});
    exceeds_at('A', "2026-02-10 08:00:00", {plate, "yellow"});
  }
  settle();
  ASSERT_EQ(list({}).size(), 2u);
  ASSERT_EQ(list({.plate = "京A00002", .id = {}}).size(), 1u);
  const auto id = to_hex(as_bytes(list({.plate = "京A00002", .id = {}})[0].body.id()));
  EXPECT_EQ(list({.plate = {}, .id = id.substr(0, 12)}).size(), 1u);
  EXPECT_EQ(list({.plate = {}, .id = {}, .withdrawn_too = false, .limit = 1}).size(), 1u);
}

TEST_F(HistoryTest, ARefusingLedgerIsAskedAgain) {
  Unwilling unwilling(*ledger_);
  unwilling.willing = false;
  history_ = std::make_unique<History>(unwilling, clock_, settings());
  history_->start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  settle();
  EXPECT_EQ(said(v1::Entry::determination), 0u);
  EXPECT_GT(history_->state().refused, 0u);
  unwilling.willing = true;
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  EXPECT_EQ(said(v1::Entry::determination), 1u);
  stop();
}

class CrashTest : public HistoryTest {
 protected:
  /// What happens, step by step; each step is one entry from outside.
  void tell() {
    steps_ = {[this] { exceeds_at('A', "2026-01-10 08:00:00"); },
              [this] { exceeds_at('A', "2026-02-10 08:00:00"); },
              [this] { exceeds_at('B', "2026-01-05 08:00:00"); },
              [this] { passes_at('B', "2026-01-07 08:00:00"); },
              [this] { review({chain_of('A'), 2}, false, 1000); },
              [this] { exceeds_at('B', "2026-03-05 08:00:00"); },
              [this] { review({chain_of('A'), 2}, true, 2000); },
              [this] { amend('A', 1, "2026-01-10 00:00:00", "2026-01-11 00:00:00"); }};
  }
  std::vector<std::function<void()>> steps_;
};

TEST_F(CrashTest, WithTheFileOfAnyEarlierMomentNothingIsSaidTwice) {
  tell();
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    start();
    steps_[step]();
    settle();
    stop();
    std::filesystem::copy_file(file_, file_.string() + std::to_string(step));
  }
  start();
  const auto expected = all();
  stop();
  const auto newest = ledger_->newest();
  EXPECT_GE(said(v1::Entry::determination_withdrawn), 3u);
  for (std::size_t step = 0; step <= steps_.size(); ++step) {  // the last one: without a file
    std::filesystem::remove(file_);
    if (step < steps_.size()) std::filesystem::copy_file(file_.string() + std::to_string(step), file_);
    for (const std::size_t batch : {1u, 2u, 100u}) {
      batch_ = batch;
      start();
      EXPECT_EQ(all(), expected) << "step " << step;
      EXPECT_EQ(ledger_->newest(), newest) << "step " << step;
      stop();
    }
  }
}

TEST_F(CrashTest, BetweenTheCommitAndTheAppendTheDeterminationIsMadeAtTheNextStart) {
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-02-10 08:00:00");
  Unwilling unwilling(*ledger_);
  unwilling.willing = false;
  history_ = std::make_unique<History>(unwilling, clock_, settings());
  history_->start();
  settle();
  stop();
  std::filesystem::copy_file(file_, file_.string() + ".due");
  start();
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  stop();
  // And if the process dies after the append, before anything of it is in the file:
  std::filesystem::remove(file_);
  std::filesystem::copy_file(file_.string() + ".due", file_);
  start();
  EXPECT_THAT(standing(), ElementsAre("A1-A2"));
  EXPECT_EQ(said(v1::Entry::determination), 1u);
}

TEST_F(CrashTest, ARebuiltFileHoldsTheSame) {
  tell();
  start();
  for (const auto& step : steps_) step();
  const auto expected = all();
  const auto counts = history_->state();
  stop();
  std::filesystem::remove(file_);
  start();
  EXPECT_EQ(all(), expected);
  EXPECT_EQ(history_->state().passages, counts.passages);
  EXPECT_EQ(history_->state().made, counts.made);
  EXPECT_EQ(history_->state().withdrawn, counts.withdrawn);
}

TEST_F(CrashTest, AnotherRuleBuildsTheFileAnewAndLetsStandWhatWasSaid) {
  start();
  exceeds_at('A', "2026-01-10 08:00:00");
  exceeds_at('A', "2026-05-10 08:00:00");
  EXPECT_THAT(all(), ElementsAre("A1-A2"));
  stop();
  auto stricter = settings();
  stricter.rules = {rule(2, 3)};
  start(stricter);
  EXPECT_THAT(all(), ElementsAre("A1-A2"));
  EXPECT_EQ(history_->state().progress.rebuilds, 1u);
  exceeds_at('A', "2026-06-10 08:00:00");
  EXPECT_THAT(all(), ElementsAre("A1-A2", "A2-A3"));
}

class ArrivalOrder : public HistoryTest {};

/// What the ledger says in the end is what the rule says of all events, however they arrived.
TEST_F(ArrivalOrder, OfAllPermutationsOfAFewPassagesDeterminesTheSame) {
  const std::vector events{exceeds('A', 1, "2026-01-10 08:00:00"), passes('B', 1, "2026-01-20 08:00:00"), exceeds('A', 2, "2026-02-10 08:00:00"),
                           exceeds('B', 2, "2026-03-10 08:00:00")};
  std::vector<int> order{0, 1, 2, 3};
  do {
    // Permutations of vehicles at the same time, in one ledger: entries of one station keep their order, so each vehicle's
    // passages come from stations of their own.
    const Vehicle vehicle{"京A" + std::to_string(order[0] * 1000 + order[1] * 100 + order[2] * 10 + order[3]), "yellow"};
    if (!history_) start();
    for (const int which : order) {
      auto one = events[static_cast<std::size_t>(which)];
      push(static_cast<char>('A' + which), one, vehicle);
    }
  } while (std::ranges::next_permutation(order).found);
  settle();
  const auto lines = list({});
  EXPECT_EQ(lines.size(), 24u);
  for (const auto& line : lines) EXPECT_EQ(names_of({line}), std::vector<std::string>{"A2-B2"});
}

TEST_F(ArrivalOrder, OfRandomTrafficReviewsAndAmendmentsIsWhatTheRuleSaysOfAllOfIt) {
  std::mt19937 random(845);
  std::size_t determined = 0, withdrawn = 0;
  for (int round = 0; round < 12; ++round) {
    begin();
    batch_ = 1 + random() % 7;
    start();
    std::vector<Vehicle> vehicles{{"京A00001", "yellow"}, {"京A00002", "yellow"}, {"京A00003", "yellow"}};
    std::map<Vehicle, std::vector<Event>> known;
    std::vector<std::pair<Vehicle, EntryKey>> exceedances;
    for (int n = 0; n < 60; ++n) {
      const auto what = random() % 12;
      if (what == 0 && !exceedances.empty()) {
        const auto& [vehicle, key] = exceedances[random() % exceedances.size()];
        const bool confirmed = random() % 3 == 0;
        const auto said = review(key, confirmed, n);
        auto& event = *std::ranges::find(known[vehicle], key, &Event::entry);
        event.rejected_by = confirmed ? std::nullopt : std::optional(said);
        continue;
      }
      if (what == 1) {
        const auto station = static_cast<char>('A' + random() % 3);
        const auto day = std::to_string(10 + random() % 18);
        const auto key = amend(station, 1, "2026-01-" + day + " 00:00:00", "2026-01-" + day + " 12:00:00");
        const auto from = china("2026-01-" + day + " 00:00:00");
        for (auto& [vehicle, events] : known) {
          for (auto& event : events) {
            const bool is_in = event.entry.chain == chain_of(station) && event.detected >= from && event.detected < from + std::chrono::hours{12};
            if (is_in && !event.amended_by) event.amended_by = key;
          }
        }
        continue;
      }
      const auto& vehicle = vehicles[random() % vehicles.size()];
      const auto station = static_cast<char>('A' + random() % 3);
      auto one = event(station, feeder(station).last + 1, china("2026-01-10 00:00:00") + std::chrono::minutes{random() % 26'000}, random() % 4 != 0);
      if (random() % 10 == 0 && !known[vehicle].empty()) one.detected = known[vehicle].back().detected + std::chrono::seconds{30};
      if (random() % 10 == 0) one.valid = false;
      one = numbered(one);
      one.entry = push(station, one, vehicle);
      known[vehicle].push_back(one);
      if (one.valid && one.judged[0].exceeded) exceedances.emplace_back(vehicle, one.entry);
    }
    settle();
    for (const auto& line : list({.plate = {}, .id = {}, .withdrawn_too = true})) withdrawn += line.withdrawn.has_value();
    std::vector<std::string> expected;
    for (auto& [vehicle, events] : known) {
      for (auto& event : events) {
        if (event.amended_by) continue;
        for (const auto& entry : ledger::read(*ledger_, 1, 100'000, 1u << 26)) {
          v1::Amendment body;
          if (entry->kind != v1::Entry::amendment || entry->chain->key != event.entry.chain || !body.ParseFromString(*entry->payload)) continue;
          if (event.detected >= records::to_wall_time(body.from()) && event.detected < records::to_wall_time(body.to())) {
            event.amended_by = EntryKey{entry->chain->key, entry->sequence};
          }
        }
      }
      for (const auto& name : found(events)) expected.push_back(name);
    }
    std::ranges::sort(expected);
    EXPECT_EQ(standing(), expected) << "round " << round;
    determined += expected.size();
    const auto newest = ledger_->newest();
    stop();
    std::filesystem::remove(file_);
    start();
    EXPECT_EQ(standing(), expected) << "rebuilt, round " << round;
    EXPECT_EQ(ledger_->newest(), newest);
  }
  EXPECT_GT(determined, 20u);
  EXPECT_GT(withdrawn, 20u);
}

}  // namespace
}  // namespace exhaust::projection
