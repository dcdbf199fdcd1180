#pragma once

#include <cstdint>
#include <string>

#include "drivers/endpoint.hpp"

namespace exhaust {

/// Byte frames over serial or TCP. Decoder: "stdbus-gate" (devices.md 5, speed board).
struct FrameSettings {
  Endpoint endpoint;
  std::string decoder;
  std::uint8_t host_address = 0x10;
  std::uint8_t board_address = 0x30;
};

}  // namespace exhaust
