#pragma once

#include <string>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// A plate event as Hikvision's cameras post it (devices.md 7.1): `anpr.xml`.
std::string event_xml(const Passing& passing, const std::string& uuid, WallTime now);

/// The same text as a camera of an older firmware writes it: in GBK, and saying so. REQUIRES: UTF-8 with characters that
/// GBK has.
std::string in_gbk(std::string xml);

/// The same vehicle as the cameras of devices.md 7.3 push it: JSON with pictures in base64. Plate, colour (蓝, 黄, 绿, 黄绿),
/// confidence, lane, number, time and id stand at Plate.Number, Plate.Color, Plate.Confidence, Lane, Trigger, Time, Id;
/// the pictures at Pictures.0.Data and Pictures.1.Data.
std::string event_json(const Passing& passing, const std::string& uuid, WallTime now, const std::string& plate_jpeg,
                       const std::string& scene_jpeg);

/// The parts of an alertStream with that boundary (devices.md 7.1), each with its length: the event and its two pictures.
std::string stream_parts(const std::string& xml, const std::string& plate_jpeg, const std::string& scene_jpeg,
                         const std::string& boundary);
/// What keeps an alertStream alive: an event that says that there is none.
std::string heartbeat_part(WallTime now, const std::string& boundary);

/// The body of the request: the event and its two pictures. No part may contain the boundary.
std::string multipart_body(const std::string& xml, const std::string& plate_jpeg, const std::string& scene_jpeg,
                           const std::string& boundary);

/// The camera's own way to say it: local time with its offset, milliseconds.
std::string camera_time(WallTime time);

/// A random (version 4) UUID, in capitals.
std::string make_uuid();

}  // namespace exhaust::simulator
