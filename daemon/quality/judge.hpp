#pragma once

#include "daemon/core/result.hpp"
#include "daemon/quality/quality_settings.hpp"

/// What the tolerances make of a check. Pure functions.
namespace exhaust::quality {

/// With tolerance and `within` of every comparison, and `passed`: every comparison is within, and neither the
/// device nor the inspector objects. Of the three at least one must have said something. `passed`,
/// `tolerance` and `within` of `check` itself do not count.
v1::QualityCheck judged(v1::QualityCheck check, const Tolerances& tolerances);

/// Error: kRefused, with one sentence: an unknown quantity (with the nearest known one), twice the same, a
/// value that is no number, nothing that says whether it passed, texts that are too long.
Result<void> well_formed(const v1::QualityCheck& check, const Tolerances& tolerances);
/// Of a puff: quantities that a passage has, each with a standard value. At least one.
Result<void> well_formed(const v1::AuditRequest& audit);

/// Quantities that an audit passage can be compared in.
const std::vector<std::string>& puff_quantities();

}  // namespace exhaust::quality
