#pragma once

#include <memory>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/driver.hpp"

namespace exhaust {

/// A smoke meter, analyser or weather station that speaks the AK protocol (devices.md 1) over TCP or a serial port.
///
/// Each poll asks AKON. Where the device numbers its measurements, a new number is a new measurement, and the first one
/// ever seen only says where to begin; else each answer is a measurement. With `measuring_states`, ASTZ is asked before
/// it, and nothing counts while the device is in no such state. A changed status digit makes it ask ASTF, and say the
/// errors as a notice. Mistakes in the settings show at `open`. Counters: see README.md.
///
/// REQUIRES: `settings.driver` holds AkSettings.
std::unique_ptr<Driver> make_ak_driver(DriverContext context, const DeviceSettings& settings);

/// What an AKON answer says, STX to ETX. Error: kBadFrame.
/// REQUIRES: `device.driver` holds AkSettings.
Result<std::vector<Reading>> decode_ak(const DeviceSettings& device, ByteView measurement);

}  // namespace exhaust
