#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ak/telegram.hpp"
#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// The smoke meters of all lanes behind one AK device; channel Kl is lane l (devices.md 1). Pure: no I/O.
///
///   AKON K1      the newest: vehicle number, opacity %, k 1/m, Ringelmann grade; number 0 before the first vehicle
///   AKON K1 17   vehicle 17, or NA when it is not among the last 64
///   ASTZ, AKEN   state, name
///
/// A value that was not measured is `#0.0`.
class SmokeMeter {
 public:
  static constexpr std::size_t kRemembered = 64;

  explicit SmokeMeter(Lane lanes) : channels_(lanes) {}

  void measured(Lane lane, std::uint32_t number, const SmokeReading& smoke);
  /// The telegram that answers `telegram`; what is no command or an unknown one is answered with "????".
  std::string answer(std::string_view telegram);
  /// True once this lane's channel has been asked for values.
  bool asked(Lane lane) const { return channels_.at(lane - 1).asked; }

 private:
  struct Channel {
    std::map<std::uint32_t, SmokeReading> of_vehicle;
    bool asked = false;
  };
  std::vector<std::string> values(const ak::Command& command);

  std::vector<Channel> channels_;
};

}  // namespace exhaust::simulator
