#include "drivers/line/crc16.hpp"

#include <array>

namespace exhaust {

namespace {

constexpr auto kTable = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned i = 0; i < table.size(); ++i) {
    unsigned value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? (value >> 1) ^ 0xA001 : value >> 1;
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();

}  // namespace

std::uint16_t crc16_modbus(ByteView bytes) {
  unsigned crc = 0xFFFF;
  for (const auto byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
  return static_cast<std::uint16_t>(crc);
}

}  // namespace exhaust
