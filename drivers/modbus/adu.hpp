#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/endpoint.hpp"
#include "drivers/modbus/map.hpp"
#include "drivers/modbus/words.hpp"

/// Whole Modbus frames (application data units) of functions 3 and 4, as they stand on the wire. Pure.
/// Sources: Modbus Application Protocol 1.1b3; Modbus over Serial Line 1.02, 2.5.1; Modbus Messaging on
/// TCP/IP 1.0b, 3.1.
namespace exhaust::modbus {

enum class Framing {
  kTcp,  ///< MBAP header: transaction, protocol, length, unit
  kRtu,  ///< unit in front, CRC16 behind; on a serial line, or carried over TCP
};
Framing framing_of(const Endpoint& endpoint);

/// What a request asks for.
struct Question {
  std::uint8_t unit = 1;
  RegisterFunction function = RegisterFunction::kInput;
  RegisterRange range;
  bool operator==(const Question&) const = default;
};

/// `transaction` is used by kTcp only.
Bytes compose(Framing framing, std::uint16_t transaction, const Question& question);

/// The inverse. Error: kBadFrame.
Result<Question> read_question(Framing framing, ByteView request);

/// The registers of a whole answer that is no exception. Error: kBadFrame (lengths that contradict each
/// other, wrong CRC, another function), kRefusedByDevice (an exception answer).
Result<Registers> read_registers(Framing framing, ByteView answer);

}  // namespace exhaust::modbus
