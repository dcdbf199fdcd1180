#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/core/result.hpp"
#include "daemon/ledger/sqlite/group.hpp"
#include "daemon/ledger/sqlite/segment_files.hpp"

namespace exhaust::ledger {

/// The open segment: one file, one exclusive connection, write-ahead log, synced at each commit.
///
/// A failed write or sync of a transaction ends the process (status 74): what the disk holds is then not known, and
/// only recovery at the next start can tell.
///
/// Threading: one thread at a time; the connection is handed over, never shared.
class Segment {
 public:
  /// Opens or creates it; recovers what a crash left in the log. Errors: kSettings (newer format, untouched), kDamaged
  /// (not a segment, or its heads and its entries disagree), kStorage.
  static Result<std::unique_ptr<Segment>> open(const SegmentFile& file, const std::string& version);
  ~Segment();

  /// As of opening; the caller keeps them from there on.
  const std::vector<StoredChain>& chains() const { return chains_; }

  /// Writes a group in one transaction; durable when this returns. Errors: kStorage (disk full, ...), kDamaged: then
  /// nothing of the group is stored.
  Result<void> write(const Group& group);
  /// Adds a chain that has no entry yet.
  Result<void> add_chain(const StoredChain& chain);
  /// Moves the log into the file when it has become long. Done apart from `write`, so that a commit is answered first.
  void tidy();

  /// Entries from `from` on, in order; what fits, one at least; cut short at `until`.
  Result<Entries> read(Position from, std::size_t limit, std::size_t max_bytes,
                       std::chrono::steady_clock::time_point until);
  /// Empty when it is not here.
  Result<Entries> find(std::int64_t chain, Sequence sequence);
  /// The first position stamped at or after `wall_time_us`: a look-up in `times`, then at most 256 rows.
  Result<Entries> find_time(std::int64_t wall_time_us);

  Position newest() const { return newest_; }
  Position first() const { return first_; }

 private:
  struct Database;
  explicit Segment(SegmentFile file);
  Result<void> load();
  Result<void> check_heads();
  void insert(const StoredChain& chain);
  void insert(const Group::Row& row);

  SegmentFile file_;
  std::unique_ptr<Database> database_;
  std::vector<StoredChain> chains_;
  std::unordered_map<std::int64_t, std::shared_ptr<const ChainHeader>> headers_;
  Position first_ = 1;
  Position newest_ = 0;
  std::int64_t newest_chain_ = 0;             ///< whose entry the newest is; 0: none
  std::optional<std::int64_t> latest_us_;     ///< of all wall times in this segment
};

}  // namespace exhaust::ledger
