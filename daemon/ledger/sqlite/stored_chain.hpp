#pragma once

#include <cstdint>

#include "daemon/ledger/ledger.hpp"

namespace exhaust::ledger {

/// One row of a segment's `chains`.
struct StoredChain {
  std::int64_t number = 0;       ///< in this segment: what `entries.chain` refers to
  ChainState state;              ///< where the chain stands at the segment's end; counts are of the whole chain
  Sequence before_sequence = 0;  ///< where it stood when the segment began
  Digest before_hash{};
  Marks marks;                   ///< of our own chain; stored as "name=value" lines
};

}  // namespace exhaust::ledger
