#pragma once

#include "daemon/assessment/standard.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::assessment {

/// Fills in what the standard's formulas make of a passage: slopes, power, dry concentrations, grams per
/// kilogram of fuel, smoke. Pure; what was measured stays as it is.
///
/// - Absent is what needs something that was not measured; a number that is not finite was not.
/// - A ratio is the unit's own. It is the slope of the plume's points where the unit gives no ratio of that
/// gas, or the
///   standard says `slopes_from_points` and there are points; points that no line goes through then give
///   none, rather than a ratio that was not asked for.
/// - Where the standard corrects NO for humidity, NO (ppm) without a factor is absent: it is not the value
/// that the
///   standard's limit is meant for. Grams and ratios are never corrected.
void derive(const v1::Passage& passage, const Standard& standard, v1::Assessment& to);

}  // namespace exhaust::assessment
