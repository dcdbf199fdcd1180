#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/simulator/conversation.hpp"

namespace exhaust::simulator {

/// One Modbus device: registers 0 .. count - 1.
struct ModbusUnit {
  std::string device;  ///< as fault files name it
  std::size_t count = 0;
  bool holding = true, input = true;  ///< answers FC03, FC04
  /// `count` words from `first`, as they are at `at_s`. REQUIRES: within the map.
  std::function<std::vector<std::uint16_t>(std::size_t first, std::size_t count, double at_s)> read;
};

using ModbusUnits = std::map<std::uint8_t, ModbusUnit>;

/// A Modbus server for the units behind one port or line (Modbus Application Protocol 1.1b3; devices.md 2). Any function
/// but FC03 and FC04 is exception 1, a register beyond the map 2, a count outside 1..125 3, a unit that is not there 0B on
/// TCP and silence on RTU. Of RTU requests only those of 8 bytes are known; noise before them is skipped byte by byte.
class ModbusConversation final : public Conversation {
 public:
  /// `framing`: kModbusTcp or kModbusRtu.
  ModbusConversation(std::shared_ptr<const ModbusUnits> units, Framing framing) : units_(std::move(units)), framing_(framing) {}

  std::vector<Answer> take(ByteView received, double at_s) override;
  void silence() override;

 private:
  std::vector<Answer> take_tcp(double at_s);
  std::vector<Answer> take_rtu(double at_s);

  std::shared_ptr<const ModbusUnits> units_;
  Framing framing_;
  Bytes waiting_;  ///< less than one request between two calls
};

}  // namespace exhaust::simulator
