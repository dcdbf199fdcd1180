#pragma once

#include "daemon/assessment/checks.hpp"
#include "daemon/assessment/standard.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::assessment {

/// What the standard makes of a passage whose vehicle is filled in. Pure: no I/O, clock or hidden state; what
/// the passage already holds as its assessment is not looked at. In one build the same inputs give the same
/// bytes.
///
/// - Derived quantities are absent when something they need was not measured; a number that is not finite was not.
/// - Values and `exceeded` of the results are what was measured and compared, for invalid passages too; only a
///   valid passage can be flagged, and an audit vehicle never is.
/// - Results are given for the limits that apply to the vehicle (`limits_for`); none if the standard does not apply, or
///   was not in force on the day of the passage, whose verdict is then NOT_JUDGED.
v1::Assessment assess(const v1::Passage& passage, const Standard& standard);

/// The measured value that a limit is compared with.
std::optional<double> measured(const v1::Passage& passage, const v1::Assessment& derived,
                               v1::Result::Pollutant pollutant);
/// Rounded, where the limit says so.
double as_compared(double value, const Limit& limit);
bool exceeds(double value, const Limit& limit);

/// An assessment and the findings it rests on, for explaining.
struct Traced {
  v1::Assessment assessment;
  std::vector<Finding> findings;
};
Traced assess_traced(const v1::Passage& passage, const Standard& standard);

}  // namespace exhaust::assessment
