#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/assessment/physics.hpp"
#include "daemon/core/digest.hpp"
#include "exhaust/v1/passage.pb.h"

/// A standard as data: which vehicles it judges, by which limits, and when a passage is valid. Read from
/// config/standards/*.toml by the settings module; keys and allowed values are documented there.
namespace exhaust::assessment {

enum class Fuel { kUnknown, kGasoline, kDiesel, kElectric, kNev, kOther };
/// The words of Vehicle.fuel in passage.proto. Any other word is kUnknown: it is judged by no rule for a
/// fuel.
Fuel fuel_of(std::string_view word);
const char* to_string(Fuel fuel);

using Fuels = std::vector<Fuel>;
bool contains(const Fuels& fuels, Fuel fuel);

/// What the law means by "exceeds". Every implementation seen takes the first (standards.md 1.1).
enum class Exceeds { kGreater, kGreaterOrEqual };

/// GB/T 8170 rounds a half to the even digit; the other away from zero.
enum class Rounding { kGb8170, kHalfUp };

struct Limit {
  v1::Result::Pollutant pollutant = v1::Result::pollutant_unspecified;
  double limit = 0;  ///< in the pollutant's own unit: see passage.proto
  v1::Result::Role role = v1::Result::judged;
  Exceeds exceeds = Exceeds::kGreater;
  Fuels fuels;  ///< never empty; a subset of the standard's
  /// Absent: compared in full. Else rounded to so many decimals first.
  std::optional<int> decimals;
  Rounding rounding = Rounding::kGb8170;
};

/// Driving conditions under which a reading says something about a vehicle of these fuels. Bounds are inside.
struct DrivingWindow {
  Fuels fuels;
  std::optional<double> acceleration_min_m_s2, acceleration_max_m_s2;
  std::optional<double> vsp_min_kw_per_t, vsp_max_kw_per_t;
};

/// Rules of validity. A rule that the file does not give is off. Bounds are inside: equal is valid.
struct ValidityRules {
  bool plume_required = false;
  std::optional<double> co2_excess_min_percent;
  std::optional<std::uint32_t> samples_min;         ///< if the unit gives their number
  std::optional<double> co_r2_min;                  ///< if the unit gives it, or the points do, and
  double co_r2_above_co_percent = 0;                ///< only where dry CO is above this
  bool smoke_required = false;
  bool speed_required = false;
  std::optional<double> speed_min_km_h, speed_max_km_h;
  bool acceleration_required = false;
  std::optional<double> acceleration_most_m_s2;     ///< of its magnitude
  std::vector<DrivingWindow> windows;
  bool weather_required = false;                    ///< off: checked where a value is there
  std::optional<double> wind_max_m_s;
  std::optional<double> humidity_max_percent;
  std::optional<double> temperature_min_c, temperature_max_c;
  std::optional<double> rain_max_mm_h;
  bool clock_required = false;                      ///< synchronised with true time
  std::optional<double> clock_error_max_s;          ///< if it is known
  bool qc_in_force = false;                         ///< of the lane: nothing that is required of it is overdue or failed
  bool qc_required = false;                         ///< the same, and something is required of it
  bool device_state_required = false;               ///< no device of the lane was degraded
  bool plausible_data_required = false;             ///< nothing was stuck, all zero or at odds with itself
  /// Of a slope's standard error: as a share of the dry concentration where that is above `above`, else absolute, in
  /// the concentration's unit. Without `share_max` always absolute. Made where the unit or its points tell the error.
  struct SlopeError {
    std::optional<double> share_max{}, absolute_max{};
    double above = 0;
  };
  SlopeError co_error_percent, hc_error_ppm, no_error_ppm;
  struct Range {
    std::optional<double> least, most;
  };
  Range co_percent, hc_ppm, no_ppm;                 ///< of the dry concentrations
  std::optional<double> clear_min_s;                ///< undisturbed beam behind the vehicle, until the next one
  std::optional<double> after_min_s;                ///< front to front, where the gate does not tell the tail
  /// The plume of a vehicle so close before may still hang in the beam, if it was so strong and ours is weaker.
  std::optional<double> neighbour_before_s;
  double neighbour_co2_excess_percent = 0;
  std::optional<double> plate_confidence_min;       ///< 0..100, if the camera gives it
  bool plate_required = false;
  bool plate_plausible = false;                     ///< of a known form, if the plate was classified
};

/// When repeated exceedances determine that a vehicle does not comply (standards.md 1.2).
struct Repetition {
  unsigned consecutive = 2;             ///< exceedances of the same pollutant in valid passages
  unsigned months = 6;                  ///< from first to last, rolling calendar months at UTC+8, clamped month ends
  std::chrono::seconds merge_within{60};  ///< passages of one plate at one station so close are one
};

struct Standard {
  std::string id;       ///< "hj845-2017"
  std::string title;
  std::string version;  ///< of the file, not of the law
  std::chrono::year_month_day effective_from{};
  std::optional<std::chrono::year_month_day> effective_until;
  bool example = false;  ///< not law: shown wherever the standard is named to a person

  Fuels applies_to;  ///< never electric: no exhaust, nothing to judge
  std::vector<std::string> plate_colors, plate_classes;  ///< empty: any
  std::vector<std::string> categories;  ///< GB/T 15089, M1 .. N3; empty: any. A vehicle whose category is not known: any

  VspForm vsp_form = VspForm::kKmH;
  /// An absent slope is not a flat road, and power without the slope is off by 0.5 kW/t per 0.2 degrees at 50
  /// km/h. A station always knows its lanes' slope; true is for records of units that do not say it.
  bool missing_slope_is_flat = false;
  CombustionForm combustion_form = CombustionForm::kFeat;
  FuelMassForm fuel_mass_form = FuelMassForm::kCarbon860;
  /// Where a unit gives its own ratios and the plume's points as well.
  bool slopes_from_points = false;
  bool correct_no_for_humidity = false;  ///< no text on remote sensing applies it (physics.md 6)

  ValidityRules validity;
  std::vector<Limit> limits;  ///< at least one; results stand in this order
  std::optional<Repetition> repetition;  ///< absent: this standard determines nothing
  /// wxyy for the platforms, by reason (names of Validity.Reason); the first failed check that has one is told.
  std::vector<std::pair<std::string, std::string>> wxyy;

  std::string text;  ///< the file, byte for byte
  Digest hash{};     ///< SHA-256 of `text`
};

}  // namespace exhaust::assessment
