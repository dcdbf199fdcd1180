#include <cmath>

#include "daemon/assessment/finding.hpp"
#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment::rules {

namespace {

using v1::Validity;

std::optional<double> speed(const Facts& facts) {
  return given(facts.passage.has_speed_km_h(), facts.passage.speed_km_h());
}
std::optional<double> acceleration(const Facts& facts) {
  return given(facts.passage.has_acceleration_m_s2(), facts.passage.acceleration_m_s2());
}

const DrivingWindow* window_of(const Facts& facts) {
  for (const auto& window : facts.standard.validity.windows) {
    if (contains(window.fuels, facts.fuel)) return &window;
  }
  return nullptr;
}

}  // namespace

Finding speed_window(const Facts& facts) {
  constexpr std::string_view what = "speed";
  const auto& rules = facts.standard.validity;
  const auto value = speed(facts);
  if (!value && rules.speed_required) return failed(what, Validity::NO_SPEED, "it was not measured");
  const Bounds bounds{rules.speed_min_km_h, rules.speed_max_km_h};
  if (!bounds.given()) return rules.speed_required ? held(what, "it was measured") : off(what);
  if (!value) return not_made(what, "it was not measured");
  return compared(what, "km/h", *value, bounds, Validity::SPEED_OUT_OF_RANGE);
}

Finding acceleration_size(const Facts& facts) {
  constexpr std::string_view what = "size of the acceleration";
  const auto& rules = facts.standard.validity;
  const auto value = acceleration(facts);
  if (!value && rules.acceleration_required) {
    return failed(what, Validity::NO_ACCELERATION, "it was not measured");
  }
  const Bounds bounds{{}, rules.acceleration_most_m_s2};
  if (!bounds.given()) return rules.acceleration_required ? held(what, "it was measured") : off(what);
  if (!value) return not_made(what, "it was not measured");
  return compared(what, "m/s2", std::abs(*value), bounds, Validity::ACCELERATION_OUT_OF_RANGE);
}

Finding acceleration_window(const Facts& facts) {
  constexpr std::string_view what = "acceleration, by the fuel's own rule";
  const auto* window = window_of(facts);
  if (window == nullptr) return off(what);
  const Bounds bounds{window->acceleration_min_m_s2, window->acceleration_max_m_s2};
  if (!bounds.given()) return off(what);
  const auto value = acceleration(facts);
  if (!value) return failed(what, Validity::NO_ACCELERATION, "it was not measured");
  return compared(what, "m/s2", *value, bounds, Validity::ACCELERATION_OUT_OF_RANGE);
}

/// A fuel with a window must be shown to be inside: power that is not known fails, named after what is
/// missing.
Finding vsp_window(const Facts& facts) {
  constexpr std::string_view what = "VSP, by the fuel's own rule";
  const auto* window = window_of(facts);
  if (window == nullptr) return off(what);
  const Bounds bounds{window->vsp_min_kw_per_t, window->vsp_max_kw_per_t};
  if (!bounds.given()) return off(what);
  if (facts.derived.has_vsp_kw_per_t()) {
    return compared(what, "kW/t", facts.derived.vsp_kw_per_t(), bounds, Validity::VSP_OUT_OF_RANGE);
  }
  if (!speed(facts)) return failed(what, Validity::NO_SPEED, "it is not known: speed was not measured");
  if (!acceleration(facts)) {
    return failed(what, Validity::NO_ACCELERATION, "it is not known: acceleration was not measured");
  }
  return failed(what, Validity::VSP_OUT_OF_RANGE, "it is not known: the slope is not given");
}

}  // namespace exhaust::assessment::rules
