#pragma once

#include <filesystem>
#include <string>

#include "daemon/core/time.hpp"

namespace exhaust::service {

struct ServiceSettings {
  std::string listen;               ///< "HOST:PORT" for platforms and centres; empty: the local socket only
  std::filesystem::path socket = "/run/exhaustd/exhaustd.sock";  ///< for exhaustctl; reflection is served here only
  bool ingest = false;              ///< a hub: other daemons may push their ledgers here
  bool accept_simulated = false;    ///< a hub that takes simulated ledgers (tests and demos)
  Duration heartbeat{std::chrono::seconds{10}};  ///< an idle subscription hears so often where the ledger stands
};

}  // namespace exhaust::service
