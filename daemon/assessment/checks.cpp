#include "daemon/assessment/checks.hpp"

#include <array>
#include <cmath>

namespace exhaust::assessment {

namespace {

using Outcome = Finding::Outcome;
using v1::Validity;

Finding off(std::string_view what) { return {.what = what}; }

Finding not_made(std::string_view what, std::string_view note) {
  return {.what = what, .outcome = Outcome::kNotMade, .note = note};
}

Finding failed(std::string_view what, Validity::Reason reason, std::string_view note) {
  return {.what = what, .outcome = Outcome::kFailed, .reason = reason, .note = note};
}

Finding held(std::string_view what, std::string_view note) {
  return {.what = what, .outcome = Outcome::kHeld, .note = note};
}

struct Bounds {
  std::optional<double> least, most;
  bool given() const { return least || most; }
};

Finding compared(std::string_view what, std::string_view unit, double value, Bounds bounds,
                 Validity::Reason reason) {
  const bool inside = (!bounds.least || value >= *bounds.least) && (!bounds.most || value <= *bounds.most);
  return {.what = what,
          .outcome = inside ? Outcome::kHeld : Outcome::kFailed,
          .reason = inside ? Validity::REASON_UNSPECIFIED : reason,
          .value = value,
          .least = bounds.least,
          .most = bounds.most,
          .unit = unit};
}

// ---- the plume

std::optional<double> co2_excess(const Facts& facts) {
  const auto& plume = facts.passage.plume();
  return given(plume.has_co2_excess_percent(), plume.co2_excess_percent());
}

Finding plume_seen(const Facts& facts) {
  constexpr std::string_view what = "plume";
  if (!facts.standard.validity.plume_required) return off(what);
  if (!co2_excess(facts)) return failed(what, Validity::NO_PLUME, "no CO2 excess was measured");
  return held(what, "its CO2 excess was measured");
}

/// Too weak a plume says nothing about the vehicle. physics.md 5.
Finding plume_strength(const Facts& facts) {
  constexpr std::string_view what = "CO2 excess";
  const auto& least = facts.standard.validity.co2_excess_min_percent;
  if (!least) return off(what);
  const auto excess = co2_excess(facts);
  if (!excess) return not_made(what, "it was not measured");
  return compared(what, "%", *excess, {least, {}}, Validity::WEAK_PLUME);
}

Finding samples(const Facts& facts) {
  constexpr std::string_view what = "plume samples";
  const auto& least = facts.standard.validity.samples_min;
  if (!least) return off(what);
  if (!facts.passage.plume().has_samples()) return not_made(what, "the unit does not say how many");
  return compared(what, "", facts.passage.plume().samples(), {*least, {}}, Validity::FEW_SAMPLES);
}

Finding fit(const Facts& facts) {
  constexpr std::string_view what = "r2 of the CO slope";
  const auto& rules = facts.standard.validity;
  if (!rules.co_r2_min) return off(what);
  const auto r2 = given(facts.passage.plume().has_co_r2(), facts.passage.plume().co_r2());
  if (!r2) return not_made(what, "the unit does not give it");
  if (!facts.derived.has_co_percent()) return not_made(what, "dry CO is not known");
  if (facts.derived.co_percent() <= rules.co_r2_above_co_percent) {
    return not_made(what, "there is too little CO to fit a slope to");
  }
  return compared(what, "", *r2, {rules.co_r2_min, {}}, Validity::POOR_FIT);
}

Finding smoke_seen(const Facts& facts) {
  constexpr std::string_view what = "smoke";
  if (!facts.standard.validity.smoke_required) return off(what);
  const auto& smoke = facts.passage.smoke();
  const auto opacity = given(smoke.has_opacity_percent(), smoke.opacity_percent());
  const auto k = given(smoke.has_k_per_m(), smoke.k_per_m());
  if (!opacity && !k) return failed(what, Validity::NO_SMOKE, "neither opacity nor k was measured");
  return held(what, "it was measured");
}

// ---- how the vehicle was driven

std::optional<double> speed(const Facts& facts) {
  return given(facts.passage.has_speed_km_h(), facts.passage.speed_km_h());
}
std::optional<double> acceleration(const Facts& facts) {
  return given(facts.passage.has_acceleration_m_s2(), facts.passage.acceleration_m_s2());
}

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

const DrivingWindow* window_of(const Facts& facts) {
  for (const auto& window : facts.standard.validity.windows) {
    if (contains(window.fuels, facts.fuel)) return &window;
  }
  return nullptr;
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

// ---- the weather

/// A weather rule: made where the value is there; without it a fault only if the standard insists on weather.
Finding weather_rule(const Facts& facts, std::string_view what, std::string_view unit,
                     std::optional<double> value, Bounds bounds, Validity::Reason reason) {
  if (!bounds.given()) return off(what);
  if (value) return compared(what, unit, *value, bounds, reason);
  if (facts.standard.validity.weather_required) {
    return failed(what, Validity::NO_WEATHER, "it was not measured");
  }
  return not_made(what, "it was not measured");
}

Finding wind(const Facts& facts) {
  const auto& w = facts.passage.weather();
  return weather_rule(facts, "wind", "m/s", given(w.has_wind_speed_m_s(), w.wind_speed_m_s()),
                      {{}, facts.standard.validity.wind_max_m_s}, Validity::WIND);
}

Finding humidity(const Facts& facts) {
  const auto& w = facts.passage.weather();
  return weather_rule(facts, "relative humidity", "%", given(w.has_humidity_percent(), w.humidity_percent()),
                      {{}, facts.standard.validity.humidity_max_percent}, Validity::HUMIDITY);
}

Finding temperature(const Facts& facts) {
  const auto& w = facts.passage.weather();
  const auto& rules = facts.standard.validity;
  return weather_rule(facts, "air temperature", "degC", given(w.has_temperature_c(), w.temperature_c()),
                      {rules.temperature_min_c, rules.temperature_max_c}, Validity::TEMPERATURE);
}

Finding rain(const Facts& facts) {
  const auto& w = facts.passage.weather();
  return weather_rule(facts, "rain", "mm/h", given(w.has_rain_mm_h(), w.rain_mm_h()),
                      {{}, facts.standard.validity.rain_max_mm_h}, Validity::PRECIPITATION);
}

// ---- clock and plate

Finding clock_trusted(const Facts& facts) {
  constexpr std::string_view what = "clock";
  if (!facts.standard.validity.clock_required) return off(what);
  if (facts.passage.clock().state() == v1::ClockState::synchronised) return held(what, "it was synchronised");
  return failed(what, Validity::CLOCK_NOT_SYNCHRONISED, "it was not synchronised");
}

Finding plate_read(const Facts& facts) {
  constexpr std::string_view what = "plate";
  if (!facts.standard.validity.plate_required) return off(what);
  if (!facts.passage.has_plate()) return failed(what, Validity::PLATE_NOT_READ, "the camera reported none");
  const bool readable = !facts.passage.plate().text().empty();
  if (!readable) return failed(what, Validity::PLATE_NOT_READ, "the camera could not read it");
  return held(what, "it was read");
}

/// A plate without a class (a passage written by hand) was not classified, which is no fault of the plate's.
/// Classes "none" and "garbled" have no text, so they fail as not read.
Finding plate_plausible(const Facts& facts) {
  constexpr std::string_view what = "form of the plate";
  if (!facts.standard.validity.plate_plausible) return off(what);
  const auto& plate = facts.passage.plate();
  if (plate.text().empty()) return not_made(what, "there is no text");
  if (plate.class_().empty()) return not_made(what, "it was not classified");
  if (plate.class_() != "unknown") return held(what, "it is a known one");
  return failed(what, Validity::PLATE_NOT_PLAUSIBLE, "no plate looks like this");
}

using Check = Finding (*)(const Facts&);
constexpr std::array<Check, 16> kChecks{  // the order of the stored reasons
    &plume_seen, &plume_strength, &samples, &fit, &smoke_seen,
    &speed_window, &acceleration_size, &acceleration_window, &vsp_window,
    &wind, &humidity, &temperature, &rain,
    &clock_trusted, &plate_read, &plate_plausible,
};

}  // namespace

std::optional<double> given(bool present, double value) {
  return present && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<Finding> check_all(const Facts& facts) {
  std::vector<Finding> findings;
  findings.reserve(kChecks.size());
  for (const auto check : kChecks) findings.push_back(check(facts));
  return findings;
}

}  // namespace exhaust::assessment
