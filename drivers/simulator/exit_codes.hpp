#pragma once

#include <string>

#include "daemon/core/result.hpp"

namespace exhaust::simulator {

/// Of the program, after sysexits.h.
inline constexpr int kDone = 0, kUsage = 64, kData = 65, kNotReachable = 69, kStorage = 74;

int exit_code(ErrorKind kind);
/// Says one line on the standard error; returns `code`.
int complain(int code, const std::string& text);

}  // namespace exhaust::simulator
