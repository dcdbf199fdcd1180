#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/endpoint.hpp"

namespace exhaust {

/// AK protocol (devices.md 1): AKON with a channel, values by position.
struct AkSettings {
  Endpoint endpoint;
  std::string channel = "K0";
  /// Words of the reading, in order; "-" skips. One is "vehicle_number" or "measurement_number": without it an old
  /// measurement could be taken for a new one.
  std::vector<std::string> values;
  /// The meter keeps a history: "AKON K1 n" answers with measurement n.
  bool fetch_by_number = false;
  CountSource count = CountSource::kNone;
  std::uint8_t dont_care = 0x20;
};

}  // namespace exhaust
