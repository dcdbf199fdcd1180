#pragma once

#include "daemon/settings/settings.hpp"

namespace exhaust::app {

/// Runs the daemon, station or hub, until SIGTERM or SIGINT. Returns the exit code: 0 done, 69 a port or socket is
/// taken, 74 the ledger cannot be opened, 78 the settings do not fit the ledger that is there.
int run(settings::Settings settings);

}  // namespace exhaust::app
