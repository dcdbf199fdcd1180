#pragma once

#include <filesystem>
#include <string>

#include "daemon/assessment/standard.hpp"
#include "daemon/core/result.hpp"

/// A standard's file, config/standards/*.toml. Strict: unknown keys, wrong types and values that cannot be
/// are mistakes; all are reported together (kSettings), each with file, line, key and what is allowed.
///
/// config/standards/template.toml shows and explains every key; in short:
///
///   id, title, version         texts; id of small letters, digits, '.' and '-'
///   effective_from, effective_until (optional)   dates in quotes, "2017-07-27"
///   example = false            true: not law
///   applies_to = ["diesel"]    gasoline, diesel, nev, other, unknown; never electric
///   plate_colors, plate_classes, categories      words of passage.proto; left out: any
///
///   [formulas]                 each key may be left out
///   vsp                        km_h (default), si, us, epa_rsd, jimenez, transit_bus: physics.md 2
///   missing_slope              unknown (default: no VSP without a slope), flat
///   combustion                 feat (default, c = 1.21), strict, strict_propane, reduced: physics.md 1
///   grams_per_kg               carbon_860 (default), ch2: physics.md 3
///   slopes                     unit (default), points: where a unit gives its results and the plume's points
///   no_humidity                off (default), kh: physics.md 6
///
///   [validity]                 a rule that is left out is off; bounds are inside; see assessment::ValidityRules
///   plume_required, smoke_required, speed_required, acceleration_required, weather_required     true, false (default)
///   co2_excess_min_percent, samples_min, co_r2_min, co_r2_above_co_percent
///   co_error_share_max         of the CO slope's standard error as a share of CO, where dry CO is
///   co_error_above_percent     above this; else the error is compared, in CO's unit, with
///   co_error_max_percent       this. hc_error_share_max, hc_error_above_ppm, hc_error_max_ppm and the same for no
///   co_min_percent, co_max_percent, hc_min_ppm, hc_max_ppm, no_min_ppm, no_max_ppm       of the dry concentrations
///   speed_min_km_h, speed_max_km_h, acceleration_most_m_s2
///   clear_min_s                undisturbed beam behind the vehicle, where the gate tells its tail; elsewhere
///   after_min_s                time to the next vehicle, front to front
///   neighbour_before_s         closer behind a vehicle than this its plume may still hang in the beam: not valid if
///   neighbour_co2_excess_percent   that one's was above this and ours is weaker than it
///   wind_max_m_s, humidity_max_percent, temperature_min_c, temperature_max_c, rain_max_mm_h
///   qc_in_force                true: no check that the settings require of the lane may be overdue or failed
///   qc_required                true: the same, and they must require one
///   device_state_required      true: no device of the lane may be degraded
///   plausible_data_required    true: nothing that the devices say may be stuck, all zero, or at odds with itself
///   clock_required             true: synchronised; clock_error_max_s: of its estimated error, if that is known
///   plate_required, plate_plausible; plate_confidence_min (0..100), if the camera gives it
///   [[validity.window]]        fuels, acceleration_min_m_s2, acceleration_max_m_s2, vsp_min_kw_per_t,
///                              vsp_max_kw_per_t
///
///   [[limit]]                  at least one
///   pollutant                  opacity (%), ringelmann (grade), k (1/m), co (% dry), hc, no (ppm dry),
///                              ringelmann_from_opacity (only screened), k_from_opacity
///   limit                      in that unit
///   role                       judged, screened
///   operator                   greater (default), greater_equal
///   compare                    full (default), rounded: with decimals = 0 to 6 and rounding = gb8170 (default), half_up
///   fuels                      left out: all that the standard applies to
///
///   [repetition]               left out: nothing is determined by repetition
///   consecutive = 2, months = 6, merge_within = "60s"
///
///   [wxyy]                     REASON = "code", for the platforms; OTHER for those that have none
namespace exhaust::settings {

Result<assessment::Standard> read_standard(const std::filesystem::path& file);
/// `name` stands for the file in mistakes.
Result<assessment::Standard> parse_standard(std::string text, std::string name);

}  // namespace exhaust::settings
