#pragma once

#include <cstdint>
#include <optional>
#include <span>

/// A plume's ratio of a gas to CO2 as the slope of a straight line through its points: both gases dilute
/// alike, so that the slope is the vehicle's, whatever the background (physics.md 5).
namespace exhaust::assessment {

struct SlopeLine {
  double ratio = 0;  ///< mol/mol
  std::optional<double>
      standard_error{};          ///< of the ratio; absent with two points, which any line goes through
  double intercept_percent = 0;  ///< of the gas where CO2 is 0
  std::optional<double> r2{};    ///< absent when the gas does not vary
  std::uint32_t points = 0;      ///< that the line was drawn through

  bool operator==(const SlopeLine&) const = default;
};

/// Ordinary least squares, the error all in the gas. Both are % by volume after the gas, in a unit of its
/// own, was multiplied with `percent_per_unit`. A moment at which either is not a finite number was not
/// measured and is left out.
///
/// Absent when no line is told by the points: fewer than two, CO2 that does not vary, lists that do not
/// belong together because their lengths differ, or numbers too large to be reckoned with.
std::optional<SlopeLine> slope_against_co2(std::span<const double> co2_percent, std::span<const double> gas,
                                           double percent_per_unit = 1);

}  // namespace exhaust::assessment
