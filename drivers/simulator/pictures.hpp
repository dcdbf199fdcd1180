#pragma once

#include <string>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// What the plate camera sends with a vehicle, as JPEG files that differ from vehicle to vehicle. The province's
/// character is drawn as a box; a plate that cannot be read is muddy.
std::string plate_picture(const Vehicle& vehicle);
std::string scene_picture(const Passing& passing);

}  // namespace exhaust::simulator
