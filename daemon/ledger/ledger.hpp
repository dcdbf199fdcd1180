#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ledger/chain.hpp"

namespace exhaust::ledger {

/// Larger payloads are refused, here and by every platform: an entry must fit into a message.
inline constexpr std::size_t kMaxPayload = 1u << 20;

/// Small named texts that are committed together with an entry, e.g. "lane.1.vehicle_number" = "4711": what must be
/// known again after a crash, no more and no less than the entries say.
using Marks = std::map<std::string, std::string, std::less<>>;

/// One stored line of a ledger, of any kind. Immutable; shared between readers.
struct Entry {
  Position position = 0;                      ///< in this tier's ledger
  std::shared_ptr<const ChainHeader> chain;
  Sequence sequence = 0;                      ///< in its chain
  std::int64_t wall_time_us = 0;              ///< UTC
  std::uint32_t kind = 0;                     ///< Entry.Kind of entry.proto; unknown values are carried
  std::optional<std::string> payload;         ///< absent: withheld or rejected
  Digest leaf{};
  Digest hash{};                              ///< chain(sequence)
};
using EntryPtr = std::shared_ptr<const Entry>;
using Entries = std::vector<EntryPtr>;

/// An entry of our own, on its way in.
struct Draft {
  std::uint32_t kind = 0;
  std::int64_t wall_time_us = 0;
  std::string payload;
  Marks marks;
  /// Added to the marks of these names, which are whole numbers: counts stay true when an earlier append fails.
  std::map<std::string, std::int64_t, std::less<>> counts{};
};

/// Consecutive entries of another daemon's chain, already hashed by the caller.
struct Run {
  std::shared_ptr<const ChainHeader> chain;
  Sequence first = 0;
  Digest before{};       ///< chain(first - 1); must be what the ledger holds
  struct Item {
    std::int64_t wall_time_us = 0;
    std::uint32_t kind = 0;
    std::optional<std::string> payload;  ///< absent: withheld by the feeder, or rejected here
    Digest leaf{};
    Digest hash{};
    bool rejected = false;
  };
  std::vector<Item> items;
};

struct ChainState {
  std::shared_ptr<const ChainHeader> header;
  bool own = false;
  Sequence last = 0;       ///< 0: none yet
  Digest hash{};           ///< chain(last)
  std::uint64_t passages = 0;
  std::uint64_t rejected = 0;
  std::int64_t last_wall_time_us = 0;
};

struct Statistics {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;      ///< on disk
  std::uint64_t queued = 0;     ///< now
  std::uint64_t refused = 0;    ///< appends refused because the queue was full, since the start
  std::string path;
};

/// A tier's ledger: what fills it and what reads it know this, and never each other. Appends are group-committed;
/// completions and read results arrive on the ledger's own thread: post to your own before you touch your state.
/// A storage error that makes durability doubtful (fsync) ends the process.
///
/// Threading: all methods from any thread.
class Ledger {
 public:
  virtual ~Ledger() = default;

  using Appended = std::function<void(Result<Sequence>)>;
  using RunAppended = std::function<void(Result<ChainState>)>;
  using ReadDone = std::function<void(Result<Entries>)>;

  /// Appends to our own chain; `done` is called after the commit is on the disk, in the order of the calls.
  /// False: the queue (4,096) is full; nothing was taken, `done` is not called, the refusal is counted.
  [[nodiscard]] virtual bool append(Draft draft, Appended done) = 0;
  /// Appends to another daemon's chain, creating it when `first` is 1. kRefused: `first` or `before` do not continue
  /// what is stored. False as for `append`.
  [[nodiscard]] virtual bool append_run(Run run, RunAppended done) = 0;

  /// Entries with position >= `from`, in order, at most `limit` and about `max_bytes` of payload (at least one entry).
  /// Empty: nothing there yet.
  virtual void read(Position from, std::size_t limit, std::size_t max_bytes, ReadDone done) = 0;
  /// One entry by chain and sequence; an empty result when it is not here.
  virtual void find(ChainKey key, Sequence sequence, ReadDone done) = 0;
  /// The first entry stamped at or after `wall_time_us`; an empty result when there is none.
  virtual void find_time(std::int64_t wall_time_us, ReadDone done) = 0;

  /// Position of the newest durable entry; 0: none.
  virtual Position newest() const = 0;
  /// Calls `changed` after each commit, on the ledger's thread, until the returned object is destroyed. Destruction
  /// waits for a call in progress.
  [[nodiscard]] virtual std::shared_ptr<void> watch(std::function<void(Position newest)> changed) = 0;

  virtual std::shared_ptr<const ChainHeader> own_chain() const = 0;
  virtual std::vector<ChainState> chains() const = 0;
  virtual std::optional<ChainState> chain(const ChainKey& key) const = 0;
  /// As committed. Only `append` changes them.
  virtual Marks marks() const = 0;
  virtual Statistics statistics() const = 0;
};

}  // namespace exhaust::ledger
