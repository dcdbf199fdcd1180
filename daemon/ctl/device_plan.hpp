#pragma once

#include <string>
#include <vector>

#include "drivers/device_settings.hpp"

namespace exhaust::ctl {

/// One request that the daemon makes of a device, for a person.
struct PlannedQuestion {
  std::string when;     ///< "each poll"
  std::string what;     ///< "input registers 0 to 9"
  std::string bytes;    ///< as on the wire, where they are always the same
  std::string purpose;  ///< what the answer holds
};

/// What a device would be asked, by its settings alone. Pure.
std::vector<PlannedQuestion> plan_of(const DeviceSettings& device);
std::string to_json(const PlannedQuestion& question, bool pretty);

}  // namespace exhaust::ctl
