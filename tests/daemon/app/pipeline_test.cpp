#include "daemon/app/pipeline.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/post.hpp>
#include <future>
#include <set>

#include "daemon/core/bytes.hpp"
#include "daemon/ledger/sqlite/sqlite_ledger.hpp"
#include "daemon/settings/standard_file.hpp"
#include "exhaust/v1/entry.pb.h"
#include "tests/daemon/app/accounts_of.hpp"

namespace exhaust::app {
namespace {

using namespace std::chrono_literals;

/// A lane's readings in, entries of a real ledger out.
class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    char name[] = "/tmp/exhaust-pipeline-XXXXXX";
    folder = mkdtemp(name);
    standards = assessment::StandardSet({*settings::read_standard(std::filesystem::path(EXHAUST_SOURCE_DIR) / "config" / "standards" / "hj845-2017.toml")});
    open();
  }
  ~PipelineTest() override {
    pipeline.reset();
    ledger.reset();
    std::filesystem::remove_all(folder);
  }

  void open(std::size_t queue_limit = 4096) {
    pipeline.reset();
    ledger.reset();
    ledger::LedgerSettings where;
    where.folder = folder;
    where.queue_limit = queue_limit;
    ledger = std::move(*ledger::open_sqlite_ledger(where, "A110119001", true, "test"));
    assembly::LaneSettings lane;
    lane.expects_plume = lane.expects_smoke = lane.expects_plate = false;
    if (watched) lane.triggered_by = {"gate"};
    pipeline = std::make_unique<Pipeline>(io, clock, *ledger, "A110119001", std::vector{lane}, standards);
    ++session;
  }
  /// As SIGKILL would: what is open in the assembler is gone.
  void die_and_start_again() { open(); }

  void vehicle(std::uint64_t number) { gate(number, false); }
  void poll_answer(std::uint64_t number) { gate(number, true); }
  void gate(std::uint64_t number, bool solicited) {
    clock.advance(300ms);
    Reading reading;
    reading.device = "gate";
    reading.lane = 1;
    reading.delivered = clock.monotonic();
    reading.arrived = clock.wall();
    reading.count = number;
    reading.session = session;
    SpeedReading speed;
    speed.speed_km_h = 40;
    speed.solicited = solicited;
    reading.body = speed;
    pipeline->take(reading);
  }
  /// As the daemon tells it: the change itself is an entry, with the marks.
  void gate_goes(bool up) {
    ledger::Draft event;
    event.kind = v1::Entry::device_event;
    event.marks = pipeline->device_changed("gate", up ? "up" : "down", "", {clock.monotonic(), clock.wall()});
    ASSERT_TRUE(ledger->append(std::move(event), [](const auto&) {}));
  }
  /// Until everything handed over is on the disk.
  void settle() {
    io.restart();
    auto work = boost::asio::make_work_guard(io);
    for (const auto deadline = std::chrono::steady_clock::now() + 10s; !pipeline->drained();) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      io.run_one_for(10ms);
      clock.advance(1s);
      pipeline->tick();
    }
  }
  std::vector<v1::Gap> gaps() {
    std::vector<v1::Gap> found;
    for (const auto& entry : entries()) {
      if (entry->kind != v1::Entry::gap) continue;
      found.emplace_back().ParseFromString(*entry->payload);
    }
    return found;
  }
  ledger::Entries entries() {
    std::promise<ledger::Entries> promise;
    ledger->read(1, 10000, 10u << 20, [&](Result<ledger::Entries> read) { promise.set_value(std::move(*read)); });
    return promise.get_future().get();
  }
  LaneAccount account() { return pipeline->accounts().front(); }

  std::filesystem::path folder;
  assessment::StandardSet standards;
  ManualClock clock;
  boost::asio::io_context io;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<Pipeline> pipeline;
  std::uint32_t session = 0;
  bool watched = false;  ///< the lane cannot measure while its gate is down
};

TEST_F(PipelineTest, APassageIsStoredWithItsNumberAndAssessment) {
  poll_answer(0);
  vehicle(1);
  settle();
  const auto stored = entries();
  ASSERT_EQ(stored.size(), 2u);  // counting begins, passage
  v1::Passage passage;
  ASSERT_TRUE(passage.ParseFromString(*stored[1]->payload));
  EXPECT_EQ(passage.record_number().substr(0, 12), "A11011900101");
  EXPECT_EQ(passage.assessment().standard(), "hj845-2017");
  EXPECT_EQ(passage.assessment().verdict(), v1::INVALID);
  EXPECT_EQ(account().triggered, 1u);
  EXPECT_EQ(account().passages, 1u);
  EXPECT_EQ(account().open, 0u);
}

TEST_F(PipelineTest, TwoRecordsOfOneSecondHaveDifferentNumbersAlsoAfterARestart) {
  poll_answer(0);
  vehicle(1);
  vehicle(2);
  settle();
  die_and_start_again();
  poll_answer(2);
  vehicle(3);
  settle();
  std::set<std::string> numbers;
  for (const auto& entry : entries()) {
    v1::Passage passage;
    if (entry->kind == v1::Entry::passage && passage.ParseFromString(*entry->payload)) numbers.insert(passage.record_number());
  }
  EXPECT_EQ(numbers.size(), 3u);
}

TEST_F(PipelineTest, WhatADeadStationMissedIsOneGapAndTheAccountCloses) {
  poll_answer(0);
  vehicle(1);
  settle();
  die_and_start_again();
  poll_answer(8);
  vehicle(9);
  settle();
  ASSERT_EQ(gaps().size(), 1u);
  EXPECT_EQ(gaps()[0].missed(), 7u);
  EXPECT_EQ(gaps()[0].reason(), "station_stopped");
  EXPECT_EQ(account().triggered, 9u);
  EXPECT_EQ(account().passages + account().missed, 9u);
}

TEST_F(PipelineTest, DyingBeforeTheFirstVehicleForgetsNothing) {
  poll_answer(100);
  settle();
  die_and_start_again();
  poll_answer(104);
  settle();
  EXPECT_EQ(account().triggered, 4u);
  EXPECT_EQ(account().missed, 4u);
}

TEST_F(PipelineTest, WhatTheLedgerRefusesBecomesAGapAsSoonAsItTakesEntriesAgain) {
  open(1);
  poll_answer(0);
  settle();
  for (std::uint64_t number = 1; number <= 200; ++number) vehicle(number);  // faster than any disk
  settle();
  EXPECT_EQ(account().triggered, 200u);
  EXPECT_EQ(account().open, 0u);
  EXPECT_EQ(account().passages + account().missed, 200u);
  std::uint64_t told = 0;
  for (const auto& gap : gaps()) {
    EXPECT_EQ(gap.reason(), "ledger_refused");
    told += gap.missed();
  }
  EXPECT_EQ(told, account().missed);
  EXPECT_GT(told, 0u);
  const auto counted = accounts_of(*ledger);
  EXPECT_TRUE(counted.closes()) << counted.DebugString();
  EXPECT_EQ(counted.total().triggered(), 200u);
  EXPECT_EQ(counted.total().missed(), told);
}

TEST_F(PipelineTest, VehiclesThatACrashKeptFromBeingOwnedUpAreAGapAtTheNextStart) {
  poll_answer(0);
  vehicle(1);
  settle();
  // What is left on the disk when vehicles 2 and 3 were refused, 4 was stored, and then the process died.
  ledger::Draft fourth;
  fourth.kind = v1::Entry::passage;
  fourth.marks = {{"lane.1.number", "4"}};
  fourth.counts = {{"lane.1.passages", 1}};
  std::promise<void> stored;
  ASSERT_TRUE(ledger->append(fourth, [&](const auto&) { stored.set_value(); }));
  stored.get_future().wait();
  die_and_start_again();
  clock.advance(2s);
  pipeline->tick();
  settle();
  ASSERT_EQ(gaps().size(), 1u);
  EXPECT_EQ(gaps()[0].missed(), 2u);
  EXPECT_EQ(gaps()[0].reason(), "ledger_refused");
  poll_answer(4);
  EXPECT_EQ(account().triggered, 4u);
  EXPECT_EQ(account().passages + account().missed, 4u);
}

TEST_F(PipelineTest, AReadingOfAnotherStationsLaneIsCountedAndJoinsNothing) {
  Reading reading;
  reading.device = "camera";
  reading.lane = 9;
  reading.delivered = clock.monotonic();
  reading.body = PlateReading{};
  pipeline->take(reading);
  EXPECT_EQ(pipeline->without_lane(), 1u);
}

TEST_F(PipelineTest, TheEndOfAcquisitionStoresWhatIsOpen) {
  poll_answer(0);
  vehicle(1);
  pipeline->finish({clock.monotonic(), clock.wall()});
  settle();
  EXPECT_EQ(account().passages, 1u);
}

TEST_F(PipelineTest, AStretchWithoutMeasuringIsAGapThatLeavesTheAccountAlone) {
  watched = true;
  open();
  gate_goes(true);
  poll_answer(0);
  vehicle(1);
  clock.advance(1min);
  gate_goes(false);
  clock.advance(2min);
  gate_goes(true);
  vehicle(2);
  settle();
  ASSERT_EQ(gaps().size(), 1u);
  EXPECT_EQ(gaps()[0].reason(), "gate_down");
  EXPECT_EQ(gaps()[0].to().seconds() - gaps()[0].from().seconds(), 120);
  EXPECT_EQ(account().triggered, 2u);
  EXPECT_EQ(account().passages, 2u);
  EXPECT_EQ(account().missed, 0u);
}

TEST_F(PipelineTest, AStretchThatACrashCutShortGoesOnFromItsBeginningAfterTheRestart) {
  watched = true;
  open();
  gate_goes(true);
  clock.advance(1min);
  const auto began = std::chrono::floor<std::chrono::seconds>(clock.wall());
  gate_goes(false);
  settle();
  die_and_start_again();
  clock.advance(1min);
  gate_goes(true);
  settle();
  ASSERT_EQ(gaps().size(), 1u);
  EXPECT_EQ(gaps()[0].from().seconds(), began.time_since_epoch().count());
  die_and_start_again();  // and is not told again
  gate_goes(true);
  settle();
  EXPECT_EQ(gaps().size(), 1u);
}

TEST_F(PipelineTest, AChangeThatNoEntryTellsOfOutlivesACrashWithTheNextPassage) {
  watched = true;
  open();
  gate_goes(true);
  poll_answer(0);
  gate_goes(false);
  clock.advance(1s);
  (void)pipeline->device_changed("gate", "up", "", {clock.monotonic(), clock.wall()});  // one of a flapping gate's
  vehicle(1);
  settle();
  clock.advance(10min);
  die_and_start_again();
  gate_goes(true);
  settle();
  EXPECT_TRUE(gaps().empty()) << "ten minutes that were measured";
}

TEST_F(PipelineTest, AnOpenStretchIsToldAtTheEndOfTheDaemon) {
  watched = true;
  open();
  clock.advance(1min);
  pipeline->finish({clock.monotonic(), clock.wall()});
  settle();
  ASSERT_EQ(gaps().size(), 1u);
}

TEST_F(PipelineTest, AStretchThatTheLedgerRefusedIsToldWhenItTakesEntriesAgain) {
  watched = true;
  open(1);
  gate_goes(true);
  poll_answer(0);
  settle();
  std::uint64_t number = 0;
  for (int round = 0; round < 20; ++round) {
    ledger::Draft ballast;
    ballast.kind = v1::Entry::device_event;
    while (ledger->append(ballast, [](const auto&) {})) {
    }
    (void)pipeline->device_changed("gate", "down", "", {clock.monotonic(), clock.wall()});
    clock.advance(1min);
    (void)pipeline->device_changed("gate", "up", "", {clock.monotonic(), clock.wall()});
    vehicle(++number);
  }
  settle();
  std::size_t stretches = 0;
  for (const auto& gap : gaps()) stretches += gap.reason() == "gate_down" ? 1 : 0;
  EXPECT_EQ(stretches, 20u);
  EXPECT_EQ(account().triggered, number);
  EXPECT_EQ(account().passages + account().missed, number);
}

/// Of lane 1, a dynamic check whose result the inspector tells.
v1::QualityChange audit(bool passed) {
  v1::QualityChange change;
  auto& check = *change.mutable_recorded();
  check.set_lane(1);
  check.set_kind(v1::QualityCheck::dynamic_check);
  check.set_passed_by_inspector(passed);
  return change;
}

class QualityPipelineTest : public PipelineTest {
 protected:
  void tell(const v1::QualityChange& change) {
    clock.advance(1s);
    pipeline->quality_changed(change, {clock.monotonic(), clock.wall()}, [this](const Result<Sequence>& appended) { stored = appended.value_or(0); });
  }
  std::vector<v1::Amendment> amendments() {
    std::vector<v1::Amendment> found;
    for (const auto& entry : entries()) {
      if (entry->kind == v1::Entry::amendment) found.emplace_back().ParseFromString(*entry->payload);
    }
    return found;
  }
  v1::Passage newest_passage() {
    v1::Passage passage;
    for (const auto& entry : entries()) {
      if (entry->kind == v1::Entry::passage) passage.ParseFromString(*entry->payload);
    }
    return passage;
  }
  Sequence stored = 0;
};

TEST_F(QualityPipelineTest, AFailedAuditIsFollowedByOneAmendmentThatCitesItAlsoAcrossRestarts) {
  tell(audit(true));
  settle();
  const auto good = stored;
  tell(audit(false));
  settle();
  ASSERT_EQ(amendments().size(), 1u);
  const auto amendment = amendments()[0];
  EXPECT_EQ(amendment.cause().sequence(), stored);
  EXPECT_EQ(amendment.cause().station_id(), "A110119001");
  EXPECT_EQ(amendment.cause().ledger_id().size(), 16u);
  EXPECT_GT(stored, good);
  EXPECT_TRUE(amendment.has_from());
  die_and_start_again();
  settle();
  tell(audit(false));
  settle();
  EXPECT_EQ(amendments().size(), 1u);
}

TEST_F(QualityPipelineTest, AnAmendmentThatACrashCutOffIsMadeAtTheNextStart) {
  // What is on the disk when the process dies between the audit's entry and its amendment.
  v1::QualityCheck check;
  check.set_lane(1);
  check.set_kind(v1::QualityCheck::dynamic_check);
  v1::Amendment owed;
  owed.set_lane(1);
  owed.set_effect("invalid");
  const auto append = [&](std::uint32_t kind, std::string payload, ledger::Marks marks) {
    std::promise<Sequence> done;
    EXPECT_TRUE(ledger->append({kind, 1, std::move(payload), std::move(marks)}, [&](const Result<Sequence>& appended) { done.set_value(*appended); }));
    return done.get_future().get();
  };
  append(v1::Entry::device_event, "", {});
  const auto cause = append(v1::Entry::audit, check.SerializeAsString(), {{"lane.1.amend", "1 " + to_hex(as_bytes(owed.SerializeAsString()))}});
  append(v1::Entry::device_event, "", {});
  die_and_start_again();
  settle();
  ASSERT_EQ(amendments().size(), 1u);
  EXPECT_EQ(amendments()[0].cause().sequence(), cause);
  EXPECT_EQ(amendments()[0].effect(), "invalid");
  die_and_start_again();
  settle();
  EXPECT_EQ(amendments().size(), 1u);
}

TEST_F(QualityPipelineTest, WhatWasCheckedIsKnownAgainAfterARestart) {
  poll_answer(0);
  tell(audit(false));
  settle();
  die_and_start_again();
  poll_answer(0);
  vehicle(1);
  settle();
  EXPECT_EQ(newest_passage().quality_control().state(), v1::QualityControl::failed);
  tell(audit(true));
  settle();
  die_and_start_again();
  poll_answer(1);
  vehicle(2);
  settle();
  EXPECT_EQ(newest_passage().quality_control().state(), v1::QualityControl::qc_unknown);
}

TEST_F(QualityPipelineTest, AnAuditThatRunsGoesOnAfterARestart) {
  poll_answer(0);
  v1::QualityChange change;
  auto& request = *change.mutable_audit_started();
  request.set_lane(1);
  request.set_minutes(60);
  request.add_puff()->set_quantity("co_per_co2");
  tell(change);
  std::promise<void> done;
  ASSERT_TRUE(ledger->append({v1::Entry::operator_action, 1, "", pipeline->quality_marks(1)}, [&](const auto&) { done.set_value(); }));
  done.get_future().wait();
  die_and_start_again();
  poll_answer(0);
  vehicle(1);
  settle();
  EXPECT_EQ(newest_passage().purpose(), v1::Passage::audit);
}

TEST_F(QualityPipelineTest, WhatTheLedgerRefusesWaitsAndIsStoredInOrderWithItsAnswer) {
  open(1);
  ledger::Draft ballast;
  ballast.kind = v1::Entry::device_event;
  for (int round = 0; round < 20; ++round) {
    while (ledger->append(ballast, [](const auto&) {})) {
    }
    tell(audit(round % 2 == 0));
  }
  settle();
  EXPECT_GT(stored, 0u);
  EXPECT_EQ(pipeline->quality_entries().lost(), 0u);
  std::vector<bool> passed;
  for (const auto& entry : entries()) {
    v1::QualityCheck check;
    if (entry->kind == v1::Entry::audit && check.ParseFromString(*entry->payload)) passed.push_back(check.passed());
  }
  ASSERT_EQ(passed.size(), 20u);
  for (std::size_t i = 0; i < passed.size(); ++i) EXPECT_EQ(passed[i], i % 2 == 0) << i;
  EXPECT_EQ(amendments().size(), 10u);
}

TEST_F(QualityPipelineTest, WhatCannotEvenWaitIsCountedAndAnswered) {
  open(1);
  std::size_t answered = 0;
  ledger::Draft ballast;
  ballast.kind = v1::Entry::device_event;
  for (int round = 0; round < 2000 && pipeline->quality_entries().lost() == 0; ++round) {
    while (ledger->append(ballast, [](const auto&) {})) {
    }
    pipeline->quality_changed(audit(true), {clock.monotonic(), clock.wall()}, [&](const Result<Sequence>& appended) { answered += appended ? 0 : 1; });
  }
  EXPECT_EQ(answered, pipeline->quality_entries().lost());
  EXPECT_EQ(answered, 1u);
  settle();
}

}  // namespace
}  // namespace exhaust::app
