#include "daemon/assessment/explain.hpp"

#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "daemon/assessment/assess.hpp"
#include "daemon/core/bytes.hpp"

namespace exhaust::assessment {

namespace {

// ---- numbers

std::string shown(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr;
  return {text.data(), end};
}

/// As many digits as it takes to be told from `limit`: 30.0000001 against 30 must not read "30 is greater than 30".
std::string shown_beside(double value, double limit) {
  if (value == limit || shown(value) != shown(limit)) return shown(value);
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
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

// ---- lines

class Page {
 public:
  void title(std::string_view text) { text_.append(text_.empty() ? "" : "\n").append(text).append("\n"); }
  void line(std::string_view what, std::string_view text) {
    constexpr std::size_t kColumn = 26;
    text_.append("  ").append(what);
    text_.append(what.size() < kColumn ? kColumn - what.size() : 1, ' ').append(text).append("\n");
  }
  void plain(std::string_view text) { text_.append(text).append("\n"); }
  void number(std::string_view what, bool present, double value, std::string_view unit) {
    const auto measured = given(present, value);
    line(what, measured ? with_unit(shown(*measured), unit) : present ? "not a number, so not measured" : "not measured");
  }
  /// Leaves absent ones out.
  void number_if_there(std::string_view what, bool present, double value, std::string_view unit) {
    if (present) number(what, present, value, unit);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string or_none(std::string_view text) { return text.empty() ? "none" : std::string(text); }

std::string source_words(std::string_view source) {
  if (source == "given") return "as given";
  if (source == "registry") return "from the registry";
  if (source == "plate_color") return "inferred from the plate's colour";
  if (source == "plate_class") return "inferred from the kind of plate";
  return "nothing tells it";
}

void vehicle(Page& page, const v1::Passage& passage) {
  page.title("Vehicle");
  const auto& plate = passage.plate();
  if (passage.has_plate()) {
    std::string words = plate.text().empty() ? "not readable" : plate.text();
    words += ", " + (plate.color().empty() ? "unknown" : plate.color()) + " plate";
    if (!plate.class_().empty()) words += ", class " + plate.class_();
    if (plate.has_confidence()) words += ", confidence " + shown(plate.confidence());
    if (plate.corrected()) words += ", corrected from " + plate.raw_text();
    page.line("plate", words);
  } else {
    page.line("plate", "none reported by the camera");
  }
  page.line("fuel", (passage.vehicle().fuel().empty() ? "unknown" : passage.vehicle().fuel()) + ", " +
                        source_words(passage.vehicle().fuel_source()));
}

void inputs(Page& page, const v1::Passage& passage) {
  page.title("Measured");
  page.number("speed", passage.has_speed_km_h(), passage.speed_km_h(), "km/h");
  page.number("acceleration", passage.has_acceleration_m_s2(), passage.acceleration_m_s2(), "m/s2");
  page.number("slope", passage.has_slope_deg(), passage.slope_deg(), "degrees");
  const auto& plume = passage.plume();
  page.number("CO2 excess in the plume", plume.has_co2_excess_percent(), plume.co2_excess_percent(), "%");
  page.number("CO/CO2", plume.has_co_per_co2(), plume.co_per_co2(), "mol/mol");
  page.number("HC/CO2", plume.has_hc_per_co2(), plume.hc_per_co2(), "mol/mol");
  page.number("NO/CO2", plume.has_no_per_co2(), plume.no_per_co2(), "mol/mol");
  page.number_if_there("NO2/CO2", plume.has_no2_per_co2(), plume.no2_per_co2(), "mol/mol");
  const auto& smoke = passage.smoke();
  page.number("opacity", smoke.has_opacity_percent(), smoke.opacity_percent(), "%");
  page.number_if_there("k", smoke.has_k_per_m(), smoke.k_per_m(), "1/m");
  page.number("Ringelmann", smoke.has_ringelmann(), smoke.ringelmann(), "(grade)");
  const auto& weather = passage.weather();
  page.number_if_there("wind", weather.has_wind_speed_m_s(), weather.wind_speed_m_s(), "m/s");
  page.number_if_there("air temperature", weather.has_temperature_c(), weather.temperature_c(), "degC");
  page.number_if_there("relative humidity", weather.has_humidity_percent(), weather.humidity_percent(), "%");
  page.number_if_there("air pressure", weather.has_pressure_hpa(), weather.pressure_hpa(), "hPa");
  page.number_if_there("rain", weather.has_rain_mm_h(), weather.rain_mm_h(), "mm/h");
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
  return form == FuelMassForm::kCarbon860 ? "860 g carbon per kg of fuel" : "fuel CH2";
}

void derived(Page& page, const v1::Assessment& a, const Standard& standard) {
  page.title("Computed");
  const auto line = [&](std::string_view what, bool present, double value, std::string_view unit, std::string_view form) {
    page.line(what, (present ? with_unit(shown(value), unit) : "not known: something it needs was not measured") + " (" + std::string(form) + ")");
  };
  line("VSP", a.has_vsp_kw_per_t(), a.vsp_kw_per_t(), "kW/t", words(standard.vsp_form));
  line("dry CO2", a.has_co2_percent(), a.co2_percent(), "%", words(standard.combustion_form));
  page.number_if_there("dry CO", a.has_co_percent(), a.co_percent(), "%");
  page.number_if_there("dry HC", a.has_hc_ppm(), a.hc_ppm(), "ppm");
  page.number_if_there("dry NO", a.has_no_ppm(), a.no_ppm(), "ppm");
  line("CO", a.has_co_g_per_kg(), a.co_g_per_kg(), "g/kg", words(standard.fuel_mass_form));
  page.number_if_there("HC", a.has_hc_g_per_kg(), a.hc_g_per_kg(), "g/kg");
  page.number_if_there("NO, as NO2", a.has_no_g_per_kg(), a.no_g_per_kg(), "g/kg");
  page.number_if_there("NO2", a.has_no2_g_per_kg(), a.no2_g_per_kg(), "g/kg");
}

// ---- the checks, in the words of what they found

std::string comparison(const Finding& f) {
  const double value = *f.value;
  const bool too_low = f.least && value < *f.least;
  const bool too_high = f.most && value > *f.most;
  const auto against = [&](double bound, std::string_view relation) {
    return with_unit(shown_beside(value, bound), f.unit) + " is " + std::string(relation) + " " + with_unit(shown(bound), f.unit);
  };
  if (too_low) return against(*f.least, "less than");
  if (too_high) return against(*f.most, "more than");
  if (f.least && f.most) return with_unit(shown(value), f.unit) + " is within " + shown(*f.least) + " to " + with_unit(shown(*f.most), f.unit);
  return f.least ? against(*f.least, "at least") : against(*f.most, "at most");
}

void validity(Page& page, const Traced& traced) {
  using Outcome = Finding::Outcome;
  page.title(traced.assessment.validity().valid() ? "Validity: valid" : "Validity: not valid");
  std::string rules_off;
  for (const auto& finding : traced.findings) {
    if (finding.outcome == Outcome::kOff) {
      rules_off.append(rules_off.empty() ? "" : "; ").append(finding.what);
      continue;
    }
    const std::string outcome = finding.outcome == Outcome::kHeld     ? "holds     "
                                : finding.outcome == Outcome::kFailed ? "FAILS     "
                                                                      : "not made  ";
    std::string text(finding.what);
    text.append(": ").append(finding.value ? comparison(finding) : std::string(finding.note));
    if (finding.outcome == Outcome::kFailed) text += " -> " + v1::Validity::Reason_Name(finding.reason);
    page.plain("  " + outcome + text);
  }
  if (!rules_off.empty()) page.plain("  no rule in this standard for: " + rules_off);
}

// ---- results and verdict

std::string_view unit_of(v1::Result::Pollutant pollutant) {
  switch (pollutant) {
    case v1::Result::opacity:
    case v1::Result::co: return "%";
    case v1::Result::k: return "1/m";
    case v1::Result::hc:
    case v1::Result::no: return "ppm";
    default: return "";
  }
}

std::string result_words(const v1::Result& result, const Limit& limit) {
  const auto unit = unit_of(limit.pollutant);
  const std::string role = limit.role == v1::Result::judged ? "judged: decides the verdict" : "screened: only flags";
  const std::string bound = with_unit(shown(limit.limit), unit);
  const std::string relation = limit.exceeds == Exceeds::kGreater ? "greater than" : "greater than or equal to";
  if (!result.has_value()) return "not measured; the limit is " + bound + " (" + role + ")";
  return with_unit(shown_beside(result.value(), limit.limit), unit) + " is " + (result.exceeded() ? "" : "not ") + relation +
         " the limit of " + bound + ": " + (result.exceeded() ? "EXCEEDS" : "does not exceed") + " (" + role + ")";
}

void results(Page& page, const v1::Assessment& a, const Standard& standard, Fuel fuel) {
  page.title("Results");
  int index = 0;
  for (const auto& limit : standard.limits) {
    if (!contains(limit.fuels, fuel)) continue;
    page.line(v1::Result::Pollutant_Name(limit.pollutant), result_words(a.results(index++), limit));
  }
  if (index == 0) page.plain(std::string("  this standard has no limit for a vehicle of fuel ") + to_string(fuel));
}

std::string why_not_judged(std::string_view reason) {
  if (reason == "electric") return "a purely electric vehicle has no exhaust of its own, whatever was measured behind it";
  if (reason == "audit") return "an audit vehicle is measured to test the station";
  if (reason == "standard_does_not_apply") return "the standard does not apply to this fuel";
  if (reason == "nothing_to_judge") return "none of the pollutants that decide was measured";
  return std::string(reason);
}

std::string names_of(const v1::Assessment& a, const auto& wanted) {
  std::string names;
  for (const auto& result : a.results()) {
    if (wanted(result)) names += (names.empty() ? "" : ", ") + v1::Result::Pollutant_Name(result.pollutant());
  }
  return names;
}

std::string verdict_words(const v1::Assessment& a) {
  switch (a.verdict()) {
    case v1::PASS: return "PASS: no pollutant that decides exceeds its limit";
    case v1::FAIL:
      return "FAIL: " + names_of(a, [](const v1::Result& r) { return r.exceeded() && r.role() == v1::Result::judged; }) + " over the limit";
    case v1::INVALID: return "INVALID: a check failed, so the passage says nothing about the vehicle";
    case v1::NOT_JUDGED: return "NOT_JUDGED: " + why_not_judged(a.not_judged_reason());
    default: return "none";
  }
}

void verdict(Page& page, const v1::Assessment& a) {
  page.title("Verdict: " + verdict_words(a));
  if (a.flagged()) page.plain("Flagged, because it is valid and exceeds in: " + names_of(a, [](const v1::Result& r) { return r.exceeded(); }));
  else page.plain("Not flagged");
}

// ---- against what is stored

/// One build gives the same bytes. Another compiler or machine may differ in the last digits, never in the verdict.
std::string reproduction(const v1::Assessment& stored, const v1::Assessment& now) {
  if (stored.SerializeAsString() == now.SerializeAsString()) return "recomputed: identical";
  google::protobuf::util::DefaultFieldComparator nearly;
  nearly.set_float_comparison(google::protobuf::util::DefaultFieldComparator::APPROXIMATE);
  nearly.set_treat_nan_as_equal(true);
  nearly.SetDefaultFractionAndMargin(1e-12, 0);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&nearly);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(stored, now)) return "recomputed: identical but for the last digits of numbers (1e-12 of their size)";
  while (!differences.empty() && differences.back() == '\n') differences.pop_back();
  return "recomputed: DIFFERENT from what is stored (stored -> now):\n" + differences;
}

}  // namespace

std::string explain(const v1::Passage& passage, const Standard& standard) {
  const auto traced = assess_traced(passage, standard);
  const auto& now = traced.assessment;
  Page page;
  const bool stored = passage.has_assessment();
  if (stored && passage.assessment().standard_hash() != now.standard_hash()) {
    page.plain("CAUTION: explained by another standard than it was judged by.");
    page.plain("  judged by     " + or_none(passage.assessment().standard()) + ", SHA-256 " +
               or_none(to_hex(as_bytes(passage.assessment().standard_hash()))));
    page.plain("  explained by  " + standard.id + ", SHA-256 " + to_hex(standard.hash) + "\n");
  }
  page.plain("Passage " + or_none(passage.record_number()) + ", lane " + std::to_string(passage.lane()) +
             (passage.has_detected_at() ? ", " + google::protobuf::util::TimeUtil::ToString(passage.detected_at()) : "") + ", " +
             v1::Passage::Purpose_Name(passage.purpose()));
  vehicle(page, passage);
  inputs(page, passage);
  derived(page, now, standard);
  validity(page, traced);
  results(page, now, standard, fuel_of(passage.vehicle().fuel()));
  verdict(page, now);
  page.title("Standard: " + standard.id + (standard.example ? " (an EXAMPLE, not law)" : "") + ", version " + standard.version +
             ", in force from " + shown(standard.effective_from) +
             (standard.effective_until ? " to " + shown(*standard.effective_until) : "") + "\n  " + standard.title + "\n  SHA-256 " +
             to_hex(standard.hash));
  page.plain(stored ? reproduction(passage.assessment(), now) : "No assessment is stored with this passage.");
  return page.take();
}

}  // namespace exhaust::assessment
