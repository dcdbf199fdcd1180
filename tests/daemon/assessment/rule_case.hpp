#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <string>

#include "daemon/assessment/assess.hpp"
#include "daemon/assessment/wording.hpp"
#include "tests/daemon/assessment/both_languages.hpp"
#include "tests/daemon/assessment/passages.hpp"

/// Each rule alone: the standard has no other.
namespace exhaust::assessment {

using R = ValidityRules;
using P = v1::Passage;
inline const auto by_name = [](const auto& of) { return of.param.name; };
inline const double kNaN = std::numeric_limits<double>::quiet_NaN();

struct RuleCase {
  std::string name;
  std::function<void(ValidityRules&)> rule;
  std::function<void(v1::Passage&)> change;  ///< of a clean diesel
  Finding::Outcome outcome;                  ///< kOff: no rule is made at all
  v1::Validity::Reason reason = v1::Validity::REASON_UNSPECIFIED;
  std::string words{};  ///< "what: found"
};

inline Standard without_rules() {
  auto standard = diesel_standard();
  standard.validity = {};
  return standard;
}

inline void expect_finding(const RuleCase& c) {
  auto standard = without_rules();
  c.rule(standard.validity);
  auto passage = clean("diesel");
  c.change(passage);
  explained_in_both(passage, standard);
  const auto [assessment, findings] = assess_traced(passage, standard);
  const Finding* found = nullptr;
  for (const auto& finding : findings) {
    if (finding.outcome == Finding::Outcome::kOff) continue;
    EXPECT_EQ(found, nullptr) << "two rules: " << finding.what;
    found = &finding;
  }
  EXPECT_EQ(found == nullptr, c.outcome == Finding::Outcome::kOff);
  if (found == nullptr) return;
  EXPECT_EQ(found->outcome, c.outcome);
  EXPECT_EQ(found->reason, c.reason);
  EXPECT_EQ(std::string(found->what) + ": " + finding_words(*found), c.words);
  const bool failed = c.outcome == Finding::Outcome::kFailed;
  EXPECT_EQ(assessment.validity().valid(), !failed);
  EXPECT_EQ(assessment.validity().reasons_size(), failed ? 1 : 0);
  if (failed) {
    EXPECT_EQ(assessment.validity().reasons(0), c.reason);
  }
}

constexpr auto kHeld = Finding::Outcome::kHeld, kFailed = Finding::Outcome::kFailed,
               kNotMade = Finding::Outcome::kNotMade, kOff = Finding::Outcome::kOff;

// What passages are changed by.

inline auto before(double seconds, double co2_excess) {
  return [=](v1::Passage& p) {
    p.mutable_neighbours()->set_before_s(seconds);
    p.mutable_neighbours()->set_before_co2_excess_percent(co2_excess);
  };
}
inline auto condition(const std::string& state) {
  return [state](v1::Passage& p) {
    auto& condition = *p.add_conditions();
    condition.set_device("analyser");
    condition.set_state(state);
  };
}
inline auto clock_off_by(double seconds) {
  return [seconds](v1::Passage& p) { p.mutable_clock()->set_estimated_error_s(seconds); };
}
inline auto confidence(double percent) {
  return [percent](v1::Passage& p) { p.mutable_plate()->set_confidence(percent); };
}

}  // namespace exhaust::assessment
