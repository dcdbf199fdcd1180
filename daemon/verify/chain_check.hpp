#pragma once

#include <optional>
#include <string>

#include "daemon/ledger/sqlite/segment_reader.hpp"
#include "daemon/verify/verify.hpp"

namespace exhaust::verify {

/// Adds `text` unless there are 20 already; then counts, and `close` says how many more.
class ProblemList {
 public:
  void add(Sequence sequence, std::string text);
  std::vector<Problem> close();
  bool empty() const { return problems_.empty(); }

 private:
  std::vector<Problem> problems_;
  std::uint64_t more_ = 0;
};

/// Follows one chain through the rows of its segments, in order. After a finding it goes on from what is stored, so
/// that one altered entry is one problem.
class ChainCheck {
 public:
  explicit ChainCheck(const ledger::StoredChain& chain);

  /// At each segment's beginning: where the chain stands must be where the segments before left it.
  void begins(const ledger::StoredChain& chain);
  void add(const ledger::StoredRow& row);
  /// At each segment's end: the heads and counts it states must be those of its entries.
  void ends(const ledger::StoredChain& chain);

  ChainReport report();
  bool ok() const { return problems_.empty(); }

 private:
  ledger::ChainHeader header_;
  ChainReport report_;
  Sequence last_ = 0;
  Digest hash_;
  Hasher payloads_;
  ProblemList problems_;
};

}  // namespace exhaust::verify
