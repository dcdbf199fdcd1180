#pragma once

#include <filesystem>
#include <map>

#include "daemon/core/result.hpp"
#include "daemon/ledger/chain.hpp"

namespace exhaust::uplink {

/// What a platform has said of one chain.
struct Accepted {
  Sequence sequence = 0;       ///< highest contiguous one that is durable there
  std::uint64_t rejected = 0;  ///< of these, held there without payload
};
using Cursor = std::map<ledger::ChainKey, Accepted>;

/// A cursor file only shows the figures until the platform has been heard again: its answer is the truth. So
/// it is replaced whole but never synced, and a missing or unreadable line is no error.
Cursor load_cursor(const std::filesystem::path& file);
Result<void> save_cursor(const std::filesystem::path& file, const Cursor& cursor);

}  // namespace exhaust::uplink
