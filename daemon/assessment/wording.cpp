#include "daemon/assessment/wording.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace exhaust::assessment {

namespace {

std::string shown_with(double value, int decimals) {
  std::array<char, 400> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr};
}

/// As many digits as it takes to be told from `limit`: 30.0000001 against 30 must not read "30 is greater
/// than 30".
std::string shown_beside(double value, double limit) {
  if (value == limit || shown(value) != shown(limit)) return shown(value);
  return shown_exactly(value);
}

}  // namespace

std::string_view unit_of(v1::Result::Pollutant pollutant) {
  switch (pollutant) {
    case v1::Result::opacity:
    case v1::Result::co: return "%";
    case v1::Result::k:
    case v1::Result::k_from_opacity: return "1/m";
    case v1::Result::hc:
    case v1::Result::no: return "ppm";
    default: return "";
  }
}

std::string shown_exactly(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string shown(double value) {
  std::array<char, 32> text{};
  constexpr int kDigits = 6;
  char* const end = text.data() + text.size();
  return {text.data(), std::to_chars(text.data(), end, value, std::chars_format::general, kDigits).ptr};
}

std::string with_unit(std::string number, std::string_view unit) { return Speech(Language::kEnglish).with_unit(std::move(number), unit); }

std::string shown(std::chrono::year_month_day date) {
  std::array<char, 16> text{};
  const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string_view words(VspForm form) {
  switch (form) {
    case VspForm::kKmH: return "km/h form";
    case VspForm::kSi: return "SI form";
    case VspForm::kUs: return "US-units form";
    case VspForm::kEpaRsd: return "EPA remote-sensing form";
    case VspForm::kJimenez: return "Jimenez form";
    case VspForm::kTransitBus: return "transit-bus form";
  }
  return "";
}
std::string_view words(CombustionForm form) {
  switch (form) {
    case CombustionForm::kFeat: return "combustion equation with c = 1.21 and NO";
    case CombustionForm::kStrict: return "combustion equation with c = 0.42 and NO";
    case CombustionForm::kStrictPropane: return "combustion equation with c = -0.37 and NO";
    case CombustionForm::kReduced: return "combustion equation without HC and NO";
  }
  return "";
}
std::string_view words(FuelMassForm form) {
  switch (form) {
    case FuelMassForm::kCarbon860: return "860 g carbon per kg of fuel";
    case FuelMassForm::kCh2: return "fuel CH2";
    case FuelMassForm::kE5: return "petrol with 5 % ethanol";
    case FuelMassForm::kE10: return "petrol with 10 % ethanol";
  }
  return "";
}

std::string slope_words(const v1::Slope& slope, const Speech& say) {
  Enumeration parts(say);
  parts.add(say("%1 through %2 points", say.with_unit(shown(slope.ratio()), "mol/mol"), std::to_string(slope.points())));
  if (slope.has_standard_error()) parts.add(say("standard error %1", say.with_unit(shown(slope.standard_error()), "mol/mol")));
  if (slope.has_r2()) parts.add(say("r2 %1", shown(slope.r2())));
  parts.add(say("intercept %1", say.with_unit(shown(slope.intercept_percent()), "%")));
  return parts.text();
}

std::string humidity_words(const v1::Assessment& assessment, const Speech& say) {
  if (assessment.has_no_humidity_factor()) return say("corrected for humidity by %1", shown(assessment.no_humidity_factor()));
  return say("a factor for humidity is needed and known from 6 to 17 g/kg only");
}

std::string_view words(Rounding rounding) {
  return rounding == Rounding::kGb8170 ? "GB/T 8170: a half to the even digit" : "a half away from zero";
}

std::string_view source_words(std::string_view source) {
  if (source == "given") return "as given";
  if (source == "registry") return "from the registry";
  if (source == "plate_color") return "inferred from the plate's colour";
  if (source == "plate_class") return "inferred from the kind of plate";
  if (source == "heuristic") return "inferred by a rule of thumb";
  return "nothing tells it";
}

std::string comparison(const Finding& f, const Speech& say) {
  const double value = *f.value;
  const auto against = [&](std::string_view relation, double bound) {
    return say(relation, say.with_unit(shown_beside(value, bound), f.unit), say.with_unit(shown(bound), f.unit));
  };
  if (f.least && value < *f.least) return against("%1 is less than %2", *f.least);
  if (f.most && value > *f.most) return against("%1 is more than %2", *f.most);
  if (f.least && f.most) {
    return say("%1 is within %2 to %3", say.with_unit(shown(value), f.unit), shown(*f.least), say.with_unit(shown(*f.most), f.unit));
  }
  return f.least ? against("%1 is at least %2", *f.least) : against("%1 is at most %2", *f.most);
}

std::string finding_words(const Finding& f, const Speech& say) {
  if (f.value && (f.least || f.most)) return comparison(f, say);
  const auto note = say(f.note);
  const auto text = f.value ? say("%1: %2", say.with_unit(shown(*f.value), f.unit), note) : note;
  if (f.subjects.empty()) return text;
  Enumeration who(say);
  for (const auto& subject : f.subjects) {
    who.add(say("%1 %2", subject.is_a_check ? say.coded(subject.name) : subject.name, say.coded(subject.state)));
  }
  return say("%1 (%2)", text, who.text());
}

std::string result_words(const v1::Result& result, const Limit& limit, const Speech& say) {
  const auto unit = unit_of(limit.pollutant);
  const auto role = say(limit.role == v1::Result::judged ? "judged: decides the verdict" : "screened: only flags");
  const auto bound = say.with_unit(shown(limit.limit), unit);
  if (!result.has_value()) return say("not measured; the limit is %1 (%2)", bound, role);
  auto value = say.with_unit(shown_beside(result.value(), limit.limit), unit);
  if (limit.decimals) {
    // What was compared decides, so it is shown with every place that it was rounded to.
    value = say("%1, rounded to %2 (%3),", say.with_unit(shown_exactly(result.value()), unit),
                say.with_unit(shown_with(result.compared(), *limit.decimals), unit), say(words(limit.rounding)));
  }
  if (limit.exceeds == Exceeds::kGreater) {
    return say(result.exceeded() ? "%1 is greater than the limit of %2: EXCEEDS (%3)"
                                 : "%1 is not greater than the limit of %2: does not exceed (%3)", value, bound, role);
  }
  return say(result.exceeded() ? "%1 is greater than or equal to the limit of %2: EXCEEDS (%3)"
                               : "%1 is not greater than or equal to the limit of %2: does not exceed (%3)", value, bound, role);
}

std::string_view why_not_judged(std::string_view reason) {
  if (reason == "electric") return "a purely electric vehicle has no exhaust, whatever was measured behind it";
  if (reason == "audit") return "an audit vehicle is measured to test the station";
  if (reason == "standard_does_not_apply") return "the standard does not apply to this vehicle";
  if (reason == "no_standard_in_force") return "no standard was in force on the day of the passage";
  if (reason == "nothing_to_judge") return "none of the pollutants that decide was measured";
  return reason;
}

}  // namespace exhaust::assessment
