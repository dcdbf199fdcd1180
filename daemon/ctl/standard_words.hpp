#pragma once

#include <string>
#include <vector>

#include "daemon/assessment/standard.hpp"
#include "daemon/settings/standard_keys.hpp"

/// Standards as people read them. Pure.
namespace exhaust::ctl {

/// "opacity 30 %, ringelmann 1, no 1500 ppm (screened)"
std::string limits_in_short(const assessment::Standard& standard);
/// "diesel, gasoline"
std::string fuels_in_short(const assessment::Fuels& fuels);

/// Whom it judges, when a passage is valid, limits, repetition, formulas, hash: a page.
std::string in_words(const assessment::Standard& standard);

/// What differs between two standards: one key of one of them.
struct StandardDifference {
  std::string path;
  std::string was, is;  ///< "-": not there
  /// What it means: "stricter: ...", "looser: ...", or just what is otherwise.
  std::string meaning;
};
/// In the order of the first one's keys, then what only the second has. Empty: they say the same.
std::vector<StandardDifference> differences(const assessment::Standard& one,
                                            const assessment::Standard& other);

}  // namespace exhaust::ctl
