#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "daemon/projection/accounts_rows.hpp"
#include "daemon/projection/projection.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::projection {

/// The accounts' tables, and what an entry changes in them. Internal to this folder: SQLiteCpp shows.
///
/// What the gate counted is followed by numbers alone (`advance`); who accounts for them is counted beside it. Numbers that
/// were skipped are looked for, in this order: among the lane's entries whose content is not here (withheld, or rejected by
/// this tier), then in a later gap that tells of refused vehicles without their numbers. What is left is a hole, and
/// the equation of its hour does not close.
///
/// The same entries in the same order make the same tables, in however many batches.
///
/// Threading: the projection's thread.
class AccountsStore final : public Derived {
 public:
  /// Of the tables and of these rules.
  static constexpr const char* kFormat = "accounts 1";

  void open(SQLite::Database& database) override;
  void close() override;
  void take(const ledger::Entry& entry) override;
  void end_batch() override;
  void committed(Position position) override { position_ = position; }

  /// REQUIRES: open, outside of a batch.
  AccountsRows rows(const AccountsFilter& filter);
  /// Of the newest entry that is in the file.
  Position position() const { return position_; }
  /// Entries that came again with a sequence that was here already.
  std::uint64_t fed_again() const { return fed_again_; }

 private:
  struct Chain {
    std::int64_t id = 0;
    std::int64_t station = 0;
    Sequence last = 0;
  };
  struct LaneState {
    LaneNumber number;
    std::string line;
    std::int64_t at_us = 0;    ///< when the last number was counted
    Sequence sequence = 0;     ///< of the entry that said it
  };
  using LaneKey = std::pair<std::int64_t, Lane>;               // chain
  using HourKey = std::tuple<std::int64_t, Lane, Hour>;        // station
  enum Absent : int { kPassage = 0, kGap = 1 };

  /// Where an entry stands, while it is being taken.
  struct Place {
    const Chain* chain;
    Lane lane;
    Sequence sequence;
    std::int64_t at_us;
    LaneState* state;
    Hour hour() const { return hour_of(at_us); }
  };

  SQLite::Statement& prepared(const char* sql);
  Chain& chain_of(const ledger::ChainKey& key);
  std::int64_t station_of(const std::string& name);
  HourCounts& counts(const Place& at, Hour hour) { return changes_[{at.chain->station, at.lane, hour}]; }

  void take_passage(Place at, const v1::Passage& passage);
  void take_gap(Place at, const v1::Gap& gap);
  void take_refused(const Place& at, const v1::Gap& gap);
  void keep_absent(const Chain& chain, const ledger::Entry& entry, Absent kind);
  Step count(const Place& at, Numbers numbers);
  std::uint64_t claim_absent(const Place& at, std::uint64_t skipped);
  bool absent_between(const Place& at, Absent kind);
  void add_hole(const Place& at, std::uint64_t first, std::uint64_t last, std::uint64_t count);
  std::uint64_t fill_holes(const Place& at, std::uint64_t vehicles);
  void cover(const Place& at, std::int64_t from_us, std::int64_t to_us);
  void remark(const Place& at, Remark::Kind kind, std::uint64_t count, std::uint64_t first, std::uint64_t last, std::int64_t from_us,
              std::int64_t to_us, Sequence after = 0);
  void gate_down(const Place& at, std::int64_t from_us, std::int64_t to_us);

  SQLite::Database* database_ = nullptr;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
  std::map<std::string, std::int64_t> stations_;
  std::map<ledger::ChainKey, Chain> chains_;
  std::map<LaneKey, LaneState> lanes_;
  // Of the batch: what is not in the file yet.
  std::map<HourKey, HourCounts> changes_;
  std::set<LaneKey> touched_lanes_;
  std::set<ledger::ChainKey> touched_chains_;
  Position position_ = 0;
  std::uint64_t fed_again_ = 0;
};

}  // namespace exhaust::projection
