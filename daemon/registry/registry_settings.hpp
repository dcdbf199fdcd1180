#pragma once

#include <filesystem>
#include <optional>

namespace exhaust::registry {

/// What tells the fuel where neither registry nor plate does (standards.md 2.4), except for a learner's vehicle.
struct FuelRules {
  bool heuristics = true;
  std::optional<double> diesel_above_length_m = 6.0;
  std::optional<double> diesel_above_opacity_percent;  ///< absent: smoke tells nothing; no source gives the number
};

struct RegistrySettings {
  std::filesystem::path file;  ///< as `exhaustctl registry import` writes it; empty: there is none
  FuelRules fuel;
};

}  // namespace exhaust::registry
