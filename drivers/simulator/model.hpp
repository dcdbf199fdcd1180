#pragma once

#include <cstdint>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// Vehicle `index` of the traffic with this seed. Depends on nothing else, so that a restart goes on with the same
/// vehicles. Invented figures, shaped after the CONOX campaigns: about a third of the ratios of clean vehicles are
/// negative, one plume in twenty is weak, one vehicle in sixteen is far over every limit.
Vehicle make_vehicle(std::uint64_t seed, std::uint64_t index);

/// The other ways to say an opacity (physics.md 4: k over 0.43 m, 20 % a Ringelmann grade), in the meter's
/// resolution. `opacity_percent` is cut to 0..99.9.
SmokeReading smoke_of(double opacity_percent);

}  // namespace exhaust::simulator
