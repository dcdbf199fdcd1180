#pragma once

#include <cstdint>

#include "daemon/core/bytes.hpp"

namespace exhaust {

/// CRC16 of Modbus: polynomial A001 (reflected), start FFFF; on the wire the low byte comes first (devices.md
/// 2). Over bytes that end with their own CRC the result is 0.
std::uint16_t crc16_modbus(ByteView bytes);

}  // namespace exhaust
