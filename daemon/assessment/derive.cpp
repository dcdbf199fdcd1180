#include "daemon/assessment/derive.hpp"

#include "daemon/assessment/checks.hpp"
#include "daemon/assessment/physics.hpp"
#include "daemon/assessment/slope.hpp"

namespace exhaust::assessment {

namespace {

using Samples = google::protobuf::RepeatedField<double>;
constexpr double kPercentPerPpm = 1e-4;

std::span<const double> view(const Samples& samples) {
  return {samples.data(), static_cast<std::size_t>(samples.size())};
}

void store(const SlopeLine& line, v1::Slope& to) {
  to.set_ratio(line.ratio);
  if (line.standard_error) to.set_standard_error(*line.standard_error);
  to.set_intercept_percent(line.intercept_percent);
  if (line.r2) to.set_r2(*line.r2);
  to.set_points(line.points);
}

/// Ratios, and the lines that they were taken from.
class RatioSource {
 public:
  RatioSource(const v1::Plume& plume, const Standard& standard, v1::Assessment& to)
      : co2_(plume.points().co2_percent()), points_first_(standard.slopes_from_points), to_(to) {}

  std::optional<double> of(std::optional<double> own, const Samples& gas, double percent_per_unit,
                           v1::Slope* (v1::Assessment::*slope)()) {
    if (gas.empty() || (own && !points_first_)) return own;
    const auto line = slope_against_co2(view(co2_), view(gas), percent_per_unit);
    if (!line) return std::nullopt;
    store(*line, *(to_.*slope)());
    return line->ratio;
  }

 private:
  const Samples& co2_;
  bool points_first_;
  v1::Assessment& to_;
};

Ratios ratios_of(const v1::Plume& plume, const Standard& standard, v1::Assessment& to) {
  RatioSource ratio(plume, standard, to);
  const auto& points = plume.points();
  return {.co = ratio.of(given(plume.has_co_per_co2(), plume.co_per_co2()), points.co_percent(), 1,
                         &v1::Assessment::mutable_co_slope),
          .hc = ratio.of(given(plume.has_hc_per_co2(), plume.hc_per_co2()), points.hc_ppm(), kPercentPerPpm,
                         &v1::Assessment::mutable_hc_slope),
          .no = ratio.of(given(plume.has_no_per_co2(), plume.no_per_co2()), points.no_ppm(), kPercentPerPpm,
                         &v1::Assessment::mutable_no_slope),
          .no2 = ratio.of(given(plume.has_no2_per_co2(), plume.no2_per_co2()), points.no2_ppm(),
                          kPercentPerPpm, &v1::Assessment::mutable_no2_slope)};
}

std::optional<double> vsp(const v1::Passage& passage, const Standard& standard) {
  const auto speed = given(passage.has_speed_km_h(), passage.speed_km_h());
  const auto acceleration = given(passage.has_acceleration_m_s2(), passage.acceleration_m_s2());
  auto slope = given(passage.has_slope_deg(), passage.slope_deg());
  if (!slope && standard.missing_slope_is_flat) slope = 0;
  if (!speed || !acceleration || !slope) return std::nullopt;
  const double power = vsp_kw_per_t(standard.vsp_form, *speed, *acceleration, *slope);
  return given(true, power);
}

std::optional<double> humidity_factor(const v1::Weather& weather) {
  const auto temperature_c = given(weather.has_temperature_c(), weather.temperature_c());
  const auto humidity_percent = given(weather.has_humidity_percent(), weather.humidity_percent());
  const auto pressure_hpa = given(weather.has_pressure_hpa(), weather.pressure_hpa());
  if (!temperature_c || !humidity_percent || !pressure_hpa) return std::nullopt;
  constexpr double kKpaPerHpa = 0.1;
  return no_humidity_factor(*temperature_c, *humidity_percent, *pressure_hpa * kKpaPerHpa);
}

void store_concentrations(const DryConcentrations& dry, const v1::Weather& weather, const Standard& standard,
                          v1::Assessment& to) {
  if (dry.co2_percent) to.set_co2_percent(*dry.co2_percent);
  if (dry.co_percent) to.set_co_percent(*dry.co_percent);
  if (dry.hc_ppm) to.set_hc_ppm(*dry.hc_ppm);
  if (!dry.no_ppm) return;
  if (!standard.correct_no_for_humidity) return to.set_no_ppm(*dry.no_ppm);
  const auto factor = humidity_factor(weather);
  if (!factor) return;
  to.set_no_humidity_factor(*factor);
  to.set_no_ppm(*dry.no_ppm * *factor);
}

void store_grams(const Ratios& ratios, FuelMassForm form, v1::Assessment& to) {
  if (const auto co = grams_per_kg(form, Gas::kCo, ratios)) to.set_co_g_per_kg(*co);
  if (const auto hc = grams_per_kg(form, Gas::kHc, ratios)) to.set_hc_g_per_kg(*hc);
  if (const auto no = grams_per_kg(form, Gas::kNoAsNo2, ratios)) to.set_no_g_per_kg(*no);
  if (const auto no2 = grams_per_kg(form, Gas::kNo2, ratios)) to.set_no2_g_per_kg(*no2);
}

void store_smoke(const v1::Smoke& smoke, v1::Assessment& to) {
  const auto opacity = given(smoke.has_opacity_percent(), smoke.opacity_percent());
  if (!opacity) return;
  if (const auto k = absorption_per_m(*opacity)) to.set_k_per_m(*k);
  if (const auto grade = ringelmann_of_opacity(*opacity)) to.set_ringelmann(*grade);
}

}  // namespace

void derive(const v1::Passage& passage, const Standard& standard, v1::Assessment& to) {
  if (const auto power = vsp(passage, standard)) to.set_vsp_kw_per_t(*power);
  const auto ratios = ratios_of(passage.plume(), standard, to);
  store_concentrations(dry_concentrations(standard.combustion_form, ratios), passage.weather(), standard, to);
  store_grams(ratios, standard.fuel_mass_form, to);
  store_smoke(passage.smoke(), to);
}

}  // namespace exhaust::assessment
