#pragma once

#include <memory>
#include <string>

#include "daemon/ledger/ledger.hpp"
#include "daemon/ledger/ledger_settings.hpp"

namespace exhaust::ledger {

/// Opens the ledger in `settings.folder`, or makes it, with a fresh chain of our own. Nothing is appended.
/// Errors: kStorage: the folder cannot be used, another daemon holds it, or its format is newer than this program's
/// (untouched); kDamaged: the file is not what was written (untouched); kSettings: the folder holds the ledger of
/// another station, or a simulated one where a real one is asked for, or the other way round.
Result<std::unique_ptr<Ledger>> open_sqlite_ledger(LedgerSettings settings, std::string station_id, bool simulated,
                                                   std::string version);

}  // namespace exhaust::ledger
