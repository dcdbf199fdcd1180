#pragma once

#include <memory>

#include "drivers/device_settings.hpp"
#include "drivers/driver.hpp"
#include "drivers/modbus/bus.hpp"

namespace exhaust {

/// A device with a register map, over Modbus TCP or RTU (devices.md 2). `buses` outlives the driver.
///
/// With a handshake counter each poll asks for it and delivers the measurements that are new, oldest first.
/// The first value ever seen only says where to begin; after a reconnect it goes on from the last one.
/// Without a counter each poll delivers one reading. Mistakes in the profile show at `open`.
///
/// Counters: bad_frames, refused (exception answers), queue_full, out_of_range (values outside of their valid
/// range: absent), counter_restarts, history_missing (gone from the device's slots before we asked),
/// history_postponed (left for the next poll), torn (slot and measurement do not belong together, twice),
/// overwritten (while being read).
///
/// REQUIRES: `settings.driver` holds ModbusSettings.
std::unique_ptr<Driver> make_modbus_driver(DriverContext context, const DeviceSettings& settings,
                                           modbus::BusTable& buses);

}  // namespace exhaust
