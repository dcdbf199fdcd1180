#include "drivers/modbus/adu.hpp"

#include <algorithm>
#include <array>
#include <functional>

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

std::optional<std::uint8_t> exception_code(Framing framing, ByteView answer) {
  const auto body = unwrap(framing, answer);
  if (!body || body->size() != 3 || ((*body)[1] & kException) == 0) return std::nullopt;
  return (*body)[2];
}

std::string to_string(const Question& question) {
  const char* table = question.function == RegisterFunction::kHolding ? "holding" : "input";
  return "unit " + std::to_string(question.unit) + ", " + table + " " + std::to_string(question.range.first) +
         "+" + std::to_string(question.range.count);
}

const char* counter_of(Fate fate) {
  switch (fate) {
    case Fate::kAnswer:
    case Fate::kException:
      return "";
    case Fate::kLate:
      return "late_answers";
    case Fate::kForeign:
      return "foreign_frames";
    case Fate::kEcho:
      return "echoes";
    case Fate::kBadCrc:
      return "bad_crc";
    case Fate::kShort:
      return "short_frames";
    case Fate::kNoise:
      return "noise_bytes";
  }
  return "";
}

namespace {

/// Of a whole body of the unit that was asked.
Fate judge_body(ByteView request, ByteView body) {
  const auto function = request[1];
  if (body[1] == (function | kException)) return body.size() == 3 ? Fate::kException : Fate::kLate;
  const std::size_t bytes = 2u * word(request, 4);
  return body[1] == function && body.size() == 3 + bytes && body[2] == bytes ? Fate::kAnswer : Fate::kLate;
}

/// The frame at the start of `bytes`: its length; 0 when there is none with a right CRC. Both directions of
/// the public functions, since other masters may be on the line. A frame's beginning may have a right CRC too (one answer
/// in 256 whose CRC ends with 00 does): so the answer that is awaited comes first, and then the longest.
std::size_t rtu_frame(ByteView request, ByteView bytes) {
  if (bytes.size() < 5) return 0;
  const auto function = bytes[1];
  std::array<std::size_t, 3> lengths{8, 5u + bytes[2], 0};
  if ((function & kException) != 0) lengths = {5, 0, 0};
  if ((function == 15 || function == 16) && bytes.size() > 6) lengths[2] = 9u + bytes[6];
  std::ranges::sort(lengths, std::greater{});
  const bool awaited = !request.empty() && bytes[0] == request[0] && function == request[1] && bytes[2] == 2u * word(request, 4);
  if (awaited) std::ranges::rotate(lengths, std::ranges::find(lengths, 5u + bytes[2]));
  for (const auto length : lengths) {
    if (length >= 5 && length <= bytes.size() && crc16_modbus(bytes.first(length)) == 0) return length;
  }
  return 0;
}

Fate judge_rtu(ByteView request, ByteView frame) {
  if (request.empty() || frame[0] != request[0]) return Fate::kForeign;
  if (std::ranges::equal(frame, request)) return Fate::kEcho;
  return judge_body(request, frame.first(frame.size() - 2));
}

/// What is no frame: noise, and then perhaps the damaged answer.
void sift_rest(ByteView request, ByteView bytes, std::vector<Piece>& pieces) {
  std::size_t head = bytes.size();
  for (std::size_t at = 0; !request.empty() && at < bytes.size() && head == bytes.size(); ++at) {
    const bool unit = bytes[at] == request[0];
    if (unit && (at + 1 == bytes.size() || (bytes[at + 1] & ~kException) == request[1])) head = at;
  }
  if (head > 0)
    pieces.push_back({Fate::kNoise, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(head)}});
  const auto rest = bytes.subspan(head);
  if (rest.empty()) return;
  const bool exception = rest.size() > 1 && rest[1] != request[1];
  const std::size_t expected = exception ? 5 : 5u + 2u * word(request, 4);
  pieces.push_back({rest.size() < expected ? Fate::kShort : Fate::kBadCrc, {rest.begin(), rest.end()}});
}

}  // namespace

Fate judge_tcp(ByteView request, ByteView frame, bool check_transaction) {
  const auto body = unwrap(Framing::kTcp, frame);
  if (!body) return Fate::kNoise;
  // An earlier one of ours, however the numbers have run over.
  const auto age = static_cast<std::uint16_t>(word(request, 0) - word(frame, 0));
  if (check_transaction && age != 0) return age < 0x8000 ? Fate::kLate : Fate::kForeign;
  if ((*body)[0] != request[kHeader]) return Fate::kForeign;
  return judge_body(request.subspan(kHeader), *body);
}

std::vector<Piece> sift_rtu(ByteView request, ByteView bytes) {
  std::vector<Piece> pieces;
  std::size_t from = 0, at = 0;
  while (at < bytes.size()) {
    const auto length = rtu_frame(request, bytes.subspan(at));
    if (length == 0) {
      ++at;
      continue;
    }
    if (at > from) sift_rest(request, bytes.subspan(from, at - from), pieces);
    const auto frame = bytes.subspan(at, length);
    pieces.push_back({judge_rtu(request, frame), {frame.begin(), frame.end()}});
    at = from = at + length;
  }
  if (from < bytes.size()) sift_rest(request, bytes.subspan(from), pieces);
  return pieces;
}

}  // namespace exhaust::modbus
