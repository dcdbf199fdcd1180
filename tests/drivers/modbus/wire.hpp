#pragma once

#include "daemon/core/bytes.hpp"
#include "drivers/modbus/words.hpp"

namespace exhaust::modbus {

/// Registers from the bytes on the wire.
inline Registers wire(std::string_view hex) {
  const auto bytes = *from_hex(hex);
  Registers words;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    words.push_back(static_cast<std::uint16_t>(bytes[i] << 8 | bytes[i + 1]));
  }
  return words;
}

}  // namespace exhaust::modbus
