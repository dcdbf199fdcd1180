#pragma once

#include <map>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/ledger/sqlite/stored_chain.hpp"

namespace exhaust::ledger {

/// The chains of a ledger as committed.
struct Chains {
  std::map<ChainKey, StoredChain> by_key;
  ChainKey own;
  std::int64_t last_number = 0;
};

/// What one transaction will write: drafts and runs become entries with position, sequence and hash, and the chains
/// move on, all in memory; nothing of it counts before the commit. No I/O.
class Group {
 public:
  struct Row {
    EntryPtr entry;
    std::int64_t chain = 0;
    bool rejected = false;
  };

  /// `committed` outlives the group and does not change meanwhile; `newest` is the last position given out.
  Group(const Chains& committed, Position newest) : committed_(committed), newest_(newest) {}

  /// Error: kRefused (too large; a mark that is not one line "name=value").
  Result<Sequence> add(Draft draft);
  /// Nothing is written for a run whose last entry is here already. Errors: kRefused, with the rule in words.
  Result<ChainState> add(Run run);

  const std::vector<Row>& rows() const { return rows_; }
  /// Chains that move, with their state after the group. Those with a number above `Chains::last_number` are new.
  const std::map<ChainKey, StoredChain>& changed() const { return changed_; }
  const Chains& committed() const { return committed_; }
  Position newest() const { return newest_; }
  bool empty() const { return rows_.empty(); }

 private:
  const StoredChain* look_up(const ChainKey& key) const;
  StoredChain& to_change(const ChainKey& key);
  void push(StoredChain& chain, std::shared_ptr<Entry> entry, bool rejected);

  const Chains& committed_;
  Position newest_;
  std::vector<Row> rows_;
  std::map<ChainKey, StoredChain> changed_;
  std::int64_t new_chains_ = 0;
};

}  // namespace exhaust::ledger
