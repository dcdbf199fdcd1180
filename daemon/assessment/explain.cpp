#include "daemon/assessment/explain.hpp"

#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>

#include "daemon/assessment/applicability.hpp"
#include "daemon/assessment/assess.hpp"
#include "daemon/assessment/wording.hpp"
#include "daemon/core/bytes.hpp"

namespace exhaust::assessment {

namespace {

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
    if (const auto measured = given(present, value)) return line(what, with_unit(shown(*measured), unit));
    line(what, present ? "not a number, so not measured" : "not measured");
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
  page.number_if_there("error of CO/CO2", plume.has_co_per_co2_error(), plume.co_per_co2_error(), "mol/mol");
  page.number_if_there("error of HC/CO2", plume.has_hc_per_co2_error(), plume.hc_per_co2_error(), "mol/mol");
  page.number_if_there("error of NO/CO2", plume.has_no_per_co2_error(), plume.no_per_co2_error(), "mol/mol");
  if (plume.has_points()) page.line("points of the plume", std::to_string(plume.points().co2_percent_size()));
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

void slope(Page& page, std::string_view what, bool drawn, const v1::Slope& line) {
  if (drawn) page.line(what, slope_words(line));
}

void smoke_from_opacity(Page& page, const v1::Assessment& a) {
  if (!a.has_k_per_m() && !a.has_ringelmann()) return;
  page.number("k, from opacity", a.has_k_per_m(), a.k_per_m(), "1/m");
  page.number("Ringelmann, from opacity", a.has_ringelmann(), a.ringelmann(), "(grade; finds, never judges)");
}

void derived(Page& page, const v1::Assessment& a, const Standard& standard) {
  page.title("Computed");
  slope(page, "CO slope", a.has_co_slope(), a.co_slope());
  slope(page, "HC slope", a.has_hc_slope(), a.hc_slope());
  slope(page, "NO slope", a.has_no_slope(), a.no_slope());
  slope(page, "NO2 slope", a.has_no2_slope(), a.no2_slope());
  const auto line = [&](std::string_view what, bool present, double value, std::string_view unit,
                        std::string_view form) {
    const std::string known = present ? with_unit(shown(value), unit) : "not known: something it needs is missing";
    page.line(what, known + " (" + std::string(form) + ")");
  };
  line("VSP", a.has_vsp_kw_per_t(), a.vsp_kw_per_t(), "kW/t", words(standard.vsp_form));
  line("dry CO2", a.has_co2_percent(), a.co2_percent(), "%", words(standard.combustion_form));
  page.number_if_there("dry CO", a.has_co_percent(), a.co_percent(), "%");
  page.number_if_there("dry HC", a.has_hc_ppm(), a.hc_ppm(), "ppm");
  if (standard.correct_no_for_humidity) {
    line("dry NO", a.has_no_ppm(), a.no_ppm(), "ppm", humidity_words(a));
  } else {
    page.number_if_there("dry NO", a.has_no_ppm(), a.no_ppm(), "ppm");
  }
  line("CO", a.has_co_g_per_kg(), a.co_g_per_kg(), "g/kg", words(standard.fuel_mass_form));
  page.number_if_there("HC", a.has_hc_g_per_kg(), a.hc_g_per_kg(), "g/kg");
  page.number_if_there("NO, as NO2", a.has_no_g_per_kg(), a.no_g_per_kg(), "g/kg");
  page.number_if_there("NO2", a.has_no2_g_per_kg(), a.no2_g_per_kg(), "g/kg");
  smoke_from_opacity(page, a);
}

// ---- the checks, in the words of what they found

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
    text.append(": ").append(finding_words(finding));
    if (finding.outcome == Outcome::kFailed) text += " -> " + v1::Validity::Reason_Name(finding.reason);
    page.plain("  " + outcome + text);
  }
  if (!rules_off.empty()) page.plain("  no rule in this standard for: " + rules_off);
}

// ---- results and verdict

void results(Page& page, const v1::Assessment& a, const Standard& standard, const v1::Passage& passage) {
  page.title("Results");
  int index = 0;
  for (const auto* limit : limits_for(standard, passage)) {
    page.line(v1::Result::Pollutant_Name(limit->pollutant), result_words(a.results(index++), *limit));
  }
  if (index > 0) return;
  if (!in_force(standard, day_of(passage))) return page.plain("  this standard was not in force on the day of the passage");
  if (const auto what = not_for(standard, passage); what && *what != "fuel") {
    return page.plain("  this standard is not for a vehicle of this " + std::string(*what));
  }
  page.plain(std::string("  this standard has no limit for a vehicle of fuel ") + to_string(fuel_of(passage.vehicle().fuel())));
}

std::string names_of(const v1::Assessment& a, const auto& wanted) {
  std::string names;
  for (const auto& result : a.results()) {
    if (wanted(result)) names += (names.empty() ? "" : ", ") + v1::Result::Pollutant_Name(result.pollutant());
  }
  return names;
}

bool exceeded(const v1::Result& result) { return result.exceeded(); }
bool failed(const v1::Result& result) { return result.exceeded() && result.role() == v1::Result::judged; }

std::string verdict_words(const v1::Assessment& a) {
  switch (a.verdict()) {
    case v1::PASS: return "PASS: no pollutant that decides exceeds its limit";
    case v1::FAIL: return "FAIL: " + names_of(a, failed) + " over the limit";
    case v1::INVALID: return "INVALID: a check failed, so the passage says nothing about the vehicle";
    case v1::NOT_JUDGED: return "NOT_JUDGED: " + why_not_judged(a.not_judged_reason());
    default: return "none";
  }
}

void verdict(Page& page, const v1::Assessment& a) {
  page.title("Verdict: " + verdict_words(a));
  if (!a.flagged()) return page.plain("Not flagged");
  page.plain("Flagged, because it is valid and exceeds in: " + names_of(a, exceeded));
}

std::string heading(const v1::Passage& passage) {
  std::string text = "Passage " + or_none(passage.record_number());
  text += ", lane " + std::to_string(passage.lane()) + ", ";
  const auto& at = passage.detected_at();
  if (passage.has_detected_at()) text += google::protobuf::util::TimeUtil::ToString(at) + ", ";
  return text + v1::Passage::Purpose_Name(passage.purpose());
}

void law(Page& page, const Standard& standard) {
  std::string name = "Standard: " + standard.id + (standard.example ? " (an EXAMPLE, not law)" : "");
  name += ", version " + standard.version + ", in force from " + shown(standard.effective_from);
  if (standard.effective_until) name += " to " + shown(*standard.effective_until);
  page.title(name);
  page.plain("  " + standard.title);
  page.plain("  SHA-256 " + to_hex(standard.hash));
}

// ---- against what is stored

/// One build gives the same bytes. Another compiler or machine may differ in the last digits, never in the
/// verdict.
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
  if (differencer.Compare(stored, now)) {
    return "recomputed: identical but for the last digits of numbers (1e-12 of their size)";
  }
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
  page.plain(heading(passage));
  vehicle(page, passage);
  inputs(page, passage);
  derived(page, now, standard);
  validity(page, traced);
  results(page, now, standard, passage);
  verdict(page, now);
  law(page, standard);
  page.plain(stored ? reproduction(passage.assessment(), now) : "No assessment is stored with this passage.");
  return page.take();
}

}  // namespace exhaust::assessment
