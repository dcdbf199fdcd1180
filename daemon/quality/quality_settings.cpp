#include "daemon/quality/quality_settings.hpp"

#include <algorithm>
#include <cmath>

namespace exhaust::quality {

namespace {

/// Dry CO2 of a stoichiometric exhaust without CO, HC and NO (physics.md 1.1, first row): by it an accuracy
/// of a concentration becomes one of a ratio.
constexpr double kCleanCo2Percent = 15.0538;

}  // namespace

double Tolerance::around(double standard) const {
  return std::max(share.value_or(0) * std::abs(standard), absolute.value_or(0));
}

std::map<Kind, Rule> QualitySettings::default_rules() {
  using namespace std::chrono_literals;
  using std::chrono::days;
  return {{v1::QualityCheck::self_check, {days{1}}},     {v1::QualityCheck::zero, {2h}},
          {v1::QualityCheck::span, {days{7}}},           {v1::QualityCheck::static_check, {days{7}}},
          {v1::QualityCheck::dynamic_check, {days{31}}}, {v1::QualityCheck::verification, {days{365}}}};
}

Tolerances QualitySettings::default_tolerances() {
  const Tolerance co_percent{0.10, 0.25};
  const Tolerance no_ppm{0.10, 20};
  // No absolute part is given for HC, and a zero needs one: that of NO [A].
  const Tolerance hc_ppm{0.10, 20};
  // Smoke has no row: what GB 3847 opacimeters keep, 2 % absolute [A].
  const Tolerance opacity{std::nullopt, 2};
  Tolerances all{{"co2_percent", {0.10, 0.25}},
                 {"co_percent", co_percent},
                 {"no_ppm", no_ppm},
                 {"no2_ppm", no_ppm},
                 {"hc_ppm", hc_ppm},
                 {"propane_ppm", hc_ppm},
                 {"butadiene_ppm", hc_ppm},
                 {"opacity_percent", opacity},
                 {"k_per_m", {0.10, 0.1}},
                 {"temperature_c", {std::nullopt, 1.0}},
                 {"speed_km_h", {std::nullopt, 1.6}},
                 // Of audit puffs: the accuracies above, seen in an exhaust of so much CO2.
                 {"co_per_co2", {0.10, 0.25 / kCleanCo2Percent}},
                 {"hc_per_co2", {0.10, 20e-4 / kCleanCo2Percent}},
                 {"no_per_co2", {0.10, 20e-4 / kCleanCo2Percent}},
                 {"no2_per_co2", {0.10, 20e-4 / kCleanCo2Percent}}};
  for (int filter = 1; filter <= 5; ++filter)
    all["smoke_filter_" + std::to_string(filter) + "_percent"] = opacity;
  return all;
}

Tolerances SanitySettings::default_ratio_tolerances() {
  return {{"co_percent", {0.05, 0.02}}, {"hc_ppm", {0.05, 5}}, {"no_ppm", {0.05, 5}}, {"no2_ppm", {0.05, 5}}};
}

const std::vector<Kind>& all_kinds() {
  static const std::vector<Kind> kinds{v1::QualityCheck::self_check,    v1::QualityCheck::zero,
                                       v1::QualityCheck::span,          v1::QualityCheck::static_check,
                                       v1::QualityCheck::dynamic_check, v1::QualityCheck::verification};
  return kinds;
}

std::string to_string(Kind kind) {
  return v1::QualityCheck::Kind_Name(kind);
}

std::optional<Kind> kind_from(std::string_view word) {
  for (const auto kind : all_kinds()) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

}  // namespace exhaust::quality
