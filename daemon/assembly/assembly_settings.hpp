#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"

namespace exhaust::assembly {

/// One lane's joining rules. Windows are from physics.md 5 and devices.md 10 [A], before time scaling.
struct LaneSettings {
  Lane lane = 1;
  std::string line = "01";               ///< ycxbh
  double slope_deg = 0.0;                ///< positive uphill in travel direction
  bool expects_plume = true;             ///< what a complete passage of this lane holds; without waiting for more
  bool expects_smoke = true;
  bool expects_plate = true;
  /// The devices that give each part of a passage, by name. While all of one list are down, the lane cannot measure.
  std::vector<std::string> triggered_by, plume_from, smoke_from, plate_from;
  Duration gap_least{std::chrono::seconds{10}};      ///< shorter stretches without measuring are no gap; not scaled
  Duration join_window{std::chrono::seconds{5}};     ///< after the trigger; a passage closes at its end at the latest
  /// A reading that carries no count may be delivered so long before its trigger. One with a count waits the whole
  /// join window for it, since there is nothing to confuse.
  Duration early_window{std::chrono::seconds{1}};
  Duration plume_delay{std::chrono::seconds{1}};     ///< usual time from trigger to gas result, for devices without a count
  Duration smoke_delay{std::chrono::milliseconds{800}};  ///< the same for smoke
  Duration plate_delay{std::chrono::milliseconds{200}};  ///< and for what the camera says
  /// A plate without a count that is further than this from its usual time is nobody's on this lane: its vehicle may have
  /// changed lanes between the beam and the camera.
  Duration plate_window{std::chrono::seconds{2}};
  /// A reading without a count is given to a vehicle only if it fits every other one worse by so much.
  Duration certain_by{std::chrono::milliseconds{100}};
  /// The same plate again so soon, without a count, is the same vehicle seen twice.
  Duration double_window{std::chrono::seconds{5}};
  /// Of two readings of one plate the more confident one stays, while the passage is open; false: the first.
  bool better_plate = true;
  /// Seconds of the simulated road in one of the clock's: distances between vehicles are told in the road's, as speeds are.
  double time_scale = 1;
  Duration weather_age{std::chrono::minutes{2}};     ///< older weather is not attached
  std::uint64_t jump_limit = 100;        ///< a larger jump of the gate's count within a session becomes a gap
};

}  // namespace exhaust::assembly
