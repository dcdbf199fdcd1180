#pragma once

#include <filesystem>
#include <functional>

#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger.hpp"

namespace exhaust::replay {

struct StoredEntry {
  ledger::Entry entry;
  bool own = false;  ///< of the ledger's own chain; at a hub, the stations' are not
};

/// The entries of a stopped daemon's ledger, in order, one in memory at a time, until `each` returns false.
/// Entries whose payload is not there come without one. Errors: kStorage (a running exhaustd holds the
/// folder; nothing there), kDamaged, kSettings (newer format).
Result<void> each_stored(const std::filesystem::path& folder,
                         const std::function<bool(const StoredEntry&)>& each);

}  // namespace exhaust::replay
