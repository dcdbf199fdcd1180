#pragma once

#include <optional>

/// The formulas of physics.md, pure. Units are in the names; negative ratios are noise and keep their sign. A
/// result that has no meaning (division by nothing, logarithm of nothing, not a finite number) is absent.
namespace exhaust::assessment {

/// Vehicle specific power (physics.md 2). The first three are one formula, rounded in three systems of units.
enum class VspForm {
  kKmH,         ///< China/EPA light duty, km/h; the default
  kSi,          ///< the same in m/s
  kUs,          ///< the same in mph and mph/s: what the US E-23 instruments (FEAT) print
  kEpaRsd,      ///< EPA remote-sensing guidance
  kJimenez,     ///< Jimenez 1999
  kTransitBus,  ///< heavy duty
};

/// kW per tonne. `slope_deg` is an angle, positive uphill in travel direction; its sine enters, never a
/// percent grade.
double vsp_kw_per_t(VspForm form, double speed_km_h, double acceleration_m_s2, double slope_deg);

/// %CO2 = 42 / (2.79 + 2 CO/CO2 + c HC/CO2 + NO/CO2), dry, no excess air (physics.md 1).
enum class CombustionForm {
  kFeat,           ///< c = 1.21: hydrocarbons as C3H4; the default
  kStrict,         ///< c = 0.42: as C3H6
  kStrictPropane,  ///< c = -0.37: as C3H8
  kReduced,        ///< c = 0 and no NO term; reproduces the BL record
};

/// Slopes of the plume's excess against CO2, mol/mol. Absent: not measured.
struct Ratios {
  std::optional<double> co{}, hc{}, no{}, no2{};
};

/// Dry exhaust, as the law asks for it. For diesel engines (much excess air) this is not what is in the
/// tailpipe.
struct DryConcentrations {
  std::optional<double> co2_percent{};
  std::optional<double> co_percent{};
  std::optional<double> hc_ppm{};
  std::optional<double> no_ppm{};
};
/// Everything is absent when a ratio that the form's denominator needs is absent (kReduced needs CO only), or
/// when the denominator is not positive.
DryConcentrations dry_concentrations(CombustionForm form, const Ratios& ratios);

/// Grams of pollutant per kilogram of fuel (physics.md 3): M carbon ratio / (1 + CO/CO2 + 6 HC/CO2).
enum class FuelMassForm {
  kCarbon860,  ///< 860 g carbon per kg of fuel, 12 g/mol; rounded molar masses; the default
  kCh2,        ///< fuel CH2, 14 g per mol of carbon; exact molar masses
  kE5,         ///< petrol with 5 % ethanol, 14.384 g per mol of carbon; else as kCh2
  kE10,        ///< with 10 %, 14.544 g; else as kCh2
};
enum class Gas { kCo, kHc, kNoAsNo2, kNoAsNo, kNo2 };
/// Absent when CO or HC (both stand in the denominator) or the gas's own ratio is absent.
std::optional<double> grams_per_kg(FuelMassForm form, Gas gas, const Ratios& ratios);

/// The Swiss official NOx, as NO2: of NO and the share of NO2 in all NOx that the vehicle is assumed to have,
/// which is not measured. 0 <= no2_share < 1, else absent.
std::optional<double> swiss_nox_grams_per_kg(const Ratios& ratios, double no2_share);

/// Grams per US gallon of petrol, as older US reports have them; HC as propane, NO as NO. CO and HC stand in
/// the denominator; absent for NO2 and NO as NO2, which those reports do not know.
std::optional<double> grams_per_us_gallon(Gas gas, const DryConcentrations& dry);

/// NCSU mode of a vehicle's power, 1 (below -2 kW/t) to 14 (39 and more); the lower edge belongs to a mode
/// (physics.md 2.1). Absent for what is no number.
std::optional<int> ncsu_vsp_mode(double vsp_kw_per_t);

/// Path of the reference opacimeter (GB 3847).
inline constexpr double kReferencePath_m = 0.430;
/// N = 100 (1 - exp(-k L))
double opacity_percent(double k_per_m, double path_m = kReferencePath_m);
/// k = -ln(1 - N/100) / L. Absent at 100 % and above, where no finite k exists.
std::optional<double> absorption_per_m(double opacity_percent, double path_m = kReferencePath_m);
/// Of one channel, from the light behind the vehicle and the light before it, in any one unit. Absent without
/// light to compare with.
std::optional<double> opacity_of_signal_percent(double signal, double background);
/// The light to compare with after `signal`: half of each while at least 10 % of the light comes through,
/// else a vehicle or its smoke stands in it and the light of before is kept.
double next_background(double background, double signal);
/// 20 % per grade (physics.md 4), not rounded. Finds, never judges: a Ringelmann grade is measured otherwise.
/// Absent above 100 %, where there is no grade; negative noise stays.
std::optional<double> ringelmann_of_opacity(double opacity_percent);
/// Grams of soot per kilogram of fuel of a UV smoke factor, which is grams per 100 g.
double soot_grams_per_kg(double uv_smoke_factor);

/// Pressure of saturated water vapour over water, by Buck (physics.md 6).
double saturation_pressure_kpa(double temperature_c);
/// Grams of water per kilogram of dry air. Absent when there is not enough pressure for so much vapour.
std::optional<double> absolute_humidity_g_per_kg(double humidity_percent, double saturation_kpa,
                                                 double pressure_kpa);
/// KH of the regulations, 1 / (1 - 0.0329 (H - 10.71)), whatever the humidity. Absent where it has its pole
/// and beyond.
std::optional<double> humidity_factor(double humidity_g_per_kg);
/// The same where the regulations know it, from 6 to 17 g/kg, bounds inside. Outside it blows up, so there it
/// is absent, and not the factor of the nearest bound, which would look like one that was measured.
std::optional<double> regulated_humidity_factor(double humidity_g_per_kg);
/// That of measured weather: by what NO is multiplied.
std::optional<double> no_humidity_factor(double temperature_c, double humidity_percent, double pressure_kpa);
/// Of a gas whose dry concentration is known, in the same unit; `water_fraction` of the wet exhaust, 0..1.
double wet_concentration(double dry, double water_fraction);

/// Between two beams (physics.md 7). Absent without an interval.
std::optional<double> gate_speed_km_h(double distance_m, double interval_s);
std::optional<double> gate_acceleration_m_s2(double first_km_h, double second_km_h, double interval_s);

}  // namespace exhaust::assessment
