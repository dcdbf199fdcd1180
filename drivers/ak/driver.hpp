#pragma once

#include <memory>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/driver.hpp"

namespace exhaust {

/// A smoke meter that speaks the AK protocol (devices.md 1) over TCP or a serial port.
///
/// Each poll asks AKON. A new measurement number (without one: vehicle number) is a new measurement; without
/// either, each poll delivers. The first number ever seen only says where to begin. Mistakes in the settings
/// show at `open`.
///
/// Counters: bad_frames, stale_answers (late, or to another question: dropped), refused, aborted_telegrams,
/// dropped_telegrams, skipped_bytes, status_changes, counter_restarts, history_missing (measurements that the
/// meter no longer has), history_postponed (left for the next poll), without_number.
///
/// REQUIRES: `settings.driver` holds AkSettings.
std::unique_ptr<Driver> make_ak_driver(DriverContext context, const DeviceSettings& settings);

/// What an AKON answer says, STX to ETX. Error: kBadFrame.
/// REQUIRES: `device.driver` holds AkSettings.
Result<std::vector<Reading>> decode_ak(const DeviceSettings& device, ByteView measurement);

}  // namespace exhaust
