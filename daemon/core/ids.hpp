#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/result.hpp"

namespace exhaust {

using Lane = std::uint32_t;          ///< cdxh: 1, 2, ...; 0 means the whole station
using Sequence = std::uint64_t;      ///< of an entry in its chain: 1, 2, ...
using Position = std::uint64_t;      ///< of an entry in one tier's ledger; never travels
using LedgerId = std::array<std::uint8_t, 16>;

/// dwbh (networking.md 1): A vertical, B horizontal, C mobile, D black smoke; county code; serial.
Result<std::string> check_station_id(std::string_view text);

/// 16 random bytes from the system.
LedgerId make_ledger_id();

}  // namespace exhaust
