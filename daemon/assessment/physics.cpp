#include "daemon/assessment/physics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace exhaust::assessment {

namespace {

constexpr double kKmPerMile = 1.609344;
constexpr double kKmHPerMs = 3.6;
constexpr double kPpmPerPercent = 1e4;

double sine_of_degrees(double degrees) { return std::sin(degrees * std::numbers::pi / 180.0); }

/// v (mass a + gravity sin + rolling) + drag v^3, v in m/s.
struct SiCoefficients {
  double mass, gravity, rolling, drag;
};
double si_power(const SiCoefficients& c, double speed_m_s, double acceleration_m_s2, double sine) {
  return speed_m_s * (c.mass * acceleration_m_s2 + c.gravity * sine + c.rolling) +
         c.drag * speed_m_s * speed_m_s * speed_m_s;
}

/// climbing sin v + mass v a + rolling v + drag v^3, v in mph, a in mph/s.
struct MileCoefficients {
  double climbing, mass, rolling, drag;
};
double mile_power(const MileCoefficients& c, double speed_km_h, double acceleration_m_s2, double sine) {
  const double v = speed_km_h / kKmPerMile;
  const double a = acceleration_m_s2 * kKmHPerMs / kKmPerMile;
  return c.climbing * sine * v + c.mass * v * a + c.rolling * v + c.drag * v * v * v;
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// What the denominator of the combustion equation takes of hydrocarbons; none: neither HC nor NO stand in
/// it.
std::optional<double> hydrocarbon_weight(CombustionForm form) {
  switch (form) {
    case CombustionForm::kFeat: return 1.21;
    case CombustionForm::kStrict: return 0.42;
    case CombustionForm::kStrictPropane: return -0.37;
    case CombustionForm::kReduced: return std::nullopt;
  }
  return std::nullopt;
}

std::optional<double> combustion_denominator(CombustionForm form, const Ratios& ratios) {
  if (!ratios.co) return std::nullopt;
  const auto weight = hydrocarbon_weight(form);
  if (!weight) return 2.79 + 2 * *ratios.co;
  if (!ratios.hc || !ratios.no) return std::nullopt;
  return 2.79 + 2 * *ratios.co + *weight * *ratios.hc + *ratios.no;
}

double carbon_mol_per_kg(FuelMassForm form) {
  switch (form) {
    case FuelMassForm::kCarbon860: return 860.0 / 12.0;
    case FuelMassForm::kCh2: return 1000.0 / 14.0;
    case FuelMassForm::kE5: return 1000.0 / 14.384;
    case FuelMassForm::kE10: return 1000.0 / 14.544;
  }
  return 0;
}

/// Grams per mol. HC counts twice: a non-dispersive infrared cell sees about half of what a flame ionisation
/// detector sees of it (physics.md 3).
double molar_mass(FuelMassForm form, Gas gas) {
  const bool rounded = form == FuelMassForm::kCarbon860;
  switch (gas) {
    case Gas::kCo: return rounded ? 28 : 28.010;
    case Gas::kHc: return rounded ? 2 * 44 : 2 * 44.1;
    case Gas::kNoAsNo2:
    case Gas::kNo2: return rounded ? 46 : 46.0055;
    case Gas::kNoAsNo: return rounded ? 30 : 30.01;
  }
  return 0;
}

const std::optional<double>& ratio_of(Gas gas, const Ratios& ratios) {
  switch (gas) {
    case Gas::kCo: return ratios.co;
    case Gas::kHc: return ratios.hc;
    case Gas::kNoAsNo2:
    case Gas::kNoAsNo: return ratios.no;
    case Gas::kNo2: return ratios.no2;
  }
  return ratios.co;
}

}  // namespace

double vsp_kw_per_t(VspForm form, double speed_km_h, double acceleration_m_s2, double slope_deg) {
  const double sine = sine_of_degrees(slope_deg);
  const double v = speed_km_h;
  const double a = acceleration_m_s2;
  switch (form) {
    case VspForm::kKmH:  // physics.md 2, row 1
      return 0.05921 * v + 0.305924 * v * a + 6.52981e-6 * v * v * v + 2.7284 * v * sine;
    case VspForm::kSi: return si_power({1.1, 9.81, 0.213, 0.000304}, v / kKmHPerMs, a, sine);       // row 2
    case VspForm::kUs: return mile_power({4.39, 0.22, 0.0954, 0.0000272}, v, a, sine);              // row 3
    case VspForm::kEpaRsd: return mile_power({4.364, 0.22, 0.0657, 0.000027}, v, a, sine);          // row 4
    case VspForm::kJimenez: return si_power({1.1, 9.81, 0.132, 0.000302}, v / kKmHPerMs, a, sine);  // row 5
    case VspForm::kTransitBus: return si_power({1.0, 9.81, 0.092, 0.00021}, v / kKmHPerMs, a, sine);  // row 6
  }
  return 0;
}

DryConcentrations dry_concentrations(CombustionForm form, const Ratios& ratios) {
  const auto denominator = combustion_denominator(form, ratios);
  // Not positive means ratios far below zero: noise, of which no concentration can be made.
  if (!denominator || !(*denominator > 0)) return {};
  const auto co2 = finite(42 / *denominator);
  if (!co2) return {};
  DryConcentrations dry{.co2_percent = co2, .co_percent = finite(*ratios.co * *co2)};
  if (ratios.hc) dry.hc_ppm = finite(*ratios.hc * *co2 * kPpmPerPercent);
  if (ratios.no) dry.no_ppm = finite(*ratios.no * *co2 * kPpmPerPercent);
  return dry;
}

std::optional<double> grams_per_kg(FuelMassForm form, Gas gas, const Ratios& ratios) {
  const auto& ratio = ratio_of(gas, ratios);
  if (!ratio || !ratios.co || !ratios.hc) return std::nullopt;
  const double denominator = 1 + *ratios.co + 6 * *ratios.hc;
  if (!(denominator > 0)) return std::nullopt;
  return finite(molar_mass(form, gas) * carbon_mol_per_kg(form) * *ratio / denominator);
}

std::optional<double> swiss_nox_grams_per_kg(const Ratios& ratios, double no2_share) {
  const auto no = grams_per_kg(FuelMassForm::kCarbon860, Gas::kNoAsNo, ratios);
  if (!no || !(no2_share >= 0) || !(no2_share < 1)) return std::nullopt;
  return finite(*no * 46 / (30 * (1 - no2_share)));
}

std::optional<double> grams_per_us_gallon(Gas gas, const DryConcentrations& dry) {
  if (!dry.co_percent || !dry.hc_ppm) return std::nullopt;
  const double hc_percent = *dry.hc_ppm / kPpmPerPercent;
  const double denominator = 15 + 0.285 * *dry.co_percent + 2 * 2.87 * hc_percent;
  if (!(denominator > 0)) return std::nullopt;
  if (gas == Gas::kCo) return finite(5506 * *dry.co_percent / denominator);
  if (gas == Gas::kHc) return finite(2 * 8644 * hc_percent / denominator);
  if (gas == Gas::kNoAsNo && dry.no_ppm) return finite(5900 * *dry.no_ppm / kPpmPerPercent / denominator);
  return std::nullopt;
}

std::optional<int> ncsu_vsp_mode(double vsp_kw_per_t) {
  // Of modes 2 to 14.
  constexpr std::array<double, 13> kLowerEdges{-2, 0, 1, 4, 7, 10, 13, 16, 19, 23, 28, 33, 39};
  if (std::isnan(vsp_kw_per_t)) return std::nullopt;
  return 1 + static_cast<int>(std::ranges::upper_bound(kLowerEdges, vsp_kw_per_t) - kLowerEdges.begin());
}

double opacity_percent(double k_per_m, double path_m) { return 100 * (1 - std::exp(-k_per_m * path_m)); }

std::optional<double> absorption_per_m(double opacity_percent, double path_m) {
  return finite(-std::log(1 - opacity_percent / 100) / path_m);
}

std::optional<double> opacity_of_signal_percent(double signal, double background) {
  if (!(background > 0)) return std::nullopt;
  return finite((1 - signal / background) * 100);
}

double next_background(double background, double signal) {
  constexpr double kLeastTransmittance = 0.1;
  return signal >= kLeastTransmittance * background ? 0.5 * background + 0.5 * signal : background;
}

std::optional<double> ringelmann_of_opacity(double opacity_percent) {
  constexpr double kOpacityPerGrade = 20;
  if (!(opacity_percent <= 100)) return std::nullopt;
  return finite(opacity_percent / kOpacityPerGrade);
}

double soot_grams_per_kg(double uv_smoke_factor) { return 10 * uv_smoke_factor; }

double saturation_pressure_kpa(double temperature_c) {
  return 0.61121 * std::exp((18.678 - temperature_c / 234.5) * temperature_c / (257.14 + temperature_c));
}

std::optional<double> absolute_humidity_g_per_kg(double humidity_percent, double saturation_kpa,
                                                 double pressure_kpa) {
  const double dry_kpa = pressure_kpa - saturation_kpa * humidity_percent / 100;
  if (!(dry_kpa > 0)) return std::nullopt;
  return finite(6.211 * humidity_percent * saturation_kpa / dry_kpa);
}

std::optional<double> humidity_factor(double humidity_g_per_kg) {
  const double denominator = 1 - 0.0329 * (humidity_g_per_kg - 10.71);
  if (!(denominator > 0)) return std::nullopt;
  return finite(1 / denominator);
}

std::optional<double> regulated_humidity_factor(double humidity_g_per_kg) {
  constexpr double kLeast_g_per_kg = 6, kMost_g_per_kg = 17;
  const bool regulated = humidity_g_per_kg >= kLeast_g_per_kg && humidity_g_per_kg <= kMost_g_per_kg;
  return regulated ? humidity_factor(humidity_g_per_kg) : std::nullopt;
}

std::optional<double> no_humidity_factor(double temperature_c, double humidity_percent, double pressure_kpa) {
  const double saturation_kpa = saturation_pressure_kpa(temperature_c);
  const auto humidity = absolute_humidity_g_per_kg(humidity_percent, saturation_kpa, pressure_kpa);
  return humidity ? regulated_humidity_factor(*humidity) : std::nullopt;
}

double wet_concentration(double dry, double water_fraction) { return dry * (1 - water_fraction); }

std::optional<double> gate_speed_km_h(double distance_m, double interval_s) {
  if (!(interval_s > 0)) return std::nullopt;
  return finite(distance_m / interval_s * kKmHPerMs);
}

std::optional<double> gate_acceleration_m_s2(double first_km_h, double second_km_h, double interval_s) {
  if (!(interval_s > 0)) return std::nullopt;
  return finite((second_km_h - first_km_h) / kKmHPerMs / interval_s);
}

}  // namespace exhaust::assessment
