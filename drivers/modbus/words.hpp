#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/device_settings.hpp"

/// Numbers in 16-bit registers (devices.md 2). Pure. libmodbus' own float helpers mean something else in each
/// of its versions, and are never used.
///
/// Orders, shown for 32 bits: ABCD as on the wire; CDAB the words reversed; BADC the bytes of each word
/// swapped; DCBA both. The same rules hold for 64 bits, and for 16 bits (where BADC and DCBA swap the two
/// bytes).
namespace exhaust::modbus {

using Registers = std::vector<std::uint16_t>;

/// 1, 2 or 4 registers.
std::size_t word_count(RegisterType type);

/// The number as it stands, without scale. NaN and infinite stay what they are.
/// REQUIRES: `words` holds at least `word_count(type)`.
double decode(std::span<const std::uint16_t> words, RegisterType type, WordOrder order);

/// The inverse, for the device's side. Integers are rounded and kept within the type; NaN as an integer is
/// the largest value, which devices use for "not available".
Registers encode(double value, RegisterType type, WordOrder order);

/// As the registers went over the wire: high byte first.
Bytes wire_bytes(std::span<const std::uint16_t> words);

}  // namespace exhaust::modbus
