#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/assessment/standard.hpp"

/// The rules of validity, one small function each (rules.hpp). All are made, none stops another. What a
/// check found is enough to decide with and to explain with, so that verdict and words cannot drift apart.
namespace exhaust::assessment {

/// A measured number; NaN and infinities count as not measured.
std::optional<double> given(bool present, double value);

/// What a check looks at: the passage and what was derived from it.
struct Facts {
  const v1::Passage& passage;
  const v1::Assessment& derived;  ///< all that `derive` fills in
  const Standard& standard;
  Fuel fuel = Fuel::kUnknown;
};

/// Whom a note is about: "analyser stuck".
struct Subject {
  std::string name;         ///< of a device, as the settings have it; or a check's word
  std::string state;        ///< its word
  bool is_a_check = false;  ///< so that `name` is a word of ours
};

struct Finding {
  enum class Outcome {
    kHeld,
    kFailed,   ///< the passage is not valid, for `reason`
    kNotMade,  ///< what it needs was not measured, and the standard does not insist
    kOff,      ///< the standard does not have this rule
  };
  std::string_view what;                ///< "CO2 excess"
  Outcome outcome = Outcome::kOff;
  v1::Validity::Reason reason = v1::Validity::REASON_UNSPECIFIED;  ///< of kFailed only
  std::optional<double> value{};        ///< what was compared
  std::optional<double> least{}, most{};  ///< with what; bounds are inside
  std::string_view unit{};
  std::string_view note{};              ///< where the numbers do not say it all; one of few, known sentences
  std::vector<Subject> subjects{};      ///< whom the note is about
};

/// Every check, in the order in which reasons are stored.
std::vector<Finding> check_all(const Facts& facts);

}  // namespace exhaust::assessment
