#include "daemon/ledger/sqlite/sqlite_ledger.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

#include "daemon/core/log.hpp"
#include "daemon/ledger/sqlite/segment.hpp"
#include "daemon/ledger/sqlite/tail.hpp"

namespace exhaust::ledger {

namespace {

constexpr std::size_t kTailBytes = 32u << 20;
constexpr std::uint32_t kPassage = 4;  // Entry.Kind of entry.proto; the ledger knows this one, to count it
constexpr int kExitStorage = 74;

/// One daemon a folder.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::filesystem::path& folder) {
    const auto file = folder / "lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(ErrorKind::kStorage, file.string() + ": cannot be opened");
    FolderLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return fail(ErrorKind::kStorage, "another exhaustd holds the ledger in " + folder.string());
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Threading: see Ledger. `mutex_` guards what other threads see; the segment belongs to `thread_` alone.
class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(LedgerSettings settings, FolderLock lock, std::unique_ptr<Segment> segment, std::vector<Segment::Chain> chains)
      : settings_(std::move(settings)), lock_(std::move(lock)), segment_(std::move(segment)), tail_(settings_.tail_limit, kTailBytes) {
    for (auto& chain : chains) add(std::move(chain));
    marks_ = segment_->marks();
    newest_ = segment_->newest();
    statistics_.entries = newest_;
    statistics_.bytes = segment_->size_bytes();
    statistics_.path = settings_.folder.string();
    thread_ = std::thread([this] { run(); });
  }

  ~SqliteLedger() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_arrived_.notify_one();
    thread_.join();
  }

  bool append(Draft draft, Appended done) override { return enqueue(Own{std::move(draft), std::move(done)}, 1); }
  bool append_run(Run run, RunAppended done) override {
    const auto size = std::max<std::size_t>(run.items.size(), 1);
    return enqueue(Foreign{std::move(run), std::move(done)}, size);
  }

  void read(Position from, std::size_t limit, std::size_t max_bytes, ReadDone done) override {
    enqueue_read([=, this, done = std::move(done)] {
      answer(done, [&] {
        const auto begin = std::max<Position>(from, 1);
        if (begin > newest_ || limit == 0) return Entries{};
        return tail_.holds(begin) ? tail_.read(begin, limit, max_bytes) : segment_->read(headers_, begin, limit, max_bytes);
      });
    });
  }
  void find(ChainKey key, Sequence sequence, ReadDone done) override {
    enqueue_read([this, key = std::move(key), sequence, done = std::move(done)] {
      answer(done, [&] {
        const auto number = numbers_.find(key);
        return number == numbers_.end() ? Entries{} : segment_->find(headers_, number->second, sequence);
      });
    });
  }
  void find_time(std::int64_t wall_time_us, ReadDone done) override {
    enqueue_read([this, wall_time_us, done = std::move(done)] { answer(done, [&] { return segment_->find_time(headers_, wall_time_us); }); });
  }

  Position newest() const override {
    const std::lock_guard lock(mutex_);
    return newest_;
  }
  std::shared_ptr<void> watch(std::function<void(Position)> changed) override {
    const std::lock_guard lock(watch_mutex_);
    const auto id = ++last_watch_;
    watches_[id] = std::move(changed);
    // The mutex is held while watches are called, so taking it waits for a call in progress.
    return std::shared_ptr<void>(nullptr, [this, id](void*) {
      const std::lock_guard inner(watch_mutex_);
      watches_.erase(id);
    });
  }

  std::shared_ptr<const ChainHeader> own_chain() const override { return own_; }
  std::vector<ChainState> chains() const override {
    const std::lock_guard lock(mutex_);
    std::vector<ChainState> states;
    for (const auto& [number, chain] : chains_) states.push_back(chain.state);
    return states;
  }
  std::optional<ChainState> chain(const ChainKey& key) const override {
    const std::lock_guard lock(mutex_);
    const auto number = numbers_.find(key);
    if (number == numbers_.end()) return std::nullopt;
    return chains_.at(number->second).state;
  }
  Marks marks() const override {
    const std::lock_guard lock(mutex_);
    return marks_;
  }
  Statistics statistics() const override {
    const std::lock_guard lock(mutex_);
    auto now = statistics_;
    now.queued = queued_;
    return now;
  }

 private:
  struct Own {
    Draft draft;
    Appended done;
  };
  struct Foreign {
    Run run;
    RunAppended done;
  };
  using Work = std::variant<Own, Foreign>;
  using ReadWork = std::function<void()>;

  bool enqueue(Work work, std::size_t size) {
    {
      const std::lock_guard lock(mutex_);
      // A run larger than the whole queue goes in when it is alone.
      if (stopping_ || (queued_ > 0 && queued_ + size > settings_.queue_limit)) {
        statistics_.refused += size;
        return false;
      }
      queued_ += size;
      appends_.push_back(std::move(work));
    }
    work_arrived_.notify_one();
    return true;
  }

  void enqueue_read(ReadWork work) {
    {
      const std::lock_guard lock(mutex_);
      reads_.push_back(std::move(work));
    }
    work_arrived_.notify_one();
  }

  template <class Read>
  void answer(const ReadDone& done, Read read) {
    try {
      done(read());
    } catch (const std::exception& error) {
      log::error("the ledger cannot be read", {{"ERROR", error.what()}});
      done(fail(ErrorKind::kDamaged, error.what()));
    }
  }

  /// What has gathered while the last commit was being synced is the next transaction; a lone entry waits for nobody.
  void run() {
    for (;;) {
      std::deque<Work> appends;
      std::deque<ReadWork> reads;
      {
        std::unique_lock lock(mutex_);
        work_arrived_.wait(lock, [this] { return stopping_ || !appends_.empty() || !reads_.empty(); });
        appends.swap(appends_);
        queued_ = 0;
        reads.swap(reads_);
        if (appends.empty() && reads.empty()) return;  // stopping, and all is done
      }
      if (!appends.empty()) commit(appends);
      for (const auto& read : reads) read();
    }
  }

  /// What one transaction has changed so far; becomes visible when it is on the disk.
  struct Group {
    std::map<Segment::ChainNumber, Segment::Chain> chains;
    std::vector<Segment::Chain> new_chains;
    Marks marks;
    Entries entries;
    std::vector<std::function<void()>> done;
    Position newest = 0;
  };

  void commit(std::deque<Work>& appends) {
    Group group;
    group.newest = newest_;
    try {
      segment_->begin();
      for (auto& work : appends) {
        if (auto* own = std::get_if<Own>(&work)) put(group, *own);
        else put(group, std::get<Foreign>(work));
      }
      for (const auto& [number, chain] : group.chains) segment_->save_head(chain);
      for (const auto& [name, value] : group.marks) segment_->put_mark(name, value);
      segment_->commit();
    } catch (const SQLite::Exception& error) {
      return group_failed(appends, error);
    }
    publish(group);
    for (const auto& done : group.done) done();
    const std::lock_guard lock(watch_mutex_);
    for (const auto& [id, changed] : watches_) changed(group.newest);
  }

  void put(Group& group, Own& own) {
    auto& chain = chain_in(group, own_number_);
    append_entry(group, chain, own.draft.wall_time_us, own.draft.kind, std::move(own.draft.payload), std::nullopt, std::nullopt, false);
    for (auto& [name, value] : own.draft.marks) group.marks[name] = std::move(value);
    group.done.push_back([done = own.done, sequence = chain.state.last] { done(sequence); });
  }

  void put(Group& group, Foreign& foreign) {
    auto& run = foreign.run;
    auto* chain = chain_in(group, *run.chain);
    const auto refuse = [&](const std::string& why) {
      group.done.push_back([done = foreign.done, why] { done(fail(ErrorKind::kRefused, why)); });
    };
    if (chain == nullptr) {
      if (run.first != 1) return refuse("nothing of this chain is held, and the run begins at " + std::to_string(run.first));
      if (run.before != chain_start(*run.chain)) return refuse("the run does not continue chain(0)");
      auto added = segment_->add_chain(*run.chain, false);
      const auto number = added.number;
      group.new_chains.push_back(added);
      chain = &group.chains.emplace(number, std::move(added)).first->second;
    }
    const auto last = run.first + run.items.size() - 1;
    if (!run.items.empty() && last > chain->state.last) {
      if (chain->state.own) return refuse("the run is of this daemon's own chain");
      if (run.first != chain->state.last + 1) return refuse("the run begins at " + std::to_string(run.first) + ", expected " + std::to_string(chain->state.last + 1));
      if (run.before != chain->state.hash) return refuse("the run does not continue the chain that is held");
      for (auto& item : run.items) append_entry(group, *chain, item.wall_time_us, item.kind, std::move(item.payload), item.leaf, item.hash, item.rejected);
    }
    group.done.push_back([done = foreign.done, state = chain->state] { done(state); });
  }

  void append_entry(Group& group, Segment::Chain& chain, std::int64_t wall_time_us, std::uint32_t kind, std::optional<std::string> payload,
                    std::optional<Digest> leaf, std::optional<Digest> hash, bool rejected) {
    auto& state = chain.state;
    const auto algorithm = state.header->algorithm;
    auto entry = std::make_shared<Entry>();
    entry->position = ++group.newest;
    entry->chain = state.header;
    entry->sequence = state.last + 1;
    entry->wall_time_us = wall_time_us;
    entry->kind = kind;
    entry->payload = std::move(payload);
    entry->leaf = leaf ? *leaf : leaf_of(algorithm, as_bytes(*entry->payload));
    entry->hash = hash ? *hash : chain_next(algorithm, state.hash, entry->sequence, wall_time_us, kind, entry->leaf);
    segment_->insert({entry->position, chain.number, entry->sequence, wall_time_us, kind, entry->payload ? &*entry->payload : nullptr, entry->leaf, entry->hash, rejected});
    state.last = entry->sequence;
    state.hash = entry->hash;
    state.last_wall_time_us = wall_time_us;
    state.passages += kind == kPassage ? 1 : 0;
    state.rejected += rejected ? 1 : 0;
    group.entries.push_back(std::move(entry));
  }

  Segment::Chain& chain_in(Group& group, Segment::ChainNumber number) { return group.chains.try_emplace(number, chains_.at(number)).first->second; }
  Segment::Chain* chain_in(Group& group, const ChainHeader& header) {
    if (const auto known = numbers_.find(header.key); known != numbers_.end()) return &chain_in(group, known->second);
    for (const auto& added : group.new_chains) {
      if (added.state.header->key == header.key) return &group.chains.at(added.number);
    }
    return nullptr;
  }

  void add(Segment::Chain chain) {
    const auto number = chain.number;
    if (chain.state.own) {
      own_ = chain.state.header;
      own_number_ = number;
    }
    numbers_[chain.state.header->key] = number;
    headers_[number] = chain.state.header;
    chains_[number] = std::move(chain);
  }

  void publish(Group& group) {
    const auto bytes = segment_->size_bytes();
    const std::lock_guard lock(mutex_);
    for (auto& [number, chain] : group.chains) add(std::move(chain));
    for (auto& [name, value] : group.marks) marks_[name] = std::move(value);
    newest_ = group.newest;
    statistics_.entries = newest_;
    statistics_.bytes = bytes;
    for (auto& entry : group.entries) tail_.push(std::move(entry));
  }

  void group_failed(std::deque<Work>& appends, const SQLite::Exception& error) {
    // After a failed write or sync nobody knows what is on the disk: only a restart and recovery tells.
    if (error.getErrorCode() == SQLITE_IOERR || error.getErrorCode() == SQLITE_CORRUPT) {
      log::error("the ledger's storage failed: ending, to recover from what is on the disk", {{"ERROR", error.what()}});
      std::_Exit(kExitStorage);
    }
    log::error("the ledger takes no entries", {{"ERROR", error.what()}});
    try {
      segment_->roll_back();
    } catch (const SQLite::Exception& again) {
      log::error("the ledger cannot undo: ending, to recover", {{"ERROR", again.what()}});
      std::_Exit(kExitStorage);
    }
    const auto failed = fail(ErrorKind::kStorage, error.what());
    for (auto& work : appends) std::visit([&](auto& one) { one.done(failed); }, work);
  }

  const LedgerSettings settings_;
  const FolderLock lock_;
  std::unique_ptr<Segment> segment_;

  mutable std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::deque<Work> appends_;
  std::deque<ReadWork> reads_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::map<Segment::ChainNumber, Segment::Chain> chains_;  ///< written by the ledger's thread, under the mutex
  std::map<ChainKey, Segment::ChainNumber> numbers_;
  Segment::Headers headers_;
  std::shared_ptr<const ChainHeader> own_;
  Segment::ChainNumber own_number_ = 0;
  Marks marks_;
  Position newest_ = 0;
  Statistics statistics_;
  Tail tail_;

  std::mutex watch_mutex_;
  std::uint64_t last_watch_ = 0;
  std::map<std::uint64_t, std::function<void(Position)>> watches_;

  std::thread thread_;
};

/// What a person must know before this folder is used for this station.
Result<void> check_owner(const std::filesystem::path& folder, const ChainHeader& own, const std::string& station_id, bool simulated) {
  if (own.key.station_id != station_id) {
    return fail(ErrorKind::kSettings, folder.string() + " holds the ledger of station " + own.key.station_id + ", not of " + station_id);
  }
  if (own.simulated != simulated) {
    return fail(ErrorKind::kSettings, folder.string() + " holds a " + (own.simulated ? "simulated" : "real") +
                                          " ledger: a ledger is wholly simulated or wholly real, so a new folder is needed");
  }
  return {};
}

/// The heads kept in `chains` must be those of the newest entries.
Result<void> check_heads(Segment& segment, const std::vector<Segment::Chain>& chains) {
  Segment::Headers headers;
  for (const auto& chain : chains) headers[chain.number] = chain.state.header;
  for (const auto& chain : chains) {
    if (chain.state.last == 0) continue;
    const auto newest = segment.find(headers, chain.number, chain.state.last);
    if (newest.empty() || newest.front()->hash != chain.state.hash) {
      return fail(ErrorKind::kDamaged, "the newest entry of chain " + chain.state.header->key.station_id + " is not what its head says");
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(LedgerSettings settings, std::string station_id, bool simulated, std::string version) {
  std::error_code error;
  if (std::filesystem::create_directories(settings.folder, error)) {
    std::filesystem::permissions(settings.folder, std::filesystem::perms::owner_all | std::filesystem::perms::group_read | std::filesystem::perms::group_exec, error);
  }
  if (!std::filesystem::is_directory(settings.folder)) return fail(ErrorKind::kStorage, settings.folder.string() + ": cannot be made a folder: " + error.message());
  auto lock = FolderLock::take(settings.folder);
  if (!lock) return std::unexpected(lock.error());
  auto files = Segment::all_in(settings.folder);
  const auto file = files.empty() ? Segment::path_in(settings.folder, 1) : files.back();
  try {
    auto segment = std::make_unique<Segment>(file);
    auto chains = segment->chains();
    auto own = std::ranges::find_if(chains, [](const auto& chain) { return chain.state.own; });
    if (own == chains.end()) {
      segment->begin();
      chains.push_back(segment->add_chain({{station_id, make_ledger_id()}, kChainFormat, settings.algorithm, simulated}, true));
      segment->commit();
      own = std::prev(chains.end());
    }
    if (const auto fits = check_owner(settings.folder, *own->state.header, station_id, simulated); !fits) return std::unexpected(fits.error());
    if (const auto whole = check_heads(*segment, chains); !whole) return fail(whole.error().kind, file.string() + ": " + whole.error().detail);
    log::info("ledger open", {{"FILE", file.string()}, {"ENTRIES", std::to_string(segment->newest())}, {"VERSION", version}});
    return std::make_unique<SqliteLedger>(std::move(settings), std::move(*lock), std::move(segment), std::move(chains));
  } catch (const SQLite::Exception& problem) {
    const auto kind = problem.getErrorCode() == SQLITE_CORRUPT || problem.getErrorCode() == SQLITE_NOTADB ? ErrorKind::kDamaged : ErrorKind::kStorage;
    return fail(kind, file.string() + ": " + problem.what());
  } catch (const std::exception& problem) {
    return fail(ErrorKind::kStorage, file.string() + ": " + problem.what());
  }
}

}  // namespace exhaust::ledger
