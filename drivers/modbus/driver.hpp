#pragma once

#include <memory>

#include "drivers/device_settings.hpp"
#include "drivers/driver.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/envelope.hpp"  // decode_modbus

namespace exhaust {

/// A device with a register map, over Modbus TCP or RTU (devices.md 2). `buses` outlives the driver.
///
/// With a handshake counter each poll asks for it and delivers the measurements that are new, oldest first.
/// The first value ever seen only says where to begin; after a reconnect it goes on from the last one.
/// Without a counter each poll delivers one reading. Opening reads the identities that the profile expects; another
/// device, or a mistake in the profile, is kSettings.
///
/// Notices: identity (first told, or changed), state, error_status (an alarm came or went), restarted (the counter went
/// down).
///
/// Counters: bad_frames, refused (exception answers), queue_full, out_of_range (values outside of their valid
/// range: absent), counter_restarts, history_missing (gone from the device before we asked), history_postponed (left for
/// the next poll), torn (reads that mixed two measurements; each is repeated), torn_skipped (measurements that stayed torn:
/// not delivered), overwritten (slots written while being read), not_measuring (measurements or polls while a state says
/// that the device does not measure: not delivered), unknown_states (state codes without a word).
///
/// REQUIRES: `settings.driver` holds ModbusSettings.
std::unique_ptr<Driver> make_modbus_driver(DriverContext context, const DeviceSettings& settings,
                                           modbus::BusTable& buses);

}  // namespace exhaust
