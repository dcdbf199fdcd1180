#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/assessment/standard.hpp"

/// Which vehicles, on which days, a standard is for.
namespace exhaust::assessment {

/// The day on which the passage was detected, at UTC+8. Absent: not said, or no time of this calendar.
std::optional<std::chrono::year_month_day> day_of(const v1::Passage& passage);

/// From the first day to the last one, both inside. A passage that does not say when it was is of every day.
bool in_force(const Standard& standard, std::optional<std::chrono::year_month_day> day);

/// What of the vehicle the standard is not for: "fuel", "plate colour", "plate class" or "vehicle category";
/// nothing when it applies. A category that is not known is every one; a colour or class that is not known is
/// "unknown", and no camera reading is class "none".
std::optional<std::string_view> not_for(const Standard& standard, const v1::Passage& passage);
inline bool applies(const Standard& standard, const v1::Passage& passage) {
  return !not_for(standard, passage);
}

/// The limits that a passage is compared with, in the standard's order: results stand in this order too. None
/// if the standard does not apply or was not in force.
std::vector<const Limit*> limits_for(const Standard& standard, const v1::Passage& passage);

}  // namespace exhaust::assessment
