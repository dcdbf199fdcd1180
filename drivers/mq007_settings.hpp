#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust {

/// Which struct opens a result. "by_length" decides by the frame's length, and by the spectra where both would fit.
enum class ResultStruct { kByLength, kWithSpectrum, kWithoutSpectrum };
enum class GasUnit { kPercent, kPpm };

/// MQ-007, a complete roadside unit over TCP (devices.md 4). One unit is one lane. What the source of these settings does
/// not say for certain is marked [A].
struct Mq007Settings {
  /// Absent: the unit is looked for by UDP.
  std::optional<Endpoint> endpoint;
  std::string broadcast = "255.255.255.255";  ///< where to ask for units
  std::uint16_t discovery_port = 5666;        ///< the first; the others follow by 10
  std::uint32_t discovery_ports = 20;
  std::string tester_name;                    ///< only a unit of this name; empty: whichever answers first

  Duration shake_hand_period{std::chrono::seconds{2}};
  Duration link_timeout{std::chrono::seconds{10}};  ///< so long without an answer to SHAKE_HAND, and the link is dead
  bool time_sync = true;          ///< tell the unit our time (UTC+8) on connecting
  bool ask_calibration = false;   ///< ask for the calibration data on connecting

  ResultStruct result_struct = ResultStruct::kByLength;
  GasUnit hc_unit = GasUnit::kPpm, no_unit = GasUnit::kPpm;          ///< of the results [A]
  GasUnit co_unit = GasUnit::kPercent, co2_unit = GasUnit::kPercent;  ///< of the results [A]
  enum class Opacity { kMax, kMean } opacity = Opacity::kMax;         ///< which of the two is the vehicle's [A]
  enum class OpacityUnit { kPercent, kFraction } opacity_unit = OpacityUnit::kPercent;  ///< [A]
  bool use_k = true;              ///< take the unit's K as 1/m [A]
  /// Light below this becomes a notice, once, until it is a tenth above; 0: off. In the unit's own counts.
  std::int32_t least_infrared = 0, least_ultraviolet = 0, least_green = 0;
};

}  // namespace exhaust
