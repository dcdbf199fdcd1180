#pragma once

#include <memory>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/driver.hpp"

namespace exhaust {

/// Devices that speak in byte frames over serial or TCP: one talker for all, and a decoder (settings) that knows the
/// device. A device that is asked gets its request at each poll, and its answer before `response_timeout` has passed is
/// delivered; one that speaks by itself is delivered as it speaks. See README.md for decoders and counters. An unknown
/// decoder is kSettings at `open`.
///
/// REQUIRES: `device.driver` holds FrameSettings.
std::unique_ptr<Driver> make_frame_driver(DriverContext context, const DeviceSettings& device);

/// What a measurement frame says, delimiters and check sum included. Error: kBadFrame; kSettings for an unknown decoder.
/// REQUIRES: `device.driver` holds FrameSettings.
Result<std::vector<Reading>> decode_frame(const DeviceSettings& device, ByteView measurement);

}  // namespace exhaust
