#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::quality {

using Kind = v1::QualityCheck::Kind;

/// How far a measured value may be from the standard: the larger of the two.
struct Tolerance {
  std::optional<double> share;     ///< of the standard value
  std::optional<double> absolute;  ///< in the quantity's own unit

  /// Of |measured - standard|; 0 without either.
  double around(double standard) const;
};

/// By quantity, with the unit in its name: co_percent no_ppm ...
using Tolerances = std::map<std::string, Tolerance, std::less<>>;

/// How often a check must be made, on the wall clock: time scaling does not touch it.
struct Rule {
  std::chrono::microseconds interval{};
  bool required =
      false;  ///< overdue is a state of the lane; a check that was made and failed is one in any case
};

/// When a lane's data look wrong. Rows of networking.md 7; the numbers are all [A].
struct SanitySettings {
  unsigned stuck_after = 5;     ///< plumes in a row with exactly the same gas values; 0: off
  unsigned all_zero_after = 3;  ///< plumes in a row whose gas values are all exactly zero; 0: off
  unsigned clear_after = 5;     ///< plumes in a row that agree with themselves end a mismatch
  bool ratio_mismatch = true;   ///< ratio x CO2 against the unit's own concentration
  /// Of the unit's own concentration: co_percent hc_ppm no_ppm no2_ppm. Units print what they give cut to two
  /// decimals or whole ppm (physics.md 1.2), hence the absolute part.
  Tolerances ratio_tolerances = default_ratio_tolerances();
  double co2_drift_factor = 2;     ///< slow median against the learnt one, up or down; 0: off
  unsigned co2_block = 200;        ///< plumes that make one median; the slow one is that of three blocks
  unsigned co2_learn_blocks = 10;  ///< before anything is said
  double traffic_factor = 4;       ///< an hour's passages against the learnt mean, up or down; 0: off
  unsigned traffic_least = 50;     ///< and so many apart
  unsigned traffic_weeks = 3;      ///< such hours seen before anything is said

  static Tolerances default_ratio_tolerances();
};

struct QualitySettings {
  std::map<Kind, Rule> rules = default_rules();
  Tolerances tolerances = default_tolerances();
  /// Words of device notices after which a zero is due at once.
  std::vector<std::string> zero_after{"intensity"};
  /// A device's self-check that says the same again is an entry once in this time.
  std::chrono::microseconds self_check_repeat = std::chrono::hours{1};
  /// A verification that ends is told so long before.
  std::chrono::microseconds verification_warning = std::chrono::days{30};
  SanitySettings sanity;

  /// Zero every 2 h, self-check daily, static check weekly, dynamic check monthly (31 days), verification
  /// yearly (standards.md 1.4 [A]); span as the static check. None is required.
  static std::map<Kind, Rule> default_rules();
  /// The accuracy columns of standards.md 1.3; for what has no row there, see the definition [A].
  static Tolerances default_tolerances();
};

/// A device of a lane, as far as its quality goes.
struct LaneDevice {
  std::string name;
  std::optional<WallTime> verified_until;  ///< verification_expires: the end of that day at UTC+8
};

/// What is asked of one lane.
struct LanePlan {
  QualitySettings settings;
  std::vector<LaneDevice> devices;
};

/// In the order in which checks are shown.
const std::vector<Kind>& all_kinds();
/// "self_check", "zero", ...: as in entries and settings.
std::string to_string(Kind kind);
std::optional<Kind> kind_from(std::string_view word);

}  // namespace exhaust::quality
