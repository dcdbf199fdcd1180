#pragma once

#include <string>

#include "daemon/core/result.hpp"

namespace exhaust::anpr {

/// The first line of a file that only the daemon should be able to read; blocks for one small read. Read at
/// each opening, so that a changed password needs no restart. Error: kSettings.
Result<std::string> read_password(const std::string& file);

}  // namespace exhaust::anpr
