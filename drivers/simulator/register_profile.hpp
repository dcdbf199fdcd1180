#pragma once

#include <cstdint>
#include <vector>

#include "drivers/modbus_settings.hpp"

namespace exhaust::simulator {

/// How many registers the device has, from 0.
std::size_t registers_of(const ModbusProfile& profile);

/// What stands in them when `newest` vehicles have passed: the weather of `at_s`, or the newest vehicles of the model with
/// this seed. What was not measured is the map's own code for that, else NaN, else the type's largest value. Its
/// states say that it measures, no alarm is on, and it is who it is expected to be. Registers that no field names are 0.
std::vector<std::uint16_t> registers_at(const ModbusProfile& profile, std::uint32_t newest, std::uint64_t seed, double at_s);

}  // namespace exhaust::simulator
