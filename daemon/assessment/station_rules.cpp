#include <algorithm>
#include <initializer_list>
#include <string>

#include "daemon/assessment/finding.hpp"
#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment::rules {

namespace {

using v1::QualityControl;
using v1::Validity;

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

/// Devices whose condition is one of `states`.
std::vector<Subject> devices_that_are(const v1::Passage& passage, std::initializer_list<std::string_view> states) {
  std::vector<Subject> devices;
  for (const auto& condition : passage.conditions()) {
    if (std::ranges::find(states, condition.state()) != states.end()) devices.push_back({condition.device(), condition.state()});
  }
  return devices;
}

}  // namespace

// ---- the weather

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

// ---- the instruments

/// Measured with instruments of which nobody knows how well they measure. Where the settings ask no check of
/// this lane there is nothing to be overdue; whether that will do is for the standard to say.
Finding quality_control(const Facts& facts) {
  constexpr std::string_view what = "quality control";
  const auto& rules = facts.standard.validity;
  if (!rules.qc_in_force && !rules.qc_required) return off(what);
  const auto& control = facts.passage.quality_control();
  if (control.state() == QualityControl::in_force)
    return held(what, "all that is required was done in time and passed");
  if (control.state() == QualityControl::qc_unknown) {
    constexpr std::string_view none = "nothing is required of this lane's instruments";
    return rules.qc_required ? failed(what, Validity::QC, none) : not_made(what, none);
  }
  std::vector<Subject> lacking;
  for (const auto& item : control.items()) {
    if (item.state() == QualityControl::in_force) continue;
    lacking.push_back({item.check(), QualityControl::State_Name(item.state()), true});
  }
  const bool overdue = control.state() == QualityControl::overdue;
  return failed(what, Validity::QC, overdue ? "a check is overdue" : "a check failed", std::move(lacking));
}

/// A device that loses answers may have lost those that mattered. One that is down said nothing: what it
/// should have measured is missing, and the rules about missing values decide.
Finding device_state(const Facts& facts) {
  constexpr std::string_view what = "state of the devices";
  if (!facts.standard.validity.device_state_required) return off(what);
  auto degraded = devices_that_are(facts.passage, {"degraded"});
  if (degraded.empty()) return held(what, "none was degraded");
  return failed(what, Validity::DEVICE_STATE, "not all were well", std::move(degraded));
}

Finding plausible_data(const Facts& facts) {
  constexpr std::string_view what = "what the devices say";
  if (!facts.standard.validity.plausible_data_required) return off(what);
  auto suspect = devices_that_are(facts.passage, {"stuck", "all_zero", "ratio_mismatch", "co2_drift"});
  if (suspect.empty()) return held(what, "nothing speaks against it");
  return failed(what, Validity::SUSPECT_DATA, "it cannot be right", std::move(suspect));
}

// ---- the clock

Finding clock_trusted(const Facts& facts) {
  constexpr std::string_view what = "clock";
  if (!facts.standard.validity.clock_required) return off(what);
  if (facts.passage.clock().state() == v1::ClockState::synchronised) return held(what, "it was synchronised");
  return failed(what, Validity::CLOCK_NOT_SYNCHRONISED, "it was not synchronised");
}

Finding clock_error(const Facts& facts) {
  constexpr std::string_view what = "estimated error of the clock";
  const auto& most = facts.standard.validity.clock_error_max_s;
  if (!most) return off(what);
  const auto& clock = facts.passage.clock();
  const auto error_s = given(clock.has_estimated_error_s(), clock.estimated_error_s());
  if (!error_s) return not_made(what, "it is not known");
  return compared(what, "s", *error_s, {{}, most}, Validity::CLOCK_ERROR);
}

}  // namespace exhaust::assessment::rules
