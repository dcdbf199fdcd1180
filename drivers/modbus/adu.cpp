#include "drivers/modbus/adu.hpp"

#include "drivers/line/crc16.hpp"

namespace exhaust::modbus {

namespace {

constexpr std::size_t kHeader = 6;  // of MBAP, without the unit
constexpr std::uint8_t kException = 0x80;

void add(Bytes& bytes, std::uint16_t word) {
  bytes.push_back(static_cast<std::uint8_t>(word >> 8));
  bytes.push_back(static_cast<std::uint8_t>(word));
}

std::uint16_t word(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::unexpected<Error> bad(const char* what) {
  return fail(ErrorKind::kBadFrame, what);
}

/// Unit and PDU.
Result<ByteView> unwrap(Framing framing, ByteView frame) {
  if (framing == Framing::kRtu) {
    if (frame.size() < 5) return bad("a frame too short for unit, function and CRC");
    if (crc16_modbus(frame) != 0) return bad("wrong CRC");
    return frame.first(frame.size() - 2);
  }
  if (frame.size() < kHeader + 3) return bad("a frame too short for its header");
  if (word(frame, 2) != 0) return bad("another protocol than Modbus");
  if (word(frame, 4) != frame.size() - kHeader) return bad("its header tells another length");
  return frame.subspan(kHeader);
}

}  // namespace

Framing framing_of(const Endpoint& endpoint) {
  return endpoint.kind == Endpoint::Kind::kTcp ? Framing::kTcp : Framing::kRtu;
}

Bytes compose(Framing framing, std::uint16_t transaction, const Question& question) {
  Bytes frame;
  if (framing == Framing::kTcp) {
    add(frame, transaction);
    add(frame, 0);
    add(frame, 6);
  }
  frame.push_back(question.unit);
  frame.push_back(static_cast<std::uint8_t>(question.function));
  add(frame, question.range.first);
  add(frame, question.range.count);
  if (framing == Framing::kRtu) {
    const auto crc = crc16_modbus(frame);
    frame.push_back(static_cast<std::uint8_t>(crc));
    frame.push_back(static_cast<std::uint8_t>(crc >> 8));
  }
  return frame;
}

Result<Question> read_question(Framing framing, ByteView request) {
  const auto body = unwrap(framing, request);
  if (!body) return std::unexpected(body.error());
  const auto function = (*body)[1];
  if (function != 3 && function != 4) return bad("a request of another function than 3 and 4");
  if (body->size() != 6) return bad("a request of another length");
  return Question{(*body)[0], static_cast<RegisterFunction>(function), {word(*body, 2), word(*body, 4)}};
}

Result<Registers> read_registers(Framing framing, ByteView answer) {
  const auto body = unwrap(framing, answer);
  if (!body) return std::unexpected(body.error());
  const auto function = (*body)[1];
  if ((function & kException) != 0) {
    return fail(ErrorKind::kRefusedByDevice, "exception " + std::to_string((*body)[2]));
  }
  if (function != 3 && function != 4) return bad("an answer of another function than 3 and 4");
  const std::size_t bytes = (*body)[2];
  if (bytes % 2 != 0 || body->size() != 3 + bytes) return bad("its byte count does not fit its length");
  Registers registers;
  registers.reserve(bytes / 2);
  for (std::size_t at = 3; at < body->size(); at += 2) registers.push_back(word(*body, at));
  return registers;
}

}  // namespace exhaust::modbus
