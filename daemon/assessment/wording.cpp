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

std::string with_unit(std::string number, std::string_view unit) {
  if (!unit.empty()) number.append(" ").append(unit);
  return number;
}

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

std::string slope_words(const v1::Slope& slope) {
  std::string text = with_unit(shown(slope.ratio()), "mol/mol");
  text += " through " + std::to_string(slope.points()) + " points";
  if (slope.has_standard_error()) text += ", standard error " + with_unit(shown(slope.standard_error()), "mol/mol");
  if (slope.has_r2()) text += ", r2 " + shown(slope.r2());
  return text + ", intercept " + with_unit(shown(slope.intercept_percent()), "%");
}

std::string humidity_words(const v1::Assessment& assessment) {
  if (assessment.has_no_humidity_factor()) {
    return "corrected for humidity by " + shown(assessment.no_humidity_factor());
  }
  return "a factor for humidity is needed and known from 6 to 17 g/kg only";
}

std::string_view words(Rounding rounding) {
  return rounding == Rounding::kGb8170 ? "GB/T 8170: a half to the even digit" : "a half away from zero";
}

std::string source_words(std::string_view source) {
  if (source == "given") return "as given";
  if (source == "registry") return "from the registry";
  if (source == "plate_color") return "inferred from the plate's colour";
  if (source == "plate_class") return "inferred from the kind of plate";
  return "nothing tells it";
}

std::string comparison(const Finding& f) {
  const double value = *f.value;
  const bool too_low = f.least && value < *f.least;
  const bool too_high = f.most && value > *f.most;
  const auto against = [&](double bound, std::string_view relation) {
    return with_unit(shown_beside(value, bound), f.unit) + " is " + std::string(relation) + " " +
           with_unit(shown(bound), f.unit);
  };
  if (too_low) return against(*f.least, "less than");
  if (too_high) return against(*f.most, "more than");
  if (f.least && f.most) {
    return with_unit(shown(value), f.unit) + " is within " + shown(*f.least) + " to " +
           with_unit(shown(*f.most), f.unit);
  }
  return f.least ? against(*f.least, "at least") : against(*f.most, "at most");
}

std::string finding_words(const Finding& f) {
  const bool bounded = f.least || f.most;
  if (f.value && bounded) return comparison(f);
  std::string text = f.value ? with_unit(shown(*f.value), f.unit) + ": " : "";
  text.append(f.note);
  return f.subject.empty() ? text : text + " (" + f.subject + ")";
}

std::string result_words(const v1::Result& result, const Limit& limit) {
  const auto unit = unit_of(limit.pollutant);
  const bool decides = limit.role == v1::Result::judged;
  const std::string role = decides ? "judged: decides the verdict" : "screened: only flags";
  const std::string bound = with_unit(shown(limit.limit), unit);
  const bool strictly = limit.exceeds == Exceeds::kGreater;
  const std::string relation = strictly ? "greater than" : "greater than or equal to";
  if (!result.has_value()) return "not measured; the limit is " + bound + " (" + role + ")";
  std::string value = with_unit(shown_beside(result.value(), limit.limit), unit);
  if (limit.decimals) {
    // What was compared decides, so it is shown with every place that it was rounded to.
    value = with_unit(shown_exactly(result.value()), unit) + ", rounded to " + with_unit(shown_with(result.compared(), *limit.decimals), unit) + " (" +
            std::string(words(limit.rounding)) + "),";
  }
  return value + " is " +
         (result.exceeded() ? "" : "not ") + relation + " the limit of " + bound + ": " +
         (result.exceeded() ? "EXCEEDS" : "does not exceed") + " (" + role + ")";
}

std::string why_not_judged(std::string_view reason) {
  if (reason == "electric") return "a purely electric vehicle has no exhaust, whatever was measured behind it";
  if (reason == "audit") return "an audit vehicle is measured to test the station";
  if (reason == "standard_does_not_apply") return "the standard does not apply to this vehicle";
  if (reason == "no_standard_in_force") return "no standard was in force on the day of the passage";
  if (reason == "nothing_to_judge") return "none of the pollutants that decide was measured";
  return std::string(reason);
}

}  // namespace exhaust::assessment
