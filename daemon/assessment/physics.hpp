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
  kCh2,        ///< fuel CH2, 14 g/mol; exact molar masses
};
enum class Gas { kCo, kHc, kNoAsNo2, kNoAsNo, kNo2 };
/// Absent when CO or HC (both stand in the denominator) or the gas's own ratio is absent.
std::optional<double> grams_per_kg(FuelMassForm form, Gas gas, const Ratios& ratios);

/// Path of the reference opacimeter (GB 3847).
inline constexpr double kReferencePath_m = 0.430;
/// N = 100 (1 - exp(-k L))
double opacity_percent(double k_per_m, double path_m = kReferencePath_m);
/// k = -ln(1 - N/100) / L. Absent at 100 % and above, where no finite k exists.
std::optional<double> absorption_per_m(double opacity_percent, double path_m = kReferencePath_m);

}  // namespace exhaust::assessment
