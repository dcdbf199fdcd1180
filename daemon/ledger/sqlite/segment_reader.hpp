#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ledger/sqlite/segment_files.hpp"
#include "daemon/ledger/sqlite/stored_chain.hpp"

namespace exhaust::ledger {

/// One row of `entries`, as it is stored. The views live until the next row.
struct StoredRow {
  Position position = 0;
  std::int64_t chain = 0;
  Sequence sequence = 0;
  std::int64_t wall_time_us = 0;
  std::int64_t kind = 0;
  std::optional<std::string_view> payload;
  std::optional<Digest> leaf;  ///< absent, or not 32 bytes
  std::optional<Digest> hash;  ///< absent: not 32 bytes
  bool rejected = false;
};

/// A segment of a stopped daemon, also one that was killed. Changes no file and makes none.
/// REQUIRES: the folder's lock is held.
class SegmentReader {
 public:
  /// Errors: kSettings (newer format), kDamaged, kStorage.
  static Result<std::unique_ptr<SegmentReader>> open(const SegmentFile& file);
  ~SegmentReader();

  const std::vector<StoredChain>& chains() const { return chains_; }
  /// Last position less the first, plus one, without counting: for progress.
  std::uint64_t about_entries() const { return about_entries_; }
  /// All rows in position order, one in memory at a time. Error: kDamaged, kStorage; what could be read came before.
  Result<void> each_row(const std::function<void(const StoredRow&)>& row);

 private:
  struct Database;
  SegmentReader();

  SegmentFile file_;
  std::unique_ptr<Database> database_;
  std::vector<StoredChain> chains_;
  std::uint64_t about_entries_ = 0;
};

}  // namespace exhaust::ledger
