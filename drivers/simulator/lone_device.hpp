#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/modbus_settings.hpp"
#include "drivers/simulator/fault_schedule.hpp"
#include "drivers/simulator/port.hpp"

namespace exhaust::simulator {

/// How one device alone is to be.
struct LoneSettings {
  bool serial = false;         ///< on a serial line; else on a TCP port
  bool rtu_over_tcp = false;   ///< Modbus kinds on TCP
  std::uint8_t unit_id = 1;    ///< Modbus kinds
  std::uint64_t seed = 1;      ///< of the vehicles
  ModbusProfile profile{};     ///< of kind "modbus"
};

/// A kind of device that can be simulated alone. Its name in fault files is its word.
struct LoneKind {
  std::string_view word;
  std::string_view what;  ///< for the help
  bool needs_profile;
  Framing framing;        ///< of a Modbus kind: kModbusTcp, whatever its line
  /// Talks that share one device. The schedule outlives them.
  std::function<MakeConversation(const LoneSettings&, FaultSchedule&)> make;
};

/// Every kind; a new one is one line in the table.
const std::vector<LoneKind>& lone_kinds();

/// The framing that a device of this kind has on its line.
Framing framing_on(const LoneKind& kind, const LoneSettings& settings);
/// What can go wrong with it there.
FaultTarget fault_target(const LoneKind& kind, const LoneSettings& settings);

}  // namespace exhaust::simulator
