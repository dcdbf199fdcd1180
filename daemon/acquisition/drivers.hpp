#pragma once

#include <memory>

#include "drivers/driver.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/outlet.hpp"

namespace exhaust::acquisition {

/// The one table of drivers: a new one is a line here, a folder under drivers/ and a struct in device_settings.hpp.
std::unique_ptr<Driver> make_driver(DriverContext context, const DeviceSettings& device, modbus::BusTable& buses);

/// How a device's measurement frames become readings, live and in a replay.
Decode decode_of(const DeviceSettings& device);

}  // namespace exhaust::acquisition
