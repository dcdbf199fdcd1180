#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/modbus/words.hpp"
#include "drivers/reading.hpp"

/// A device's register map at work: which registers to ask for, and what they say. Pure.
namespace exhaust::modbus {

/// Of one request (Modbus Application Protocol 1.1b3, 6.3 and 6.4).
inline constexpr std::size_t kMostRegisters = 125;

struct RegisterRange {
  std::uint16_t first = 0;  ///< 0-based
  std::uint16_t count = 0;
  bool operator==(const RegisterRange&) const = default;
};

/// Consecutive registers as they were read. In slots, `first` is that of slot 0.
struct Block {
  std::uint16_t first = 0;
  Registers words;
};

/// What one slot, or the whole device, says.
struct Decoded {
  std::variant<PlumeReading, SmokeReading, WeatherReading> body;
  std::optional<std::uint64_t> vehicle_number;
  std::optional<std::uint16_t> measurement_check;  ///< low 16 bits of the measurement's number
  std::uint32_t out_of_range = 0;                  ///< values outside of their valid range: absent
};

/// Every mistake of a profile that no request could mend: an unknown quantity, fields beyond the address
/// space or beyond their slot, a slot too large for one request. Error: kSettings, naming field and profile.
Result<void> check(const ModbusProfile& profile);

/// The requests for one reading of a device without slots: adjacent fields together, none across a gap, since
/// devices refuse registers that they do not have. REQUIRES: a checked profile, here and below.
std::vector<RegisterRange> plan(const ModbusProfile& profile);

/// The registers of one slot, at its place in slot 0, gaps included.
RegisterRange slot_range(const ModbusProfile& profile);

/// Consecutive measurements that one request brings.
struct SlotRequest {
  RegisterRange range;
  std::uint64_t first = 0;  ///< number of the first measurement
  std::uint16_t count = 0;  ///< measurements
};
/// The first request of those for the measurements `first` to `last`: as many as stand side by side and fit.
SlotRequest plan_slots(const ModbusProfile& profile, std::uint64_t first, std::uint64_t last);
/// Cuts measurement `index` (0-based in the request) out of the answer. REQUIRES: the answer is complete.
Block cut_slot(const ModbusProfile& profile, std::span<const std::uint16_t> answer, std::size_t index);

/// One field's number, scaled. Absent: not-available code, NaN, infinite.
std::optional<double> decode_field(std::span<const std::uint16_t> words, const RegisterField& field);

/// Error: kBadFrame when a field's registers are not among the blocks.
Result<Decoded> decode(std::span<const Block> blocks, const ModbusProfile& profile);

}  // namespace exhaust::modbus
