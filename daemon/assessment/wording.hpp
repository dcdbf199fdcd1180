#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/assessment/checks.hpp"
#include "daemon/assessment/phrases.hpp"
#include "daemon/assessment/standard.hpp"

/// Phrases of an explanation, each made from what a check or a comparison found.
namespace exhaust::assessment {

/// As many digits as it takes to read back the same number.
std::string shown_exactly(double value);
/// Six digits, as many as any device here is good for.
std::string shown(double value);
std::string shown(std::chrono::year_month_day date);
std::string with_unit(std::string number, std::string_view unit);

// English phrases of closed vocabularies; `Speech` says them in another language.
std::string_view words(VspForm form);
std::string_view words(CombustionForm form);
std::string_view words(FuelMassForm form);
std::string_view words(Rounding rounding);

/// "inferred from the plate's colour"
std::string_view source_words(std::string_view fuel_source);
std::string_view why_not_judged(std::string_view reason);
/// "%", "ppm"; empty for a grade.
std::string_view unit_of(v1::Result::Pollutant pollutant);

/// "0.0500 mol/mol through 4 points, standard error 0.001 mol/mol, r2 0.98"
std::string slope_words(const v1::Slope& slope, const Speech& say = Language::kEnglish);
/// What became of NO where the standard corrects it for humidity.
std::string humidity_words(const v1::Assessment& assessment, const Speech& say = Language::kEnglish);
/// "1.36 % is at least 0.25 %". REQUIRES: the finding has a value and a bound.
std::string comparison(const Finding& finding, const Speech& say = Language::kEnglish);
/// What a check found: its comparison, or its note with whom that is about.
std::string finding_words(const Finding& finding, const Speech& say = Language::kEnglish);
/// "41.5 % is greater than the limit of 30 %: EXCEEDS (judged: decides the verdict)"
std::string result_words(const v1::Result& result, const Limit& limit, const Speech& say = Language::kEnglish);

}  // namespace exhaust::assessment
