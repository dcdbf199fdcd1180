#include "daemon/ledger/sqlite/sqlite_ledger.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>

#include "tests/daemon/ledger/sqlite/ledger_words.hpp"

namespace exhaust::ledger {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SqliteLedgerTest : public testing::Test {
 protected:
  SqliteLedgerTest() { settings.folder = folder.path() / "deep" / "ledger"; }

  void start() {
    auto opened = open(settings);
    ASSERT_TRUE(opened) << opened.error().detail;
    ledger = std::move(*opened);
  }
  void restart() {
    ledger.reset();
    start();
  }
  void append_many(int count) {
    for (int i = 1; i <= count; ++i) ASSERT_EQ(append(*ledger, draft("payload " + std::to_string(i))), Sequence(i));
  }
  std::filesystem::path segment() const { return settings.folder / "segment-00000000000000000001.sqlite"; }

  TemporaryFolder folder;
  LedgerSettings settings;
  std::unique_ptr<Ledger> ledger;
};

TEST_F(SqliteLedgerTest, NewLedgerHasOurChainAndNoEntry) {
  start();
  const auto own = ledger->own_chain();
  EXPECT_EQ(own->key.station_id, kStation);
  EXPECT_NE(own->key.ledger_id, LedgerId{});
  EXPECT_TRUE(own->simulated);
  EXPECT_EQ(ledger->newest(), 0U);
  EXPECT_TRUE(read(*ledger, 1).empty());
  const auto state = ledger->chain(own->key);
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->own);
  EXPECT_EQ(state->hash, chain_start(*own));
  struct stat folder_status{};
  ASSERT_EQ(::stat(settings.folder.c_str(), &folder_status), 0);
  EXPECT_EQ(folder_status.st_mode & 0777, 0700U);
}

TEST_F(SqliteLedgerTest, EntriesAreChainedAndReadBackAsTheyWere) {
  start();
  EXPECT_EQ(append(*ledger, draft("one", 4, 111)), Sequence(1));
  EXPECT_EQ(append(*ledger, draft("", 9, -5)), Sequence(2));
  const auto entries = read(*ledger, 1);
  ASSERT_EQ(entries.size(), 2U);
  const auto& first = *entries[0];
  EXPECT_EQ(first.position, 1U);
  EXPECT_EQ(first.sequence, 1U);
  EXPECT_EQ(first.wall_time_us, 111);
  EXPECT_EQ(first.kind, 4U);
  EXPECT_EQ(first.payload, "one");
  EXPECT_EQ(first.leaf, leaf_of(HashAlgorithm::kSha256, as_bytes("one")));
  EXPECT_EQ(first.hash,
            chain_next(HashAlgorithm::kSha256, chain_start(*ledger->own_chain()), 1, 111, 4, first.leaf));
  EXPECT_EQ(entries[1]->payload, "");
  EXPECT_EQ(entries[1]->hash, chain_next(HashAlgorithm::kSha256, first.hash, 2, -5, 9, entries[1]->leaf));
  EXPECT_EQ(ledger->newest(), 2U);
}

TEST_F(SqliteLedgerTest, DiskAndMemoryTellTheSame) {
  start();
  append_many(20);
  const auto from_memory = read(*ledger, 1);
  restart();
  const auto from_disk = read(*ledger, 1);
  ASSERT_EQ(from_disk.size(), from_memory.size());
  for (std::size_t i = 0; i < from_disk.size(); ++i) {
    EXPECT_EQ(from_disk[i]->position, from_memory[i]->position);
    EXPECT_EQ(*from_disk[i]->chain, *from_memory[i]->chain);
    EXPECT_EQ(from_disk[i]->payload, from_memory[i]->payload);
    EXPECT_EQ(from_disk[i]->leaf, from_memory[i]->leaf);
    EXPECT_EQ(from_disk[i]->hash, from_memory[i]->hash);
    EXPECT_EQ(from_disk[i]->kind, from_memory[i]->kind);
    EXPECT_EQ(from_disk[i]->wall_time_us, from_memory[i]->wall_time_us);
  }
}

TEST_F(SqliteLedgerTest, ReadsAreBoundedByNumberAndByBytesButBringOneEntryAtLeast) {
  settings.tail_limit = 4;  // so that positions 1 to 6 come from the disk
  start();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*ledger, draft(std::string(100, 'x'))));
  for (const Position from : {1U, 7U}) {
    EXPECT_EQ(read(*ledger, from, 3).size(), 3U);
    EXPECT_EQ(read(*ledger, from, 1000, 250).size(), 2U);
    EXPECT_EQ(read(*ledger, from, 1000, 1).size(), 1U);
    EXPECT_EQ(read(*ledger, from, 0, 0).size(), 1U);
    EXPECT_EQ(read(*ledger, from, 1)[0]->position, from);
  }
  EXPECT_EQ(read(*ledger, 1).size(), 10U);
  EXPECT_EQ(read(*ledger, 0).front()->position, 1U);
  EXPECT_TRUE(read(*ledger, 11).empty());
}

TEST_F(SqliteLedgerTest, ReopenedLedgerGoesOnWhereItStood) {
  start();
  append_many(3);
  const auto key = ledger->own_chain()->key;
  const auto before = *ledger->chain(key);
  restart();
  EXPECT_EQ(ledger->own_chain()->key, key);
  const auto after = *ledger->chain(key);
  EXPECT_EQ(after.last, 3U);
  EXPECT_EQ(after.hash, before.hash);
  EXPECT_EQ(after.passages, 3U);
  EXPECT_EQ(after.last_wall_time_us, 1000);
  EXPECT_EQ(append(*ledger, draft("four")), Sequence(4));
  EXPECT_EQ(read(*ledger, 4)[0]->hash,
            chain_next(HashAlgorithm::kSha256, before.hash, 4, 1000, 4, read(*ledger, 4)[0]->leaf));
}

TEST_F(SqliteLedgerTest, MarksAreThoseOfTheEntriesThatAreStored) {
  start();
  auto first = draft("one");
  first.marks = {{"lane.1.vehicle_number", "4711"}, {"lane.2.vehicle_number", "12"}};
  auto second = draft("two");
  second.marks = {{"lane.1.vehicle_number", "4712"}};
  auto too_large = draft(std::string((16U << 20U) + 1, 'x'));
  too_large.marks = {{"lane.1.vehicle_number", "4713"}};
  ASSERT_TRUE(append(*ledger, std::move(first)));
  ASSERT_TRUE(append(*ledger, std::move(second)));
  EXPECT_EQ(append(*ledger, std::move(too_large)).error().kind, ErrorKind::kRefused);
  auto two_lines = draft("four");
  two_lines.marks = {{"lane.1.vehicle_number", "1\n2"}};
  EXPECT_EQ(append(*ledger, std::move(two_lines)).error().kind, ErrorKind::kRefused);
  const Marks expected{{"lane.1.vehicle_number", "4712"}, {"lane.2.vehicle_number", "12"}};
  EXPECT_EQ(ledger->marks(), expected);
  restart();
  EXPECT_EQ(ledger->marks(), expected);
}

/// Holds the ledger's thread inside a completion until released.
class HeldLedger {
 public:
  explicit HeldLedger(Ledger& ledger) {
    const auto inside = std::make_shared<std::promise<void>>();
    EXPECT_TRUE(ledger.append(draft("holds"), [inside, released = release_.get_future().share()](const auto&) {
      inside->set_value();
      released.wait();
    }));
    inside->get_future().wait();
  }
  void release() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

TEST_F(SqliteLedgerTest, FullQueueRefusesAndCounts) {
  settings.queue_limit = 5;
  start();
  HeldLedger held(*ledger);
  Feeder feeder("A440300002");
  const auto ignore = [](const auto&) {};
  EXPECT_TRUE(ledger->append(draft("one"), ignore));
  EXPECT_TRUE(ledger->append_run(feeder.next({"a", "b", "c"}), ignore));
  EXPECT_FALSE(ledger->append_run(feeder.next({"d", "e"}), ignore));
  EXPECT_TRUE(ledger->append(draft("two"), ignore));
  EXPECT_FALSE(ledger->append(draft("three"), ignore));
  EXPECT_EQ(ledger->statistics().queued, 5U);
  EXPECT_EQ(ledger->statistics().refused, 2U);
  held.release();
  while (!append(*ledger, draft("after"))) {  // taken as soon as the group before it is through
  }
  EXPECT_EQ(ledger->newest(), 7U);
}

TEST_F(SqliteLedgerTest, RunLargerThanTheQueueIsTakenByAnEmptyOne) {
  settings.queue_limit = 2;
  start();
  Feeder feeder("A440300002");
  EXPECT_EQ(append(*ledger, feeder.next({"a", "b", "c", "d"}))->last, 4U);
}

TEST_F(SqliteLedgerTest, CompletionsComeInTheOrderOfTheCalls) {
  start();
  Feeder feeder("A440300002");
  std::vector<std::string> order;  // touched by the ledger's thread alone until it has ended
  {
    HeldLedger held(*ledger);
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(ledger->append(draft("own"), [&order, &ledger = *ledger](Result<Sequence> done) {
        EXPECT_GE(ledger.newest(), *done);
        order.push_back("own " + std::to_string(*done));
      }));
      ASSERT_TRUE(ledger->append_run(feeder.next({"a", "b"}), [&order](Result<ChainState> done) {
        order.push_back("run " + std::to_string(done->last));
      }));
    }
    held.release();
    ledger.reset();
  }
  ASSERT_EQ(order.size(), 100U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(order[2 * i], "own " + std::to_string(i + 2));
    EXPECT_EQ(order[2 * i + 1], "run " + std::to_string(2 * i + 2));
  }
}

TEST_F(SqliteLedgerTest, ClosingCommitsAndAnswersEverything) {
  start();
  std::atomic<int> answered = 0;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(ledger->append(draft("x"), [&](const Result<Sequence>& done) { answered += done ? 1 : 0; }));
  }
  ledger->read(1, 10, 1000, [&](const Result<Entries>&) { ++answered; });
  ledger.reset();
  EXPECT_EQ(answered, 1001);
  start();
  EXPECT_EQ(ledger->newest(), 1000U);
  EXPECT_FALSE(std::filesystem::exists(segment().string() + "-journal"));
}

TEST_F(SqliteLedgerTest, WatchersAreCalledAfterEachCommitUntilTheyAreDropped) {
  start();
  std::promise<Position> called;
  std::atomic<int> calls = 0;
  auto watching = ledger->watch([&](Position newest) {
    if (++calls == 1) called.set_value(newest);
  });
  ASSERT_TRUE(append(*ledger, draft("one")));
  EXPECT_EQ(called.get_future().get(), 1U);
  watching.reset();
  const int before = calls;
  ASSERT_TRUE(append(*ledger, draft("two")));
  EXPECT_EQ(calls, before);
}

TEST_F(SqliteLedgerTest, WatcherMayDropItselfAndOutliveTheLedger) {
  start();
  std::promise<void> called;
  std::shared_ptr<void> once;
  once = ledger->watch([&](Position) {
    once.reset();
    called.set_value();
  });
  const auto other = ledger->watch([](Position) {});
  ASSERT_TRUE(append(*ledger, draft("one")));
  called.get_future().wait();
  ASSERT_TRUE(append(*ledger, draft("two")));
  ledger.reset();
}

TEST_F(SqliteLedgerTest, RunsOfOtherChainsAreTakenInOrder) {
  start();
  append_many(2);
  Feeder feeder("A440300002", 7, HashAlgorithm::kSm3);
  auto run = feeder.next({"a", "b", "c"});
  run.items[1].payload.reset();
  run.items[2].rejected = true;
  const auto state = append(*ledger, run);
  ASSERT_TRUE(state) << state.error().detail;
  EXPECT_EQ(state->last, 3U);
  EXPECT_EQ(state->hash, feeder.hash);
  EXPECT_EQ(state->passages, 3U);
  EXPECT_EQ(state->rejected, 1U);
  EXPECT_FALSE(state->own);
  restart();
  const auto entries = read(*ledger, 3);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0]->payload, "a");
  EXPECT_EQ(entries[0]->leaf, run.items[0].leaf);
  EXPECT_EQ(entries[1]->payload, std::nullopt);
  EXPECT_EQ(entries[1]->leaf, run.items[1].leaf);
  EXPECT_EQ(entries[2]->payload, std::nullopt);
  EXPECT_EQ(*entries[2]->chain, *feeder.header);
  const auto stored = ledger->chain(feeder.header->key);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->hash, feeder.hash);
  EXPECT_EQ(stored->rejected, 1U);
  EXPECT_EQ(append(*ledger, feeder.next({"d"}))->last, 4U);
  EXPECT_EQ(ledger->chains().size(), 2U);
}

TEST_F(SqliteLedgerTest, DuplicateRunSucceedsAndWritesNothing) {
  start();
  Feeder feeder("A440300002");
  const auto first = feeder.next({"a", "b"});
  const auto second = feeder.next({"c"});
  ASSERT_TRUE(append(*ledger, first));
  ASSERT_TRUE(append(*ledger, second));
  for (const auto& again : {first, second}) {
    const auto state = append(*ledger, again);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->last, 3U);
  }
  EXPECT_EQ(ledger->newest(), 3U);
}

TEST_F(SqliteLedgerTest, HolesForksAndForeignHeadersAreRefused) {
  start();
  Feeder feeder("A440300002");
  const auto refused = [&](const ledger::Run& run, const std::string& why) {
    const auto state = append(*ledger, run);
    ASSERT_FALSE(state) << why;
    EXPECT_EQ(state.error().kind, ErrorKind::kRefused);
    EXPECT_THAT(state.error().detail, HasSubstr(why));
  };
  auto late = feeder;
  late.next({"a"});
  refused(late.next({"b"}), "nothing is here yet");
  auto wrong_start = Feeder("A440300002").next({"a"});
  wrong_start.before[0] ^= 1;
  refused(wrong_start, "header");
  refused(ledger::Run{feeder.header, 1, feeder.hash, {}}, "empty");

  ASSERT_TRUE(append(*ledger, feeder.next({"a", "b"})));
  auto overlapping = Feeder("A440300002").next({"a", "b", "c"});
  refused(overlapping, "begins at 1, stored is up to 2");
  auto ahead = feeder;
  ahead.next({"c"});
  refused(ahead.next({"d"}), "begins at 4, stored is up to 2");
  Feeder other("A440300002");
  const auto other_past = other.next({"a", "B"});
  refused(other_past, "fork");
  refused(other.next({"c"}), "fork");
  auto other_header = *feeder.header;
  other_header.simulated = false;
  auto foreign = feeder.next({"c"});
  foreign.chain = std::make_shared<ChainHeader>(other_header);
  refused(foreign, "simulation");
  auto ours = Feeder(kStation).next({"a"});
  ours.chain = ledger->own_chain();
  refused(ours, "our own");
  EXPECT_EQ(ledger->newest(), 2U);
}

TEST_F(SqliteLedgerTest, RefusedRunsDoNotHarmTheirNeighboursInTheGroup) {
  start();
  Feeder feeder("A440300002");
  std::vector<std::string> answers;
  {
    HeldLedger held(*ledger);
    const auto note = [&answers](const auto& done) { answers.push_back(done ? "taken" : "refused"); };
    const auto first = feeder.next({"a"});
    ASSERT_TRUE(ledger->append_run(first, note));
    ASSERT_TRUE(ledger->append_run(Feeder("A440300002", 9).next({"x"}), note));
    auto hole = feeder;
    hole.next({"b"});
    ASSERT_TRUE(ledger->append_run(hole.next({"c"}), note));
    ASSERT_TRUE(ledger->append_run(first, note));
    ASSERT_TRUE(ledger->append_run(feeder.next({"b"}), note));
    held.release();
    ledger.reset();
  }
  EXPECT_THAT(answers, ElementsAre("taken", "taken", "refused", "taken", "taken"));
  start();
  EXPECT_EQ(ledger->newest(), 4U);
  EXPECT_EQ(ledger->chain(feeder.header->key)->last, 2U);
}

TEST_F(SqliteLedgerTest, EntriesAreFoundByChainAndSequence) {
  start();
  Feeder one("A440300002"), two("A440300003");
  for (int i = 0; i < 30; ++i) {
    const auto text = std::to_string(i);
    ASSERT_TRUE(append(*ledger, draft("own " + text)));
    ASSERT_TRUE(append(*ledger, one.next({"one " + text, "one' " + text})));
    if (i % 3 == 0) {
      ASSERT_TRUE(append(*ledger, two.next({"two " + text})));
    }
  }
  restart();
  EXPECT_EQ(find(*ledger, ledger->own_chain()->key, 30)[0]->payload, "own 29");
  EXPECT_EQ(find(*ledger, one.header->key, 1)[0]->payload, "one 0");
  EXPECT_EQ(find(*ledger, one.header->key, 60)[0]->payload, "one' 29");
  EXPECT_EQ(find(*ledger, two.header->key, 4)[0]->payload, "two 9");
  EXPECT_TRUE(find(*ledger, two.header->key, 11).empty());
  EXPECT_TRUE(find(*ledger, two.header->key, 0).empty());
  EXPECT_TRUE(find(*ledger, Feeder("A440300009").header->key, 1).empty());
}

TEST_F(SqliteLedgerTest, FirstEntryAtOrAfterATimeIsFoundAlthoughClocksStepBack) {
  start();
  std::vector<std::int64_t> times;
  for (int i = 0; i < 1500; ++i) {
    const std::int64_t step_back = i > 700 ? 300 : 0;
    times.push_back(10 * (i - step_back));
    ASSERT_TRUE(ledger->append(draft("x", 4, times.back()), {}));
  }
  for (int round = 0; round < 2; ++round, restart()) {
    ASSERT_EQ(append(*ledger, draft("last", 4, 0)), Sequence(1501 + round));
    for (const std::int64_t t : {-5, 0, 1, 2555, 2560, 6999, 7000, 7001, 11990}) {
      const auto expected = std::ranges::find_if(times, [&](auto time) { return time >= t; }) - times.begin() + 1;
      EXPECT_EQ(find_time(*ledger, t), Position(expected)) << t;
    }
    EXPECT_EQ(find_time(*ledger, 11991), 0U);
  }
}

TEST_F(SqliteLedgerTest, SecondOpenerIsRefused) {
  start();
  const auto second = open(settings);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kStorage);
  EXPECT_THAT(second.error().detail, HasSubstr("another exhaustd holds " + settings.folder.string()));
  EXPECT_TRUE(append(*ledger, draft("still works")));
}

TEST_F(SqliteLedgerTest, LedgerOfAnotherStationOrKindIsRefused) {
  start();
  ledger.reset();
  const auto station = open(settings, "A440300002");
  ASSERT_FALSE(station);
  EXPECT_EQ(station.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(station.error().detail, HasSubstr("holds the simulated ledger of station A440300001"));
  const auto real = open(settings, kStation, false);
  ASSERT_FALSE(real);
  EXPECT_EQ(real.error().kind, ErrorKind::kSettings);
  start();
}

TEST_F(SqliteLedgerTest, NewerFormatIsRefusedUntouched) {
  start();
  append_many(3);
  ledger.reset();
  SQLite::Database(segment().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE meta SET value = '2' WHERE name = 'format'");
  const auto before = content(segment());
  const auto opened = open(settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(opened.error().detail, HasSubstr("format 2"));
  EXPECT_EQ(content(segment()), before);
  EXPECT_FALSE(std::filesystem::exists(segment().string() + "-wal"));
}

TEST_F(SqliteLedgerTest, WhatIsNoLedgerIsRefusedUntouched) {
  std::filesystem::create_directories(settings.folder);
  std::ofstream(segment()) << std::string(5000, 'x');
  const auto opened = open(settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kDamaged);
  EXPECT_EQ(content(segment()), std::string(5000, 'x'));
}

TEST_F(SqliteLedgerTest, HeadThatDisagreesWithTheEntriesIsRefused) {
  start();
  append_many(3);
  ledger.reset();
  SQLite::Database(segment().string(), SQLite::OPEN_READWRITE).exec("DELETE FROM entries WHERE position = 3");
  const auto opened = open(settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kDamaged);
}

TEST_F(SqliteLedgerTest, EmptyFileLeftByACrashBecomesALedger) {
  std::filesystem::create_directories(settings.folder);
  std::ofstream{segment()};
  start();
  EXPECT_EQ(append(*ledger, draft("one")), Sequence(1));
}

/// In a mount namespace of its own, where it may mount; 77: not permitted here.
int fill_a_small_disk(LedgerSettings settings) {
  const auto user = std::to_string(::getuid());
  if (user == "0") {
    if (::unshare(CLONE_NEWNS) != 0) return 77;
  } else {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 77;
    if (!(std::ofstream("/proc/self/uid_map") << "0 " << user << " 1" << std::flush)) return 77;
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  std::filesystem::create_directories(settings.folder);
  if (::mount("none", settings.folder.c_str(), "tmpfs", 0, "size=2m") != 0) return 77;
  auto opened = open(settings);
  if (!opened) return 1;
  auto& ledger = **opened;
  Sequence stored = 0;
  Result<Sequence> done = 0;
  while ((done = append(ledger, draft(std::string(50'000, 'x'))))) stored = *done;
  if (done.error().kind != ErrorKind::kStorage || stored < 5) return 2;
  if (done.error().detail.find("the disk is full") == std::string::npos) return 3;
  if (ledger.newest() != stored || ledger.chain(ledger.own_chain()->key)->last != stored) return 4;
  if (read(ledger, 1, 1).empty() || find(ledger, ledger.own_chain()->key, stored).empty()) return 5;
  if (::mount("none", settings.folder.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 77;
  done = append(ledger, draft("room again"));
  if (!done || *done != stored + 1) return 6;
  opened->reset();
  auto again = open(settings);
  return again && (*again)->newest() == stored + 1 ? 0 : 7;
}

TEST_F(SqliteLedgerTest, FullDiskRefusesEntriesUntilThereIsRoomAgain) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fill_a_small_disk(settings));
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "may not mount here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(SqliteLedgerTest, StatisticsCountEntriesAndBytes) {
  start();
  append_many(10);
  const auto statistics = ledger->statistics();
  EXPECT_EQ(statistics.entries, 10U);
  EXPECT_GT(statistics.bytes, 4096U);
  EXPECT_EQ(statistics.refused, 0U);
  EXPECT_EQ(statistics.path, settings.folder.string());
}

}  // namespace
}  // namespace exhaust::ledger
