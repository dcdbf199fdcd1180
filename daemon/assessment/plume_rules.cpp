#include <algorithm>
#include <cmath>

#include "daemon/assessment/finding.hpp"
#include "daemon/assessment/rules.hpp"

namespace exhaust::assessment::rules {

namespace {

using v1::Validity;

constexpr double kPpmPerPercent = 1e4;

/// Points that the plume's lines were drawn through, of the line that has fewest; else what the unit says of
/// itself.
std::optional<double> sample_count(const Facts& facts) {
  const auto& a = facts.derived;
  const auto& plume = facts.passage.plume();
  std::optional<double> fewest;
  const auto line = [&](bool drawn, const v1::Slope& slope) {
    if (drawn) fewest = std::min<double>(slope.points(), fewest.value_or(slope.points()));
  };
  line(a.has_co_slope(), a.co_slope());
  line(a.has_hc_slope(), a.hc_slope());
  line(a.has_no_slope(), a.no_slope());
  line(a.has_no2_slope(), a.no2_slope());
  if (fewest) return fewest;
  if (plume.has_samples()) return plume.samples();
  const int points = plume.points().co2_percent_size();
  return points > 0 ? std::optional<double>(points) : std::nullopt;
}

/// Of the ratio that was used.
std::optional<double> ratio_error(bool from_points, const v1::Slope& slope, bool told, double own) {
  return from_points ? given(slope.has_standard_error(), slope.standard_error()) : given(told, own);
}

struct GasError {
  std::string_view what, what_as_share, unit;
  const ValidityRules::SlopeError& rule;
  std::optional<double> dry;           ///< concentration
  std::optional<double> error_in_dry;  ///< the same in its unit
};

/// As a share where there is much of the gas, else in its own unit: little of a gas is measured no worse for
/// being little (physics.md 5).
Finding slope_error(const GasError& gas) {
  const auto& rule = gas.rule;
  if (!rule.share_max && !rule.absolute_max) return off(gas.what);
  if (!gas.dry) return not_made(gas.what, "its dry concentration is not known");
  if (!gas.error_in_dry) return not_made(gas.what, "neither the unit nor its points tell it");
  if (rule.share_max && *gas.dry > rule.above) {
    const double share = *gas.error_in_dry / *gas.dry;
    return compared(gas.what_as_share, "", share, {{}, rule.share_max}, Validity::SLOPE_ERROR);
  }
  if (!rule.absolute_max) return not_made(gas.what, "there is too little of the gas for it");
  return compared(gas.what, gas.unit, *gas.error_in_dry, {{}, rule.absolute_max}, Validity::SLOPE_ERROR);
}

std::optional<double> times(std::optional<double> ratio, bool known, double factor) {
  return ratio && known ? given(true, *ratio * factor) : std::nullopt;
}

Finding range(std::string_view what, std::string_view unit, std::optional<double> dry,
              const ValidityRules::Range& rule) {
  const Bounds bounds{rule.least, rule.most};
  if (!bounds.given()) return off(what);
  if (!dry) return not_made(what, "it is not known");
  return compared(what, unit, *dry, bounds, Validity::GAS_OUT_OF_RANGE);
}

std::optional<double> co_percent(const Facts& facts) {
  return given(facts.derived.has_co_percent(), facts.derived.co_percent());
}
std::optional<double> hc_ppm(const Facts& facts) {
  return given(facts.derived.has_hc_ppm(), facts.derived.hc_ppm());
}
std::optional<double> no_ppm(const Facts& facts) {
  return given(facts.derived.has_no_ppm(), facts.derived.no_ppm());
}

}  // namespace

std::optional<double> co2_excess_percent(const v1::Plume& plume) {
  if (const auto told = given(plume.has_co2_excess_percent(), plume.co2_excess_percent())) return told;
  std::optional<double> peak;
  for (const double point : plume.points().co2_percent()) {
    if (std::isfinite(point)) peak = std::max(point, peak.value_or(point));
  }
  return peak;
}

Finding plume_seen(const Facts& facts) {
  constexpr std::string_view what = "plume";
  if (!facts.standard.validity.plume_required) return off(what);
  if (!co2_excess_percent(facts.passage.plume()))
    return failed(what, Validity::NO_PLUME, "no CO2 excess was measured");
  return held(what, "its CO2 excess was measured");
}

/// Too weak a plume says nothing about the vehicle. physics.md 5.
Finding plume_strength(const Facts& facts) {
  constexpr std::string_view what = "CO2 excess";
  const auto& least = facts.standard.validity.co2_excess_min_percent;
  if (!least) return off(what);
  const auto excess = co2_excess_percent(facts.passage.plume());
  if (!excess) return not_made(what, "it was not measured");
  return compared(what, "%", *excess, {least, {}}, Validity::WEAK_PLUME);
}

Finding samples(const Facts& facts) {
  constexpr std::string_view what = "plume samples";
  const auto& least = facts.standard.validity.samples_min;
  if (!least) return off(what);
  const auto count = sample_count(facts);
  if (!count) return not_made(what, "the unit does not say how many");
  return compared(what, "", *count, {*least, {}}, Validity::FEW_SAMPLES);
}

Finding fit(const Facts& facts) {
  constexpr std::string_view what = "r2 of the CO slope";
  const auto& rules = facts.standard.validity;
  if (!rules.co_r2_min) return off(what);
  const auto& plume = facts.passage.plume();
  const auto& line = facts.derived.co_slope();
  const auto r2 = facts.derived.has_co_slope() ? given(line.has_r2(), line.r2())
                                               : given(plume.has_co_r2(), plume.co_r2());
  if (!r2) return not_made(what, "neither the unit nor its points tell it");
  const auto co = co_percent(facts);
  if (!co) return not_made(what, "dry CO is not known");
  if (*co <= rules.co_r2_above_co_percent) return not_made(what, "there is too little CO to fit a slope to");
  return compared(what, "", *r2, {rules.co_r2_min, {}}, Validity::POOR_FIT);
}

Finding co_slope_error(const Facts& facts) {
  const auto& a = facts.derived;
  const auto& plume = facts.passage.plume();
  const auto error =
      ratio_error(a.has_co_slope(), a.co_slope(), plume.has_co_per_co2_error(), plume.co_per_co2_error());
  return slope_error({"error of the CO slope", "error of the CO slope as a share of CO", "%",
                      facts.standard.validity.co_error_percent, co_percent(facts),
                      times(error, a.has_co2_percent(), a.co2_percent())});
}

Finding hc_slope_error(const Facts& facts) {
  const auto& a = facts.derived;
  const auto& plume = facts.passage.plume();
  const auto error =
      ratio_error(a.has_hc_slope(), a.hc_slope(), plume.has_hc_per_co2_error(), plume.hc_per_co2_error());
  return slope_error({"error of the HC slope", "error of the HC slope as a share of HC", "ppm",
                      facts.standard.validity.hc_error_ppm, hc_ppm(facts),
                      times(error, a.has_co2_percent(), a.co2_percent() * kPpmPerPercent)});
}

/// Where NO was corrected for humidity its error was as well, so that the share stays the same.
Finding no_slope_error(const Facts& facts) {
  const auto& a = facts.derived;
  const auto& plume = facts.passage.plume();
  const auto error =
      ratio_error(a.has_no_slope(), a.no_slope(), plume.has_no_per_co2_error(), plume.no_per_co2_error());
  const double corrected = a.has_no_humidity_factor() ? a.no_humidity_factor() : 1;
  return slope_error({"error of the NO slope", "error of the NO slope as a share of NO", "ppm",
                      facts.standard.validity.no_error_ppm, no_ppm(facts),
                      times(error, a.has_co2_percent(), a.co2_percent() * kPpmPerPercent * corrected)});
}

Finding co_range(const Facts& facts) {
  return range("range of dry CO", "%", co_percent(facts), facts.standard.validity.co_percent);
}
Finding hc_range(const Facts& facts) {
  return range("range of dry HC", "ppm", hc_ppm(facts), facts.standard.validity.hc_ppm);
}
Finding no_range(const Facts& facts) {
  return range("range of dry NO", "ppm", no_ppm(facts), facts.standard.validity.no_ppm);
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

}  // namespace exhaust::assessment::rules
