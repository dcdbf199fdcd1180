#include "daemon/assessment/applicability.hpp"

#include <algorithm>

#include "daemon/core/time.hpp"

namespace exhaust::assessment {

namespace {

bool among(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || std::ranges::find(words, word) != words.end();
}

std::string_view or_else(const std::string& word, std::string_view other) {
  return word.empty() ? other : word;
}

}  // namespace

std::optional<std::chrono::year_month_day> day_of(const v1::Passage& passage) {
  constexpr std::int64_t kYear1 = -62'135'596'800, kYear9999 = 253'402'300'799;  // what a Timestamp may hold
  if (!passage.has_detected_at()) return std::nullopt;
  const auto seconds = passage.detected_at().seconds();
  if (seconds < kYear1 || seconds > kYear9999) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{seconds}} +
                                               kChinaUtcOffset);
}

bool in_force(const Standard& standard, std::optional<std::chrono::year_month_day> day) {
  if (!day) return true;
  return *day >= standard.effective_from && (!standard.effective_until || *day <= *standard.effective_until);
}

std::optional<std::string_view> not_for(const Standard& standard, const v1::Passage& passage) {
  const auto& vehicle = passage.vehicle();
  const auto& plate = passage.plate();
  if (!contains(standard.applies_to, fuel_of(vehicle.fuel()))) return "fuel";
  if (!among(standard.plate_colors, or_else(plate.color(), "unknown"))) return "plate colour";
  if (!among(standard.plate_classes, or_else(plate.class_(), passage.has_plate() ? "unknown" : "none")))
    return "plate class";
  if (!vehicle.category().empty() && !among(standard.categories, vehicle.category()))
    return "vehicle category";
  return std::nullopt;
}

std::vector<const Limit*> limits_for(const Standard& standard, const v1::Passage& passage) {
  std::vector<const Limit*> limits;
  if (!applies(standard, passage) || !in_force(standard, day_of(passage))) return limits;
  const auto fuel = fuel_of(passage.vehicle().fuel());
  for (const auto& limit : standard.limits) {
    if (contains(limit.fuels, fuel)) limits.push_back(&limit);
  }
  return limits;
}

}  // namespace exhaust::assessment
