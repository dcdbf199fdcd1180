#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/replay/replay.hpp"

namespace exhaust::replay {

/// What a ledger and a replay say of the same stretch of time.
struct Comparison {
  std::uint64_t equal = 0;                ///< passages and gaps, byte for byte
  std::uint64_t of_the_ledger = 0;        ///< gaps that no replay can know: the ledger itself refused the vehicles
  Sequence first = 0, last = 0;           ///< of the ledger's entries compared with; 0: none
  std::vector<std::string> differences;   ///< the first 20, in the ledger's order; then what it lacks
  std::uint64_t more_differences = 0;
  bool same() const { return differences.empty(); }
};

/// Compares the passages and gaps of a replay with those of a stopped station's ledger: each must be there, with the same
/// bytes, and between the first and the last of them nothing else may be. Errors: kStorage (a running exhaustd holds the
/// folder; nothing there), kDamaged, kSettings (newer format).
Result<Comparison> compare(const std::filesystem::path& ledger, const std::vector<Payload>& payloads);

}  // namespace exhaust::replay
