#include "daemon/assessment/assess.hpp"

#include <algorithm>

#include "daemon/assessment/applicability.hpp"
#include "daemon/assessment/derive.hpp"
#include "daemon/assessment/rounding.hpp"
#include "daemon/core/bytes.hpp"

namespace exhaust::assessment {

namespace {

/// One reason once, in the order of the checks.
void store(const std::vector<Finding>& findings, v1::Validity& to) {
  for (const auto& finding : findings) {
    if (finding.outcome != Finding::Outcome::kFailed) continue;
    const bool known = std::ranges::find(to.reasons(), static_cast<int>(finding.reason)) != to.reasons().end();
    if (!known) to.add_reasons(finding.reason);
  }
  to.set_valid(to.reasons().empty());
}

void compare(const Facts& facts, v1::Assessment& to) {
  for (const auto* limit : limits_for(facts.standard, facts.passage)) {
    auto& result = *to.add_results();
    result.set_pollutant(limit->pollutant);
    result.set_limit(limit->limit);
    result.set_role(limit->role);
    const auto value = measured(facts.passage, to, limit->pollutant);
    if (!value) continue;
    result.set_value(*value);
    if (limit->decimals) result.set_compared(as_compared(*value, *limit));
    result.set_exceeded(exceeds(*value, *limit));
  }
}

bool decides(const v1::Result& result) { return result.role() == v1::Result::judged; }

/// Why a vehicle is not judged; empty when it is.
std::string_view not_judged(const Facts& facts) {
  if (facts.fuel == Fuel::kElectric) return "electric";
  if (facts.passage.purpose() == v1::Passage::audit) return "audit";
  if (!in_force(facts.standard, day_of(facts.passage))) return "no_standard_in_force";
  if (!applies(facts.standard, facts.passage)) return "standard_does_not_apply";
  const auto judged_one = [](const v1::Result& result) { return decides(result) && result.has_value(); };
  return std::ranges::any_of(facts.derived.results(), judged_one) ? "" : "nothing_to_judge";
}

void conclude(const Facts& facts, v1::Assessment& to) {
  const bool valid = to.validity().valid();
  const auto reason = not_judged(facts);
  // An electric vehicle leaves no plume of its own, so its passages fail the plume's checks by nature.
  // Calling them invalid would count a good measurement of nothing as a bad one, and lower the station's
  // valid rate. And rules that are not in force cannot make a passage invalid.
  const bool rules_bind = facts.fuel != Fuel::kElectric && reason != "no_standard_in_force";
  if (!valid && rules_bind) {
    to.set_verdict(v1::INVALID);
  } else if (!reason.empty()) {
    to.set_verdict(v1::NOT_JUDGED);
    to.set_not_judged_reason(std::string(reason));
  } else {
    const auto fails = [](const v1::Result& result) { return decides(result) && result.exceeded(); };
    to.set_verdict(std::ranges::any_of(to.results(), fails) ? v1::FAIL : v1::PASS);
  }
  // What is only screened flags as well, and there is then nothing to judge.
  const bool looked_at = reason.empty() || reason == "nothing_to_judge";
  to.set_flagged(valid && looked_at && std::ranges::any_of(to.results(), &v1::Result::exceeded));
}

}  // namespace

std::optional<double> measured(const v1::Passage& passage, const v1::Assessment& derived,
                               v1::Result::Pollutant pollutant) {
  const auto& smoke = passage.smoke();
  switch (pollutant) {
    case v1::Result::opacity: return given(smoke.has_opacity_percent(), smoke.opacity_percent());
    case v1::Result::ringelmann: return given(smoke.has_ringelmann(), smoke.ringelmann());
    case v1::Result::k: return given(smoke.has_k_per_m(), smoke.k_per_m());
    case v1::Result::co: return given(derived.has_co_percent(), derived.co_percent());
    case v1::Result::hc: return given(derived.has_hc_ppm(), derived.hc_ppm());
    case v1::Result::no: return given(derived.has_no_ppm(), derived.no_ppm());
    case v1::Result::ringelmann_from_opacity: return given(derived.has_ringelmann(), derived.ringelmann());
    case v1::Result::k_from_opacity: return given(derived.has_k_per_m(), derived.k_per_m());
    default: return std::nullopt;
  }
}

double as_compared(double value, const Limit& limit) {
  return limit.decimals ? round_to(value, *limit.decimals, limit.rounding) : value;
}

bool exceeds(double value, const Limit& limit) {
  const double compared = as_compared(value, limit);
  return limit.exceeds == Exceeds::kGreater ? compared > limit.limit : compared >= limit.limit;
}

Traced assess_traced(const v1::Passage& passage, const Standard& standard) {
  Traced traced;
  auto& to = traced.assessment;
  to.set_standard(standard.id);
  to.set_standard_hash(std::string(as_text(standard.hash)));
  derive(passage, standard, to);
  const Facts facts{passage, to, standard, fuel_of(passage.vehicle().fuel())};
  traced.findings = check_all(facts);
  store(traced.findings, *to.mutable_validity());
  compare(facts, to);
  conclude(facts, to);
  return traced;
}

v1::Assessment assess(const v1::Passage& passage, const Standard& standard) {
  return assess_traced(passage, standard).assessment;
}

}  // namespace exhaust::assessment
