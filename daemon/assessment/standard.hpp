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

struct Limit {
  v1::Result::Pollutant pollutant = v1::Result::pollutant_unspecified;
  double limit = 0;  ///< in the pollutant's own unit: see passage.proto
  v1::Result::Role role = v1::Result::judged;
  Exceeds exceeds = Exceeds::kGreater;
  Fuels fuels;  ///< never empty; a subset of the standard's
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
  std::optional<double> co_r2_min;                  ///< if the unit gives it, and
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
  bool plate_required = false;
  bool plate_plausible = false;                     ///< of a known form, if the plate was classified
};

struct Standard {
  std::string id;       ///< "hj845-2017"
  std::string title;
  std::string version;  ///< of the file, not of the law
  std::chrono::year_month_day effective_from{};
  std::optional<std::chrono::year_month_day> effective_until;
  bool example = false;  ///< not law: shown wherever the standard is named to a person

  Fuels applies_to;  ///< never electric: no exhaust, nothing to judge

  VspForm vsp_form = VspForm::kKmH;
  /// An absent slope is not a flat road, and power without the slope is off by 0.5 kW/t per 0.2 degrees at 50
  /// km/h. A station always knows its lanes' slope; true is for records of units that do not say it.
  bool missing_slope_is_flat = false;
  CombustionForm combustion_form = CombustionForm::kFeat;
  FuelMassForm fuel_mass_form = FuelMassForm::kCarbon860;

  ValidityRules validity;
  std::vector<Limit> limits;  ///< at least one; results stand in this order

  std::string text;  ///< the file, byte for byte
  Digest hash{};     ///< SHA-256 of `text`
};

}  // namespace exhaust::assessment
