#pragma once

#include <memory>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/driver.hpp"

namespace exhaust {

/// Devices that speak in byte frames. Decoder "stdbus-gate" (devices.md 5, speed board): delivers a
/// SpeedReading for each vehicle as the gate reports it, and for each answer to a poll, with the gate's
/// count. See README.md for the counters. An unknown decoder is kSettings at `open`.
std::unique_ptr<Driver> make_frame_driver(DriverContext context, const DeviceSettings& device);

/// What a measurement frame says, delimiters and check sum included. Error: kBadFrame.
/// REQUIRES: `device.driver` holds FrameSettings.
Result<std::vector<Reading>> decode_frame(const DeviceSettings& device, ByteView measurement);

}  // namespace exhaust
