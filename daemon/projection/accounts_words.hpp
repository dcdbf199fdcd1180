#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/projection/accounts_rows.hpp"
#include "exhaust/v1/accounts.pb.h"

/// The accounts in sentences. Times are those of Asia/Shanghai, and say so. Pure; internal to this folder.
namespace exhaust::projection::words {

/// "1 passage", "2 passages".
std::string plural(std::uint64_t count, const char* noun);
/// "station A110119001, lane 1, 2026-11-23 18:00 (UTC+8)"
std::string place(const std::string& station, Lane lane, Hour hour);
/// The numbers of an hour that does not close, and what is known of why.
std::string not_closed(const HourCounts& counts, const std::vector<const Remark*>& why);
/// A remark that keeps nothing open, with its place.
std::string sentence(const Remark& remark);
/// Why a tier's equation does not close; nothing when it does.
std::optional<std::string> objection(const v1::TierAccount& tier);

}  // namespace exhaust::projection::words
