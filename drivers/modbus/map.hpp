#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/modbus/words.hpp"
#include "drivers/quantity.hpp"

/// What registers say, by a device's register map. Pure.
namespace exhaust::modbus {

struct RegisterRange {
  std::uint16_t first = 0;  ///< 0-based
  std::uint16_t count = 0;
  bool operator==(const RegisterRange&) const = default;
};

/// Consecutive registers as they were read. In slots, `first` is that of slot 0.
struct Block {
  RegisterFunction function = RegisterFunction::kInput;
  std::uint16_t first = 0;
  Registers words;
};

/// The registers of a field; empty when they are not all in one of the blocks.
std::span<const std::uint16_t> find_words(std::span<const Block> blocks, const RegisterField& field,
                                          const ModbusProfile& profile);

/// One field's number, in the quantity's own unit. Absent: not-available code, NaN, infinite, or outside of the valid
/// range, which `out_of_range` counts.
std::optional<double> decode_field(std::span<const std::uint16_t> words, const RegisterField& field,
                                   std::uint32_t& out_of_range);

/// What one slot, or the whole device, says.
struct Decoded {
  ReadingBody body;
  std::optional<std::uint64_t> vehicle_number;
  std::optional<std::uint16_t> measurement_check;  ///< low 16 bits of the measurement's number
  std::uint32_t out_of_range = 0;                  ///< values outside of their valid range: absent
};

/// Error: kBadFrame when a field's registers are not among the blocks. REQUIRES: a checked profile.
Result<Decoded> decode(std::span<const Block> blocks, const ModbusProfile& profile);

/// Whether the profile tells a torn measurement by its number.
bool has_measurement_check(const ModbusProfile& profile);

}  // namespace exhaust::modbus
