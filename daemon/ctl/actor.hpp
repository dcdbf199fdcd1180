#pragma once

#include <string>

namespace exhaust::ctl {

/// Who asks, for the ledger: what the system calls them. Nobody proves it.
std::string actor();

}  // namespace exhaust::ctl
