#pragma once

#include <memory>
#include <vector>

#include "drivers/driver.hpp"

namespace exhaust {

/// What a frame of a MQ-007 measures: a trigger (type 15) or a car that has left (1F) is one BeamEvent; a result (12) is
/// a PlumeReading, a SmokeReading and a SpeedReading, in this order, of one vehicle. The unit counts no vehicles, so no
/// reading has a count. Error: kBadFrame, also for a frame of another type.
Result<std::vector<Reading>> decode_mq007(const DeviceSettings& device, ByteView frame);

/// The complete roadside unit MQ-007 (devices.md 4): found by UDP or at a fixed address, three TCP connections, and it
/// speaks by itself. See README.md for the counters.
std::unique_ptr<Driver> make_mq007_driver(DriverContext context, const DeviceSettings& device);

}  // namespace exhaust
