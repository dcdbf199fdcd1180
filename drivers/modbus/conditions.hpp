#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/modbus/map.hpp"

/// What a device says of itself beside its measurements: modes, alarms, who it is.
namespace exhaust::modbus {

/// Keeps the last known states and alarms, and says what changed. No I/O.
class Conditions {
 public:
  /// `profile` outlives it.
  explicit Conditions(const ModbusProfile& profile) : profile_(profile) {}

  struct Change {
    /// state ("work_mode: calibrating, not measuring"), error_status ("lamp: on").
    std::vector<DeviceNotice> notices;
    std::uint32_t unknown_states = 0;  ///< codes without a word, when they first come
  };
  /// Takes what the blocks hold; other states and alarms stay as they were. The first look at a device tells what is
  /// not as it should be; a later one, what changed.
  Change look(std::span<const Block> blocks);

  /// Whether every state that has measuring words has one of them. A state that was never read has none.
  bool measuring() const;

 private:
  const ModbusProfile& profile_;
  std::vector<std::optional<std::int64_t>> states_, alarms_;
};

/// The identities that the blocks hold, by name. Absent: no text that can be shown.
std::map<std::string, std::optional<std::string>> read_identities(std::span<const Block> blocks,
                                                                  const ModbusProfile& profile);

/// Error: kSettings, "says model 'XY2', but profile 'abc' expects 'XY1'", for the first that is not as expected.
Result<void> check_identities(const std::map<std::string, std::optional<std::string>>& found,
                              const ModbusProfile& profile);

}  // namespace exhaust::modbus
