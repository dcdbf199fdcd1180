#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/assessment/checks.hpp"

/// How a rule says what it found.
namespace exhaust::assessment {

/// Bounds are inside.
struct Bounds {
  std::optional<double> least, most;
  bool given() const { return least || most; }
};

inline Finding off(std::string_view what) { return {.what = what}; }

inline Finding not_made(std::string_view what, std::string_view note) {
  return {.what = what, .outcome = Finding::Outcome::kNotMade, .note = note};
}

inline Finding held(std::string_view what, std::string_view note) {
  return {.what = what, .outcome = Finding::Outcome::kHeld, .note = note};
}

inline Finding failed(std::string_view what, v1::Validity::Reason reason, std::string_view note,
                      std::vector<Subject> subjects = {}) {
  return {.what = what,
          .outcome = Finding::Outcome::kFailed,
          .reason = reason,
          .note = note,
          .subjects = std::move(subjects)};
}

inline Finding compared(std::string_view what, std::string_view unit, double value, Bounds bounds,
                        v1::Validity::Reason reason) {
  const bool inside = (!bounds.least || value >= *bounds.least) && (!bounds.most || value <= *bounds.most);
  return {.what = what,
          .outcome = inside ? Finding::Outcome::kHeld : Finding::Outcome::kFailed,
          .reason = inside ? v1::Validity::REASON_UNSPECIFIED : reason,
          .value = value,
          .least = bounds.least,
          .most = bounds.most,
          .unit = unit};
}

}  // namespace exhaust::assessment
