#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/endpoint.hpp"
#include "drivers/reading_kind.hpp"

namespace exhaust {

/// AK protocol (devices.md 1): AKON with a channel, values by position.
struct AkSettings {
  Endpoint endpoint;
  std::string channel = "K0";
  ReadingKind reading = ReadingKind::kSmoke;  ///< kSmoke, kPlume or kWeather
  /// Words of the reading (drivers/quantity.hpp), in order; "-" skips. One is "vehicle_number" or
  /// "measurement_number": without it an old measurement could be taken for a new one. Not so for weather.
  std::vector<std::string> values;
  /// The device numbers nothing and each answer is a measurement of this moment.
  bool each_poll = false;
  /// The meter keeps a history: "AKON K1 n" answers with measurement n.
  bool fetch_by_number = false;
  CountSource count = CountSource::kNone;
  std::uint8_t dont_care = 0x20;
  /// What ASTZ must name (one of them) for values to count, like SMGA. Empty: ASTZ is not asked.
  std::vector<std::string> measuring_states;
};

}  // namespace exhaust
