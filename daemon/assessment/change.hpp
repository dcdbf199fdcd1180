#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exhaust/v1/passage.pb.h"

/// What judging a passage again changes. Pure.
namespace exhaust::assessment {

struct Turned {
  std::string name, was, is;  ///< "-": it was not there
};

/// From one assessment of a passage to another. Which standard they name is not compared.
struct Change {
  std::vector<Turned> verdict;  ///< one at most: "PASS", "NOT_JUDGED (electric)"
  std::vector<Turned> flagged;  ///< one at most: "yes", "no"
  std::vector<std::string> reasons_gone, reasons_new;
  std::vector<Turned> values;  ///< everything that is computed or compared, by its field's name

  bool any() const {
    return !verdict.empty() || !flagged.empty() || !reasons_gone.empty() || !reasons_new.empty() ||
           !values.empty();
  }
};
Change change_between(const v1::Assessment& was, const v1::Assessment& is);

/// How often what changed, over many passages.
struct ChangeTotals {
  std::uint64_t passages = 0;                                       ///< compared
  std::uint64_t changed = 0;                                        ///< in anything
  std::uint64_t verdict = 0, flagged = 0, reasons = 0, values = 0;  ///< passages that changed in this
  std::map<std::string, std::uint64_t> verdicts;                    ///< "PASS -> FAIL"
  std::map<std::string, std::uint64_t> flags;                       ///< "no -> yes"
  std::map<std::string, std::uint64_t> reason;                      ///< "+WIND", "-WIND"
  std::map<std::string, std::uint64_t> value;                       ///< "no_ppm"

  void add(const Change& change);
};

}  // namespace exhaust::assessment
