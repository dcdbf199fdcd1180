#include "drivers/simulator/modbus_conversation.hpp"

#include "drivers/line/crc16.hpp"

namespace exhaust::simulator {

namespace {

constexpr std::uint8_t kReadHolding = 3, kReadInput = 4;
constexpr std::uint8_t kIllegalFunction = 1, kIllegalAddress = 2, kIllegalValue = 3, kNoTarget = 0x0B;
constexpr std::size_t kMostRegisters = 125;
constexpr std::size_t kHeader = 6;          ///< of TCP, before the unit id
constexpr std::size_t kMostLength = 254;    ///< unit id and PDU
constexpr std::size_t kRtuRequest = 8;      ///< a request to read

Bytes exception(std::uint8_t function, std::uint8_t code) { return {static_cast<std::uint8_t>(function | 0x80), code}; }

std::size_t word(ByteView bytes, std::size_t at) { return static_cast<std::size_t>(bytes[at]) << 8 | bytes[at + 1]; }

/// The PDU that answers one. REQUIRES: `request` is not empty.
Bytes answer_pdu(const ModbusUnit& unit, ByteView request, double at_s) {
  const auto function = request[0];
  const bool known = (function == kReadHolding && unit.holding) || (function == kReadInput && unit.input);
  if (!known) return exception(function, kIllegalFunction);
  if (request.size() != 5) return exception(function, kIllegalValue);
  const auto first = word(request, 1), count = word(request, 3);
  if (count == 0 || count > kMostRegisters) return exception(function, kIllegalValue);
  if (first + count > unit.count) return exception(function, kIllegalAddress);
  Bytes pdu{function, static_cast<std::uint8_t>(2 * count)};
  for (const auto value : unit.read(first, count, at_s)) {
    pdu.push_back(static_cast<std::uint8_t>(value >> 8));
    pdu.push_back(static_cast<std::uint8_t>(value));
  }
  return pdu;
}

}  // namespace

std::vector<Answer> ModbusConversation::take(ByteView received, double at_s) {
  waiting_.insert(waiting_.end(), received.begin(), received.end());
  return framing_ == Framing::kModbusTcp ? take_tcp(at_s) : take_rtu(at_s);
}

void ModbusConversation::silence() {
  if (framing_ == Framing::kModbusRtu) waiting_.clear();  // half a request never becomes one
}

std::vector<Answer> ModbusConversation::take_tcp(double at_s) {
  std::vector<Answer> answers;
  std::size_t at = 0;
  while (waiting_.size() - at >= kHeader) {
    const auto rest = ByteView(waiting_).subspan(at);
    const auto length = word(rest, 4);
    if (word(rest, 2) != 0 || length < 2 || length > kMostLength) {  // no Modbus: nothing tells where the next one begins
      at = waiting_.size();
      break;
    }
    if (rest.size() < kHeader + length) break;
    const auto id = rest[kHeader];
    const auto request = rest.subspan(kHeader + 1, length - 1);
    const auto unit = units_->find(id);
    const auto pdu = unit == units_->end() ? exception(request[0], kNoTarget) : answer_pdu(unit->second, request, at_s);
    const auto size = pdu.size() + 1;
    Bytes frame{rest[0], rest[1], 0, 0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size), id};
    frame.insert(frame.end(), pdu.begin(), pdu.end());
    answers.push_back({unit == units_->end() ? std::string() : unit->second.device, framing_, std::move(frame)});
    at += kHeader + length;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
  return answers;
}

std::vector<Answer> ModbusConversation::take_rtu(double at_s) {
  std::vector<Answer> answers;
  std::size_t at = 0;
  while (waiting_.size() - at >= kRtuRequest) {
    const auto window = ByteView(waiting_).subspan(at, kRtuRequest);
    const auto unit = units_->find(window[0]);
    if (unit == units_->end() || crc16_modbus(window) != 0) {
      ++at;
      continue;
    }
    const auto pdu = answer_pdu(unit->second, window.subspan(1, kRtuRequest - 3), at_s);
    Bytes frame{window[0]};
    frame.insert(frame.end(), pdu.begin(), pdu.end());
    const auto crc = crc16_modbus(frame);
    frame.push_back(static_cast<std::uint8_t>(crc));
    frame.push_back(static_cast<std::uint8_t>(crc >> 8));
    answers.push_back({unit->second.device, framing_, std::move(frame)});
    at += kRtuRequest;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
  return answers;
}

}  // namespace exhaust::simulator
