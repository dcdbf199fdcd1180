#include "daemon/verify/verify.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "tests/daemon/ledger/sqlite/ledger_words.hpp"

namespace exhaust::verify {
namespace {

using ledger::append;
using ledger::draft;
using ledger::Feeder;
using ledger::Ledger;
using testing::HasSubstr;
using testing::IsEmpty;

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() { settings.folder = folder.path() / "ledger"; }

  std::unique_ptr<Ledger> start() {
    auto opened = ledger::open(settings);
    EXPECT_TRUE(opened) << opened.error().detail;
    return opened ? std::move(*opened) : nullptr;
  }

  /// Twenty entries of our own with two stations' runs between them.
  void fill() {
    const auto writing = start();
    for (int i = 1; i <= 20; ++i) {
      ASSERT_TRUE(append(*writing, draft("own payload " + std::to_string(i), i % 2 == 0 ? 4 : 9)));
      if (i % 5 == 0) {
        auto run = other.next({"first of " + std::to_string(i), "second", "third"});
        run.items[1].payload.reset();
        run.items[2].rejected = true;
        ASSERT_TRUE(append(*writing, run));
      }
    }
  }

  void alter(const std::string& sql) { SQLite::Database(segment().string(), SQLite::OPEN_READWRITE).exec(sql); }

  Report verified() {
    auto report = verify_ledger(settings.folder);
    EXPECT_TRUE(report) << report.error().detail;
    return report.value_or(Report{});
  }

  /// The independent reader's exit status and words.
  std::pair<int, std::string> python() const {
    const auto command = std::string("python3 " EXHAUST_SOURCE_DIR "/tests/independent/verify_ledger.py ") +
                         settings.folder.string() + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> part{};
    while (const auto size = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
    return {WEXITSTATUS(::pclose(pipe)), text};
  }

  /// Every file's name and bytes.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& file : std::filesystem::directory_iterator(settings.folder)) {
      std::ifstream in(file.path(), std::ios::binary);
      all[file.path().filename()].assign(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  std::filesystem::path segment() const { return settings.folder / "segment-00000000000000000001.sqlite"; }

  ledger::TemporaryFolder folder;
  ledger::LedgerSettings settings;
  Feeder other{"A440300002", 7, HashAlgorithm::kSm3};
};

TEST_F(VerifyTest, WholeLedgerIsWhole) {
  fill();
  std::uint64_t done = 0, total = 0;
  const auto report = *verify_ledger(settings.folder, [&](auto now, auto all) { done = now, total = all; });
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.entries, 32U);
  EXPECT_EQ(done, 32U);
  EXPECT_EQ(total, 32U);
  ASSERT_EQ(report.chains.size(), 2U);
  const auto& own = report.chains[0];
  EXPECT_TRUE(own.own);
  EXPECT_TRUE(own.simulated);
  EXPECT_EQ(own.station_id, ledger::kStation);
  EXPECT_EQ(own.entries, 20U);
  EXPECT_EQ(own.passages, 10U);
  EXPECT_EQ(own.first, 1U);
  EXPECT_EQ(own.last, 20U);
  const auto& fed = report.chains[1];
  EXPECT_EQ(fed.ledger_id, "07070707070707070707070707070707");
  EXPECT_EQ(fed.entries, 12U);
  EXPECT_EQ(fed.rejected, 4U);
  EXPECT_EQ(fed.withheld, 4U);
  EXPECT_EQ(fed.last_hash, to_hex(other.hash));
}

TEST_F(VerifyTest, PayloadDigestIsOfLengthsAndPayloadsInSequenceOrder) {
  {
    const auto writing = start();
    auto run = other.next({"ab", "withheld", ""});
    run.items[1].payload.reset();
    ASSERT_TRUE(append(*writing, run));
  }
  // printf '\0\0\0\2ab\377\377\377\377\0\0\0\0' | sha256sum
  EXPECT_EQ(verified().chains[1].payload_digest, "a4e3375e9a4c61a1565b588348229bf7fd6b8086dba0f0065a888d3a3b60d87e");
  // sha256sum < /dev/null
  EXPECT_EQ(verified().chains[0].payload_digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_F(VerifyTest, EmptyLedgerIsWholeAndNoLedgerIsAnError) {
  EXPECT_EQ(verify_ledger(settings.folder).error().kind, ErrorKind::kStorage);
  start();
  EXPECT_TRUE(verified().ok);
  EXPECT_EQ(verified().entries, 0U);
}

TEST_F(VerifyTest, RunningDaemonIsInTheWay) {
  const auto running = start();
  const auto report = verify_ledger(settings.folder);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().detail, HasSubstr("an exhaustd that runs holds"));
}

struct Alteration {
  std::string name, sql;
  std::size_t chain;  ///< whose problem it is
  Sequence sequence;
  std::string sentence;
};

class Altered : public VerifyTest, public testing::WithParamInterface<Alteration> {};

TEST_P(Altered, IsFound) {
  fill();
  alter(GetParam().sql);
  const auto report = verified();
  EXPECT_FALSE(report.ok);
  const auto& problems = report.chains.at(GetParam().chain).problems;
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems[0].sequence, GetParam().sequence);
  EXPECT_THAT(problems[0].text, HasSubstr(GetParam().sentence));
  EXPECT_LE(problems.size(), 3U);
  EXPECT_THAT(report.chains.at(1 - GetParam().chain).problems, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Altered,
    testing::Values(
        Alteration{"PayloadByte",
                   "UPDATE entries SET payload = CAST('own payloae 7' AS BLOB) WHERE chain = 1 AND sequence = 7", 0, 7, "not what was hashed"},
        Alteration{"WithheldLeaf", "UPDATE entries SET leaf = zeroblob(32) WHERE chain = 2 AND sequence = 5", 1, 5,
                   "not what was hashed"},
        Alteration{"WallTime", "UPDATE entries SET wall_time_us = 1001 WHERE chain = 1 AND sequence = 3", 0, 3,
                   "not what was hashed"},
        Alteration{"Kind", "UPDATE entries SET kind = 4 WHERE chain = 1 AND sequence = 3", 0, 3, "not what was hashed"},
        Alteration{"RemovedRow", "DELETE FROM entries WHERE chain = 1 AND sequence = 11", 0, 11, "entry 11 is missing"},
        Alteration{"RemovedTail", "DELETE FROM entries WHERE chain = 2 AND sequence > 8", 1, 9,
                   "entries 9 to 12 are missing at the end"},
        Alteration{"SwappedRows",
                   "UPDATE entries SET position = 1000 WHERE position = 3; UPDATE entries SET position = 3 WHERE "
                   "position = 4; UPDATE entries SET position = 4 WHERE position = 1000",
                   0, 3, "entry 3 is missing"},
        Alteration{"SwappedPayloads",
                   "UPDATE entries SET payload = CAST('own payload ' || (CASE sequence WHEN 2 THEN '4' ELSE '2' END) "
                   "AS BLOB) WHERE chain = 1 AND sequence IN (2, 4)",
                   0, 2, "not what was hashed"},
        Alteration{"Head", "UPDATE chains SET last_hash = zeroblob(32) WHERE chain = 1", 0, 20, "another hash"},
        Alteration{"Count", "UPDATE chains SET passages = 9 WHERE chain = 1", 0, 0, "counted 10 passages"},
        Alteration{"Simulated", "UPDATE chains SET simulated = 0 WHERE chain = 1", 0, 0,
                   "does not start from its header"}),
    [](const auto& which) { return which.param.name; });

TEST_F(VerifyTest, OneFlippedByteInTheFileIsFound) {
  fill();
  std::string bytes;
  {
    std::ifstream in(segment(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto at = bytes.find("own payload 13");
  ASSERT_NE(at, std::string::npos);
  std::fstream file(segment(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(at));
  file.put('O');
  file.close();
  const auto report = verified();
  EXPECT_FALSE(report.ok);
  ASSERT_EQ(report.chains[0].problems.size(), 1U);
  EXPECT_EQ(report.chains[0].problems[0].sequence, 13U);
  EXPECT_EQ(python().first, 1);
}

TEST_F(VerifyTest, ManyProblemsAreCountedNotListed) {
  fill();
  alter("UPDATE entries SET hash = zeroblob(32), kind = 4 WHERE chain = 1");
  alter("UPDATE entries SET chain = 99 WHERE chain = 2");
  const auto report = verified();
  EXPECT_FALSE(report.ok);
  EXPECT_LE(report.chains[0].problems.size(), 21U);
  EXPECT_FALSE(report.problems.empty());
}

TEST_F(VerifyTest, IndependentReaderTellsTheSame) {
  fill();
  const auto report = verified();
  const auto [status, text] = python();
  EXPECT_EQ(status, 0) << text;
  for (const auto& chain : report.chains) {
    EXPECT_THAT(text, HasSubstr("\"last_hash\": \"" + chain.last_hash + '"'));
    EXPECT_THAT(text, HasSubstr("\"payload_digest\": \"" + chain.payload_digest + '"'));
  }
}

/// A writer of its own that tells through a pipe what was acknowledged, until it is killed.
class KilledWriter {
 public:
  explicit KilledWriter(const ledger::LedgerSettings& settings) {
    EXPECT_EQ(::pipe(pipe_.data()), 0);
    child_ = ::fork();
    if (child_ == 0) write_for_ever(settings, pipe_[1]);
    ::close(pipe_[1]);
  }

  /// Kills it once it has acknowledged so many; the last sequence it acknowledged before it died.
  Sequence kill_after(Sequence acknowledged) {
    Sequence last = 0;
    Sequence read = 0;
    bool killed = false;
    while (::read(pipe_[0], &read, sizeof read) == sizeof read) {
      EXPECT_GT(read, last);
      last = read;
      if (last >= acknowledged && !killed) {
        ::kill(child_, SIGKILL);
        killed = true;
      }
    }
    ::close(pipe_[0]);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    return last;
  }

 private:
  [[noreturn]] static void write_for_ever(const ledger::LedgerSettings& settings, int out) {
    auto opened = ledger::open(settings);
    if (!opened) ::_exit(1);
    for (std::uint64_t i = 0;; ++i) {
      const bool lone = i % 8 == 0;  // single commits and groups
      auto what = draft("passage " + std::to_string(i) + std::string(i % 3000, 'x'));
      what.marks = {{"written", std::to_string(i)}};
      const auto tell = [out](const Result<Sequence>& done) {
        if (!done || ::write(out, &*done, sizeof(Sequence)) != sizeof(Sequence)) ::_exit(2);
      };
      if (lone) {
        const auto done = append(**opened, std::move(what));
        tell(done);
      } else {
        while (!(*opened)->append(what, tell)) ::usleep(100);
      }
    }
  }

  std::array<int, 2> pipe_{};
  pid_t child_ = -1;
};

TEST_F(VerifyTest, WhatWasAcknowledgedSurvivesAKill) {
  std::mt19937 random{20261123};
  Sequence least = 0;
  for (int round = 0; round < 5; ++round) {
    least = std::max(least, KilledWriter(settings).kill_after(least + 1 + random() % 600));
    const auto left = files();
    EXPECT_EQ(left.count(segment().filename().string() + "-wal"), 1U);
    const auto report = verified();
    EXPECT_EQ(files(), left);
    EXPECT_TRUE(report.ok);
    ASSERT_EQ(report.chains.size(), 1U);
    EXPECT_GE(report.chains[0].last, least);
    if (round == 0) {
      EXPECT_EQ(python().first, 0);
    }
    const auto again = start();
    EXPECT_EQ(again->newest(), report.chains[0].last);
    const auto newest = ledger::read(*again, again->newest())[0];
    EXPECT_EQ(newest->hash, again->chain(again->own_chain()->key)->hash);
    // The marks are those of the newest entry, no older and no newer.
    const auto text = "passage " + again->marks()["written"];
    EXPECT_EQ(newest->payload->substr(0, newest->payload->find('x')), text);
    least = again->newest();
  }
}

TEST_F(VerifyTest, FailedWriteEndsTheProcessAndLosesNothingAcknowledged) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto opened = ledger::open(settings);
    const rlimit limit{600'000, 600'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100; ++i) {
      if (!append(**opened, draft(std::string(100'000, 'x')))) ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 74);
  EXPECT_TRUE(verified().ok);
  EXPECT_GT(verified().entries, 1U);
}

}  // namespace
}  // namespace exhaust::verify
