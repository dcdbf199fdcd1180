#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/assessment/standard.hpp"

namespace exhaust::settings {

/// One thing that a standard says, by a name that does not depend on where in the file it stands.
struct StandardKey {
  std::string path;              ///< "validity.speed_min_km_h", "limit.opacity.judged.limit",
                                 ///< "validity.window.diesel.vsp_min_kw_per_t"
  std::string value;             ///< "5", "true", "diesel, gasoline"
  std::optional<double> number;  ///< of a number
  bool is_text = false;          ///< neither number nor true or false
};
using StandardKeys = std::vector<StandardKey>;

/// Everything that a standard says, in the file's order of tables. What a file leaves out and what it spells
/// out are the same: defaults are filled in, a validity rule that is off is left out. REQUIRES: a standard
/// that was read from a file.
StandardKeys keys_of(const assessment::Standard& standard);

}  // namespace exhaust::settings
