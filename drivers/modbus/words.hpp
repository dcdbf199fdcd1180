#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "drivers/modbus_profile.hpp"

/// Numbers and texts in 16-bit registers (devices.md 2). Pure. libmodbus' own float helpers mean something else in each
/// of its versions, and are never used.
///
/// Orders, shown for 32 bits: ABCD as on the wire; CDAB the words reversed; BADC the bytes of each word
/// swapped; DCBA both. The same rules hold for 64 bits, for texts, and for 16 bits (where BADC and DCBA swap the two
/// bytes).
namespace exhaust::modbus {

using Registers = std::vector<std::uint16_t>;

/// The number as it stands, without scale. NaN and infinite stay what they are. A u64 above 2^53 is rounded: ask
/// `decode_bits` where each unit counts.
/// REQUIRES: `words` holds at least `word_count(type)`; no kString or kBits.
double decode(std::span<const std::uint16_t> words, RegisterType type, WordOrder order);

/// The bits of 1 to 4 registers, exactly.
std::uint64_t decode_bits(std::span<const std::uint16_t> words, WordOrder order);

/// Two characters a register, the high byte first (BADC: the low one). Ends at the first NUL; blanks behind are no part of
/// it. Absent: no UTF-8, or with control characters.
std::optional<std::string> decode_text(std::span<const std::uint16_t> words, WordOrder order);

/// The raw number of a field of any type but kString.
/// REQUIRES: `words` holds at least `word_count(field)`.
double decode_raw(std::span<const std::uint16_t> words, const RegisterField& field);

/// The inverse of `decode`, for the device's side. Integers are rounded and kept within the type; NaN as an integer is
/// the largest value, which devices use for "not available".
Registers encode(double value, RegisterType type, WordOrder order);

/// As the registers went over the wire: high byte first.
Bytes wire_bytes(std::span<const std::uint16_t> words);

}  // namespace exhaust::modbus
