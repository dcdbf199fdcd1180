#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/assessment/standard.hpp"

namespace exhaust::assessment {

/// The standards that a station judges by, in the order of its settings. Pure; immutable after making.
class StandardSet {
 public:
  StandardSet() = default;
  explicit StandardSet(std::vector<Standard> standards) : standards_(std::move(standards)) {}
  /// As if they were in force at any time: what they would say of a passage of any day.
  static StandardSet of_any_day(std::vector<Standard> standards);

  const std::vector<Standard>& all() const { return standards_; }
  bool empty() const { return standards_.empty(); }

  /// What this passage is judged by: the first standard in force on the day of its detection that applies to
  /// the vehicle; else the first in force, which says that it does not apply; else the first of all, which
  /// says that none is in force. REQUIRES: not empty.
  const Standard& select(const v1::Passage& passage) const;

  /// The one whose file has this SHA-256 (32 bytes, as in Assessment.standard_hash); nullptr: none.
  const Standard* with_hash(std::string_view hash) const;

  /// Two that have the same id and a day in common, as one sentence: which of them would judge is nobody's
  /// guess.
  std::optional<std::string> conflict() const;

  /// "hj845-2017, example-gasoline-beijing-2020"
  std::string names() const;

 private:
  std::vector<Standard> standards_;
};

/// By the standard that the set selects.
v1::Assessment assess(const v1::Passage& passage, const StandardSet& standards);

}  // namespace exhaust::assessment
