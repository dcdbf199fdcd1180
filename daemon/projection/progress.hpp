#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/ids.hpp"

namespace exhaust::projection {

/// Where a projection stands, for status and tests.
struct Progress {
  Position position = 0;        ///< of the newest entry that is in the projection's file
  std::uint64_t entries = 0;    ///< taken since the start
  std::uint64_t rebuilds = 0;   ///< times the file was begun anew since the start: missing, damaged, of another format or ledger
  std::uint64_t failures = 0;   ///< batches that were undone and tried again
  std::uint64_t refused = 0;    ///< questions turned away because too many waited
  std::string trouble;          ///< why it does not move on; empty: nothing is wrong
};

}  // namespace exhaust::projection
