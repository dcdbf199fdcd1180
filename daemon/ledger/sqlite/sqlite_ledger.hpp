#pragma once

#include <memory>
#include <string>

#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/ledger/ledger_settings.hpp"

namespace exhaust::ledger {

/// Opens the ledger in `settings.folder`, or makes a new one there: folder, segment and our own chain with a fresh
/// ledger id, but no entry. `version` is the program's, noted in a new segment.
///
/// Errors: kSettings (the folder is the ledger of another station, of the other kind (simulated or real), or of a newer
/// exhaustd: nothing was changed), kStorage (held by another process; the disk), kDamaged (what is stored contradicts
/// itself: nothing was deleted).
///
/// Callbacks run on the ledger's thread and do not throw. They may call the ledger, but not destroy it. Destruction
/// commits everything that was taken and calls every completion; reads that still wait end with kStopped.
Result<std::unique_ptr<Ledger>> open_sqlite_ledger(LedgerSettings settings, std::string station_id, bool simulated,
                                                   std::string version);

}  // namespace exhaust::ledger
