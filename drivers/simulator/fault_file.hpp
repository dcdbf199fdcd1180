#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulator/fault.hpp"

namespace exhaust::simulator {

/// Reads a fault schedule (README, "Faults"). Unknown keys, and keys that the entry's kind does not use, are mistakes.
/// Error: kSettings, with file, line and what is allowed: the first mistake.
Result<std::vector<Fault>> parse_faults(std::string_view text, const std::string& file);
Result<std::vector<Fault>> read_faults(const std::filesystem::path& file);

}  // namespace exhaust::simulator
