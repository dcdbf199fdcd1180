#include "daemon/ledger/sqlite/sqlite_ledger.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include "daemon/core/log.hpp"
#include "daemon/ledger/sqlite/group.hpp"
#include "daemon/ledger/sqlite/segment.hpp"
#include "daemon/ledger/sqlite/segment_files.hpp"
#include "daemon/ledger/sqlite/tail.hpp"
#include "daemon/ledger/sqlite/watchers.hpp"

namespace exhaust::ledger {

namespace {

using std::chrono::steady_clock;

/// Beside `queue_limit`, so that few large payloads cannot fill the memory either.
constexpr std::size_t kQueueBytes = 64U << 20U;
constexpr std::size_t kTailBytes = 32U << 20U;
/// Each consumer waits for its last read before it asks again: more than this is a mistake, answered with kRefused.
constexpr std::size_t kReadsLimit = 4096;
/// Of one answer, whatever was asked for.
constexpr std::size_t kReadEntries = 4096;
constexpr std::size_t kReadBytes = 8U << 20U;
/// Reads between two commits.
constexpr auto kReadSlice = std::chrono::milliseconds{5};

struct OwnAppend {
  Draft draft;
  Ledger::Appended done;
};
struct RunAppend {
  Run run;
  Ledger::RunAppended done;
};
using Append = std::variant<OwnAppend, RunAppend>;

struct ReadFrom {
  Position from = 0;
  std::size_t limit = 0;
  std::size_t max_bytes = 0;
};
struct Find {
  ChainKey key;
  Sequence sequence = 0;
};
struct FindTime {
  std::int64_t wall_time_us = 0;
};
struct Read {
  std::variant<ReadFrom, Find, FindTime> what;
  Ledger::ReadDone done;
  bool one_too_many = false;
};

std::size_t size_of(const Run& run) {
  std::size_t bytes = 0;
  for (const auto& item : run.items) bytes += item.payload ? item.payload->size() : 0;
  return bytes;
}

/// Threading: `queue_mutex_` guards what the ledger's thread is asked for, `book_mutex_` what is shown of it; all else
/// belongs to the ledger's thread. Only that thread changes `chains_`, and so reads it without the lock.
class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(LedgerSettings settings, FolderLock lock, std::unique_ptr<Segment> segment, Chains chains)
      : settings_(std::move(settings)),
        lock_(std::move(lock)),
        segment_(std::move(segment)),
        chains_(std::move(chains)),
        own_header_(chains_.by_key.at(chains_.own).state.header),
        tail_(settings_.tail_limit, kTailBytes),
        newest_(segment_->newest()) {
    thread_ = std::thread([this] { run(); });
  }

  ~SqliteLedger() override {
    {
      const std::scoped_lock lock(queue_mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  SqliteLedger(const SqliteLedger&) = delete;
  SqliteLedger& operator=(const SqliteLedger&) = delete;

  bool append(Draft draft, Appended done) override {
    const std::size_t bytes = draft.payload.size();
    return take(OwnAppend{std::move(draft), std::move(done)}, 1, bytes);
  }

  bool append_run(Run run, RunAppended done) override {
    const std::size_t count = run.items.size();
    const std::size_t bytes = size_of(run);
    return take(RunAppend{std::move(run), std::move(done)}, count, bytes);
  }

  void read(Position from, std::size_t limit, std::size_t max_bytes, ReadDone done) override {
    ask({ReadFrom{from, limit, max_bytes}, std::move(done)});
  }
  void find(ChainKey key, Sequence sequence, ReadDone done) override {
    ask({Find{std::move(key), sequence}, std::move(done)});
  }
  void find_time(std::int64_t wall_time_us, ReadDone done) override { ask({FindTime{wall_time_us}, std::move(done)}); }

  Position newest() const override { return newest_.load(); }
  std::shared_ptr<void> watch(std::function<void(Position)> changed) override {
    return watchers_.add(std::move(changed));
  }

  std::shared_ptr<const ChainHeader> own_chain() const override { return own_header_; }
  std::vector<ChainState> chains() const override {
    const std::scoped_lock lock(book_mutex_);
    std::vector<ChainState> states;
    states.reserve(chains_.by_key.size());
    for (const auto& [key, chain] : chains_.by_key) states.push_back(chain.state);
    return states;
  }
  std::optional<ChainState> chain(const ChainKey& key) const override {
    const std::scoped_lock lock(book_mutex_);
    const auto found = chains_.by_key.find(key);
    if (found == chains_.by_key.end()) return std::nullopt;
    return found->second.state;
  }
  Marks marks() const override {
    const std::scoped_lock lock(book_mutex_);
    return chains_.by_key.at(chains_.own).marks;
  }

  Statistics statistics() const override {
    Statistics statistics;
    statistics.path = settings_.folder.string();
    const auto segments = list_segments(settings_.folder);
    if (segments) {
      for (const auto& segment : *segments) {
        for (const char* suffix : {"", "-wal"}) {
          std::error_code missing;
          auto path = segment.path;
          path += suffix;
          const auto size = std::filesystem::file_size(path, missing);
          if (!missing) statistics.bytes += size;
        }
      }
      if (!segments->empty()) statistics.entries = newest() + 1 - segments->front().first;
    }
    const std::scoped_lock lock(queue_mutex_);
    statistics.queued = queued_;
    statistics.refused = refused_;
    return statistics;
  }

 private:
  bool take(Append append, std::size_t count, std::size_t bytes) {
    {
      const std::scoped_lock lock(queue_mutex_);
      // What is larger than the whole queue still goes into an empty one.
      const bool fits = queued_ + count <= settings_.queue_limit && queued_bytes_ + bytes <= kQueueBytes;
      if (stopping_ || (!fits && queued_ > 0)) {
        ++refused_;
        return false;
      }
      appends_.push_back(std::move(append));
      queued_ += count;
      queued_bytes_ += bytes;
    }
    wake_.notify_one();
    return true;
  }

  void ask(Read read) {
    {
      const std::scoped_lock lock(queue_mutex_);
      if (reads_.size() >= kReadsLimit) {
        read.what = FindTime{};
        read.one_too_many = true;
      }
      reads_.push_back(std::move(read));
    }
    wake_.notify_one();
  }

  void run() {
    for (;;) {
      std::vector<Append> group;
      {
        std::unique_lock lock(queue_mutex_);
        wake_.wait(lock, [this] { return stopping_ || !appends_.empty() || !reads_.empty(); });
        if (stopping_ && appends_.empty() && reads_.empty()) return;
        group.swap(appends_);
      }
      if (!group.empty()) commit(std::move(group));
      serve_reads();
    }
  }

  /// One transaction for what has gathered; then the answers, in the order of the calls.
  void commit(std::vector<Append> appends) {
    Group group(chains_, segment_->newest());
    std::vector<Result<Sequence>> sequences;
    std::vector<Result<ChainState>> states;
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (auto& append : appends) {
      if (auto* own = std::get_if<OwnAppend>(&append)) {
        count += 1;
        bytes += own->draft.payload.size();
        sequences.push_back(group.add(std::move(own->draft)));
      } else {
        Run& run = std::get<RunAppend>(append).run;
        count += run.items.size();
        bytes += size_of(run);
        states.push_back(group.add(std::move(run)));
      }
    }
    const auto written = group.empty() ? Result<void>{} : segment_->write(group);
    if (written) {
      publish(group);
    } else {
      if (!failing_) log::error("ledger refuses entries", {{"ERROR", written.error().detail}});
      {
        const std::scoped_lock lock(queue_mutex_);
        refused_ += count;
      }
      // Also what was answered from memory alone may rest on entries of this group.
      for (auto& sequence : sequences) {
        if (sequence) sequence = std::unexpected(written.error());
      }
      for (auto& state : states) {
        if (state) state = std::unexpected(written.error());
      }
    }
    if (written && failing_ && !group.empty()) log::info("ledger takes entries again");
    if (!group.empty()) failing_ = !written;
    {
      const std::scoped_lock lock(queue_mutex_);
      queued_ -= count;
      queued_bytes_ -= bytes;
    }
    auto sequence = sequences.begin();
    auto state = states.begin();
    for (auto& append : appends) {
      if (auto* own = std::get_if<OwnAppend>(&append)) {
        if (own->done) own->done(std::move(*sequence));
        ++sequence;
      } else {
        auto& done = std::get<RunAppend>(append).done;
        if (done) done(std::move(*state));
        ++state;
      }
    }
    if (written && !group.empty()) watchers_.call(group.newest());
    segment_->tidy();
  }

  void publish(const Group& group) {
    {
      const std::scoped_lock lock(book_mutex_);
      for (const auto& [key, chain] : group.changed()) chains_.by_key.insert_or_assign(key, chain);
    }
    for (const auto& [key, chain] : group.changed()) chains_.last_number = std::max(chains_.last_number, chain.number);
    for (const auto& row : group.rows()) tail_.push(row.entry);
    newest_.store(group.newest());
  }

  void serve_reads() {
    const auto until = steady_clock::now() + kReadSlice;
    do {
      Read read;
      bool stopping = false;
      {
        const std::scoped_lock lock(queue_mutex_);
        if (reads_.empty()) return;
        read = std::move(reads_.front());
        reads_.pop_front();
        stopping = stopping_;
      }
      auto answer = stopping            ? fail(ErrorKind::kStopped, "the ledger closes")
                    : read.one_too_many ? fail(ErrorKind::kRefused, "too many reads wait for the ledger")
                                        : look_up(read, until);
      if (read.done) read.done(std::move(answer));
    } while (steady_clock::now() < until);
  }

  Result<Entries> look_up(const Read& read, steady_clock::time_point until) {
    if (const auto* from = std::get_if<ReadFrom>(&read.what)) {
      const std::size_t limit = std::min(from->limit, kReadEntries);
      const std::size_t bytes = std::min(from->max_bytes, kReadBytes);
      if (from->from > segment_->newest()) return Entries{};
      if (tail_.holds(from->from)) return tail_.read(from->from, limit, bytes);
      return segment_->read(from->from, limit, bytes, until);
    }
    if (const auto* find = std::get_if<Find>(&read.what)) {
      const auto chain = chains_.by_key.find(find->key);
      if (chain == chains_.by_key.end() || find->sequence == 0 || find->sequence > chain->second.state.last) {
        return Entries{};
      }
      return segment_->find(chain->second.number, find->sequence);
    }
    return segment_->find_time(std::get<FindTime>(read.what).wall_time_us);
  }

  const LedgerSettings settings_;
  // Declared so that the segment is closed before the lock is released.
  FolderLock lock_;
  std::unique_ptr<Segment> segment_;
  Chains chains_;
  const std::shared_ptr<const ChainHeader> own_header_;
  Tail tail_;
  bool failing_ = false;
  mutable std::mutex book_mutex_;
  std::atomic<Position> newest_;
  Watchers watchers_;

  mutable std::mutex queue_mutex_;
  std::condition_variable wake_;
  std::vector<Append> appends_;
  std::deque<Read> reads_;
  std::size_t queued_ = 0;  // entries, also those of the commit under way
  std::size_t queued_bytes_ = 0;
  std::uint64_t refused_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

const char* word(bool simulated) { return simulated ? "simulated" : "real"; }

Result<Chains> chains_for(Segment& segment, const LedgerSettings& settings, const std::string& station_id,
                          bool simulated) {
  Chains chains;
  const StoredChain* own = nullptr;
  for (const auto& chain : segment.chains()) {
    chains.last_number = std::max(chains.last_number, chain.number);
    if (chain.state.own) own = &chain;  // the newest of our own is the one that goes on
    chains.by_key.emplace(chain.state.header->key, chain);
  }
  if (own != nullptr) {
    const ChainHeader& header = *own->state.header;
    if (header.key.station_id != station_id || header.simulated != simulated) {
      return fail(ErrorKind::kSettings, settings.folder.string() + " holds the " + word(header.simulated) +
                                            " ledger of station " + header.key.station_id + ", the settings say " +
                                            word(simulated) + " and " + station_id);
    }
    if (header.algorithm != settings.algorithm) {
      log::warning("ledger keeps the hash algorithm it began with", {{"FOLDER", settings.folder.string()}});
    }
    chains.own = header.key;
    return chains;
  }
  auto header = std::make_shared<ChainHeader>();
  header->key = {station_id, make_ledger_id()};
  header->algorithm = settings.algorithm;
  header->simulated = simulated;
  StoredChain fresh;
  fresh.number = ++chains.last_number;
  fresh.before_hash = chain_start(*header);
  fresh.state.hash = fresh.before_hash;
  fresh.state.own = true;
  fresh.state.header = header;
  auto added = segment.add_chain(fresh);
  if (!added) return std::unexpected(added.error());
  chains.own = header->key;
  chains.by_key.emplace(header->key, std::move(fresh));
  return chains;
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(LedgerSettings settings, std::string station_id, bool simulated,
                                                   std::string version) {
  auto made = make_folder(settings.folder);
  if (!made) return std::unexpected(made.error());
  auto lock = FolderLock::exclusive(settings.folder);
  if (!lock) return std::unexpected(lock.error());
  auto files = list_segments(settings.folder);
  if (!files) return std::unexpected(files.error());
  if (files->size() > 1) {
    return fail(ErrorKind::kSettings, settings.folder.string() + " has several segments, this exhaustd knows one: use "
                                                                "the newer exhaustd that wrote it");
  }
  auto segment = Segment::open(files->empty() ? segment_file(settings.folder, 1) : files->front(), version);
  if (!segment) return std::unexpected(segment.error());
  auto chains = chains_for(**segment, settings, station_id, simulated);
  if (!chains) return std::unexpected(chains.error());
  return std::make_unique<SqliteLedger>(std::move(settings), std::move(*lock), std::move(*segment), std::move(*chains));
}

}  // namespace exhaust::ledger
