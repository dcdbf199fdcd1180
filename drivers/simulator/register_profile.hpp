#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/modbus_settings.hpp"

namespace exhaust::simulator {

/// Reads what the device's side needs of a register map (config/devices/*.toml): places, types, orders, scales. The daemon's
/// own reader is the strict one. Error: kSettings, with the file.
Result<ModbusProfile> parse_register_profile(std::string_view text, const std::string& file);
Result<ModbusProfile> read_register_profile(const std::filesystem::path& file);

/// How many registers the device has, from 0.
std::size_t registers_of(const ModbusProfile& profile);

/// What stands in them when `newest` vehicles have passed: the weather of `at_s`, or the newest vehicles of the model with
/// this seed. What was not measured is the map's own code for that, else NaN, else the type's largest value. Registers
/// that no field names are 0.
std::vector<std::uint16_t> registers_at(const ModbusProfile& profile, std::uint32_t newest, std::uint64_t seed, double at_s);

}  // namespace exhaust::simulator
