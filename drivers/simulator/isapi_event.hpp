#pragma once

#include <string>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// A plate event as Hikvision's cameras post it (devices.md 7.1): `anpr.xml`.
std::string event_xml(const Passing& passing, const std::string& uuid, WallTime now);

/// The body of the request: the event and its two pictures. No part may contain the boundary.
std::string multipart_body(const std::string& xml, const std::string& plate_jpeg, const std::string& scene_jpeg,
                           const std::string& boundary);

/// The camera's own way to say it: local time with its offset, milliseconds.
std::string camera_time(WallTime time);

/// A random (version 4) UUID, in capitals.
std::string make_uuid();

}  // namespace exhaust::simulator
