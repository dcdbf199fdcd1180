#include "daemon/assessment/wxyy.hpp"

#include <algorithm>
#include <utility>

namespace exhaust::assessment {

namespace {

const std::string* code_of(const Standard& standard, std::string_view reason) {
  const auto found = std::ranges::find(standard.wxyy, reason, &std::pair<std::string, std::string>::first);
  return found == standard.wxyy.end() ? nullptr : &found->second;
}

}  // namespace

std::string wxyy(const v1::Assessment& assessment, const Standard& standard) {
  if (assessment.validity().valid()) return std::string(kWxyyOfValid);
  for (const int reason : assessment.validity().reasons()) {
    // A newer build's reason has no name here.
    if (!v1::Validity::Reason_IsValid(reason)) continue;
    const auto& name = v1::Validity::Reason_Name(static_cast<v1::Validity::Reason>(reason));
    if (const auto* code = code_of(standard, name)) return *code;
  }
  const auto* other = code_of(standard, kWxyyOtherKey);
  return other != nullptr ? *other : std::string(kWxyyOfOther);
}

}  // namespace exhaust::assessment
