#pragma once

#include <string>
#include <string_view>

#include "daemon/assessment/standard.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::assessment {

/// Told of a valid record (networking.md: -1, none). What codes there are for the others is not published, so
/// each is a setting.
inline constexpr std::string_view kWxyyOfValid = "-1";
/// Told of a record that is not valid where the standard has no code: that it is not valid must not get lost.
inline constexpr std::string_view kWxyyOfOther = "99";
/// The key in Standard::wxyy whose code replaces `kWxyyOfOther`.
inline constexpr std::string_view kWxyyOtherKey = "OTHER";

/// Why a record is not valid, as the platforms are told: wxyy (无效原因). It has room for one code, so that
/// it is the one of the first reason, in the order of the checks, that has one.
std::string wxyy(const v1::Assessment& assessment, const Standard& standard);

}  // namespace exhaust::assessment
