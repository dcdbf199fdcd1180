#pragma once

#include <string>

#include "daemon/assessment/phrases.hpp"
#include "daemon/assessment/standard.hpp"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::assessment {

/// A passage's verdict in plain words, for people: what was measured, what was computed, each check and each
/// limit with the numbers compared, verdict, standard and hash. Computed again by the code that judged, and
/// held against the passage's stored assessment: the last line says whether it is reproduced. If `standard`
/// is not the one that the stored assessment names by its hash, the first lines say so. The numbers are the same, digit
/// by digit and in the same order, in every language. Pure.
std::string explain(const v1::Passage& passage, const Standard& standard, const Speech& say = Language::kEnglish);

}  // namespace exhaust::assessment
