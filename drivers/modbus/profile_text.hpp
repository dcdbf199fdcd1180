#pragma once

#include <string>

#include "drivers/modbus_profile.hpp"

namespace exhaust::modbus {

/// A profile as the text of its file, register numbers as on the wire. Read again, it is the same profile; units are
/// written as scale and offset. Pure.
std::string to_toml(const ModbusProfile& profile);

}  // namespace exhaust::modbus
