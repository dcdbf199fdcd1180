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
  explicit Page(const Speech& speech) : say(speech) {}

  const Speech& say;

  /// Titles and text are said already; what a line is about is still to be said.
  void title(std::string_view text) { text_.append(text_.empty() ? "" : "\n").append(text).append("\n"); }
  void line(std::string_view what, std::string_view text, std::size_t column = 26) {
    auto label = padded(say(what), column);
    if (label.back() != ' ') label += ' ';
    text_.append("  ").append(label).append(text).append("\n");
  }
  void plain(std::string_view text) { text_.append(text).append("\n"); }
  void number(std::string_view what, bool present, double value, std::string_view unit) {
    if (const auto measured = given(present, value)) return line(what, say.with_unit(shown(*measured), unit));
    line(what, say(present ? "not a number, so not measured" : "not measured"));
  }
  /// Leaves absent ones out.
  void number_if_there(std::string_view what, bool present, double value, std::string_view unit) {
    if (present) number(what, present, value, unit);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string or_none(std::string_view text, const Speech& say) { return text.empty() ? say("none") : std::string(text); }
std::string_view or_unknown(std::string_view word) { return word.empty() ? "unknown" : word; }

std::string plate_words(const v1::Plate& plate, const Speech& say) {
  Enumeration parts(say);
  parts.add(plate.text().empty() ? say("not readable") : plate.text());
  parts.add(say(std::string(or_unknown(plate.color())) + " plate"));
  if (!plate.class_().empty()) parts.add(say("class " + plate.class_()));
  if (plate.has_confidence()) parts.add(say("confidence %1", shown(plate.confidence())));
  if (plate.corrected()) parts.add(say("corrected from %1", plate.raw_text()));
  return parts.text();
}

void vehicle(Page& page, const v1::Passage& passage) {
  const auto& say = page.say;
  page.title(say("Vehicle"));
  page.line("plate", passage.has_plate() ? plate_words(passage.plate(), say) : say("none reported by the camera"));
  Enumeration fuel(say);
  fuel.add(say(or_unknown(passage.vehicle().fuel())));
  fuel.add(say(source_words(passage.vehicle().fuel_source())));
  page.line("fuel", fuel.text());
  if (!passage.vehicle().category().empty()) page.line("category", passage.vehicle().category());
}

void inputs(Page& page, const v1::Passage& passage) {
  page.title(page.say("Measured"));
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
  if (drawn) page.line(what, slope_words(line, page.say));
}

void smoke_from_opacity(Page& page, const v1::Assessment& a) {
  if (!a.has_k_per_m() && !a.has_ringelmann()) return;
  page.number("k, from opacity", a.has_k_per_m(), a.k_per_m(), "1/m");
  page.number("Ringelmann, from opacity", a.has_ringelmann(), a.ringelmann(), "(grade; finds, never judges)");
}

void derived(Page& page, const v1::Assessment& a, const Standard& standard) {
  page.title(page.say("Computed"));
  slope(page, "CO slope", a.has_co_slope(), a.co_slope());
  slope(page, "HC slope", a.has_hc_slope(), a.hc_slope());
  slope(page, "NO slope", a.has_no_slope(), a.no_slope());
  slope(page, "NO2 slope", a.has_no2_slope(), a.no2_slope());
  const auto& say = page.say;
  const auto line = [&](std::string_view what, bool present, double value, std::string_view unit, const std::string& form) {
    page.line(what, say("%1 (%2)", present ? say.with_unit(shown(value), unit) : say("not known: something it needs is missing"), form));
  };
  line("VSP", a.has_vsp_kw_per_t(), a.vsp_kw_per_t(), "kW/t", say(words(standard.vsp_form)));
  line("dry CO2", a.has_co2_percent(), a.co2_percent(), "%", say(words(standard.combustion_form)));
  page.number_if_there("dry CO", a.has_co_percent(), a.co_percent(), "%");
  page.number_if_there("dry HC", a.has_hc_ppm(), a.hc_ppm(), "ppm");
  if (standard.correct_no_for_humidity) {
    line("dry NO", a.has_no_ppm(), a.no_ppm(), "ppm", humidity_words(a, say));
  } else {
    page.number_if_there("dry NO", a.has_no_ppm(), a.no_ppm(), "ppm");
  }
  line("CO", a.has_co_g_per_kg(), a.co_g_per_kg(), "g/kg", say(words(standard.fuel_mass_form)));
  page.number_if_there("HC", a.has_hc_g_per_kg(), a.hc_g_per_kg(), "g/kg");
  page.number_if_there("NO, as NO2", a.has_no_g_per_kg(), a.no_g_per_kg(), "g/kg");
  page.number_if_there("NO2", a.has_no2_g_per_kg(), a.no2_g_per_kg(), "g/kg");
  smoke_from_opacity(page, a);
}

// ---- the checks, in the words of what they found

void validity(Page& page, const Traced& traced) {
  using Outcome = Finding::Outcome;
  constexpr std::size_t kColumn = 10;
  const auto& say = page.say;
  page.title(say(traced.assessment.validity().valid() ? "Validity: valid" : "Validity: not valid"));
  Enumeration rules_off(say, "; ");
  for (const auto& finding : traced.findings) {
    if (finding.outcome == Outcome::kOff) {
      rules_off.add(say(finding.what));
      continue;
    }
    auto text = say("%1: %2", say(finding.what), finding_words(finding, say));
    if (finding.outcome == Outcome::kFailed) text = say("%1 -> %2", text, say.coded(v1::Validity::Reason_Name(finding.reason)));
    const bool held = finding.outcome == Outcome::kHeld;
    page.line(held ? "holds" : finding.outcome == Outcome::kFailed ? "FAILS" : "not made", text, kColumn);
  }
  if (!rules_off.empty()) page.plain("  " + say("no rule in this standard for: %1", rules_off.text()));
}

// ---- results and verdict

std::string why_no_results(const Standard& standard, const v1::Passage& passage, const Speech& say) {
  if (!in_force(standard, day_of(passage))) return say("this standard was not in force on the day of the passage");
  if (const auto what = not_for(standard, passage); what && *what != "fuel") {
    return say("this standard is not for a vehicle of this %1", say(*what));
  }
  return say("this standard has no limit for a vehicle of fuel %1", say(to_string(fuel_of(passage.vehicle().fuel()))));
}

void results(Page& page, const v1::Assessment& a, const Standard& standard, const v1::Passage& passage) {
  page.title(page.say("Results"));
  int index = 0;
  for (const auto* limit : limits_for(standard, passage)) {
    page.line(v1::Result::Pollutant_Name(limit->pollutant), result_words(a.results(index++), *limit, page.say));
  }
  if (index == 0) page.plain("  " + why_no_results(standard, passage, page.say));
}

std::string names_of(const v1::Assessment& a, const auto& wanted, const Speech& say) {
  Enumeration names(say);
  for (const auto& result : a.results()) {
    if (wanted(result)) names.add(say(v1::Result::Pollutant_Name(result.pollutant())));
  }
  return names.text();
}

bool exceeded(const v1::Result& result) { return result.exceeded(); }
bool failed(const v1::Result& result) { return result.exceeded() && result.role() == v1::Result::judged; }

std::string verdict_words(const v1::Assessment& a, const Speech& say) {
  switch (a.verdict()) {
    case v1::PASS: return say("PASS: no pollutant that decides exceeds its limit");
    case v1::FAIL: return say("FAIL: %1 over the limit", names_of(a, failed, say));
    case v1::INVALID: return say("INVALID: a check failed, so the passage says nothing about the vehicle");
    case v1::NOT_JUDGED: return say("NOT_JUDGED: %1", say(why_not_judged(a.not_judged_reason())));
    default: return say("none");
  }
}

void verdict(Page& page, const v1::Assessment& a) {
  const auto& say = page.say;
  page.title(say("Verdict: %1", verdict_words(a, say)));
  if (!a.flagged()) return page.plain(say("Not flagged"));
  page.plain(say("Flagged, because it is valid and exceeds in: %1", names_of(a, exceeded, say)));
}

std::string heading(const v1::Passage& passage, const Speech& say) {
  Enumeration parts(say);
  parts.add(say("Passage %1", or_none(passage.record_number(), say)));
  parts.add(say("lane %1", std::to_string(passage.lane())));
  if (passage.has_detected_at()) parts.add(google::protobuf::util::TimeUtil::ToString(passage.detected_at()));
  parts.add(say(v1::Passage::Purpose_Name(passage.purpose())));
  return parts.text();
}

void law(Page& page, const Standard& standard) {
  const auto& say = page.say;
  Enumeration parts(say);
  parts.add(say("Standard: %1", standard.example ? say("%1 (an EXAMPLE, not law)", standard.id) : standard.id));
  parts.add(say("version %1", standard.version));
  const auto from = shown(standard.effective_from);
  parts.add(standard.effective_until ? say("in force from %1 to %2", from, shown(*standard.effective_until)) : say("in force from %1", from));
  page.title(parts.text());
  page.plain("  " + standard.title);
  page.plain("  SHA-256 " + to_hex(standard.hash));
}

// ---- against what is stored

/// One build gives the same bytes. Another compiler or machine may differ in the last digits, never in the
/// verdict.
std::string reproduction(const v1::Assessment& stored, const v1::Assessment& now, const Speech& say) {
  if (stored.SerializeAsString() == now.SerializeAsString()) return say("recomputed: identical");
  google::protobuf::util::DefaultFieldComparator nearly;
  nearly.set_float_comparison(google::protobuf::util::DefaultFieldComparator::APPROXIMATE);
  nearly.set_treat_nan_as_equal(true);
  nearly.SetDefaultFractionAndMargin(1e-12, 0);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&nearly);
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(stored, now)) {
    return say("recomputed: identical but for the last digits of numbers (1e-12 of their size)");
  }
  while (!differences.empty() && differences.back() == '\n') differences.pop_back();
  return say("recomputed: DIFFERENT from what is stored (stored -> now):") + "\n" + differences;
}

void caution(Page& page, const v1::Assessment& stored, const Standard& standard) {
  const auto& say = page.say;
  constexpr std::size_t kColumn = 14;
  page.plain(say("CAUTION: explained by another standard than it was judged by."));
  page.line("judged by", say("%1, SHA-256 %2", or_none(stored.standard(), say), or_none(to_hex(as_bytes(stored.standard_hash())), say)), kColumn);
  page.line("explained by", say("%1, SHA-256 %2", standard.id, to_hex(standard.hash)), kColumn);
  page.plain("");
}

}  // namespace

std::string explain(const v1::Passage& passage, const Standard& standard, const Speech& say) {
  const auto traced = assess_traced(passage, standard);
  const auto& now = traced.assessment;
  Page page(say);
  const bool stored = passage.has_assessment();
  if (stored && passage.assessment().standard_hash() != now.standard_hash()) caution(page, passage.assessment(), standard);
  page.plain(heading(passage, say));
  vehicle(page, passage);
  inputs(page, passage);
  derived(page, now, standard);
  validity(page, traced);
  results(page, now, standard, passage);
  verdict(page, now);
  law(page, standard);
  page.plain(stored ? reproduction(passage.assessment(), now, say) : say("No assessment is stored with this passage."));
  return page.take();
}

}  // namespace exhaust::assessment
