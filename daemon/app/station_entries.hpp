#pragma once

#include <vector>

#include "daemon/ledger/ledger.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::app {

/// The entries that a daemon appends at its start: how the ledger began, who the station is, the settings and the
/// standard in force; each only when it differs from what the ledger says already (by a mark with its hash). The start
/// itself is always said.
std::vector<ledger::Draft> start_entries(const settings::Settings& settings, const ledger::Ledger& ledger, WallTime now);

}  // namespace exhaust::app
