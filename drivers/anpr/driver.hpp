#pragma once

#include <memory>

#include "drivers/driver.hpp"

namespace exhaust {

/// What one camera event says: a measurement frame is an envelope, "<Content-Type> CR LF CR LF <body>", the
/// body as the camera sent it (pictures included). Gives one reading, with lane, device time and count as the
/// settings say. Errors: kBadFrame; kRefused for an event that is no plate. REQUIRES: `device.driver` holds
/// AnprSettings.
Result<std::vector<Reading>> decode_anpr(const DeviceSettings& device, ByteView measurement);

/// A plate camera: it posts to us, or we keep its stream open (devices.md 7.1, 7.3). Each plate is delivered
/// once. REQUIRES: `device.driver` holds AnprSettings.
std::unique_ptr<Driver> make_anpr_driver(DriverContext context, const DeviceSettings& device);

}  // namespace exhaust
