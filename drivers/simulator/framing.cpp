#include "drivers/simulator/framing.hpp"

#include <string_view>

#include "drivers/ak/telegram.hpp"
#include "drivers/line/crc16.hpp"

namespace exhaust::simulator {

namespace {

constexpr std::uint8_t kBusy = 6;  // Modbus Application Protocol 1.1b3, 7
constexpr std::size_t kUnitAt = 6, kFunctionAt = 7;

bool is_delimiter(std::uint8_t byte) { return byte == '\r' || byte == '\n' || byte == 0x7D; }

}  // namespace

Bytes with_wrong_checksum(Bytes frame, Framing framing) {
  if (frame.empty()) return frame;
  if (framing == Framing::kModbusTcp) {
    if (frame.size() > 3) frame[3] ^= 0x01;
    return frame;
  }
  auto at = frame.size() - 1;
  if (framing == Framing::kStdbus || framing == Framing::kText) {
    while (at > 0 && is_delimiter(frame[at])) --at;
  }
  frame[at] ^= 0x01;
  // A changed byte of a Stdbus frame must not become a delimiter or an escape.
  if (framing == Framing::kStdbus && (frame[at] >= 0x7B && frame[at] <= 0x7D)) frame[at] ^= 0x40;
  return frame;
}

std::optional<Bytes> busy_instead_of(ByteView answer, Framing framing) {
  switch (framing) {
    case Framing::kModbusTcp: {
      if (answer.size() <= kFunctionAt) return std::nullopt;
      return Bytes{answer[0], answer[1], 0, 0, 0, 3, answer[kUnitAt], static_cast<std::uint8_t>(answer[kFunctionAt] | 0x80), kBusy};
    }
    case Framing::kModbusRtu: {
      if (answer.size() < 2) return std::nullopt;
      Bytes frame{answer[0], static_cast<std::uint8_t>(answer[1] | 0x80), kBusy};
      const auto crc = crc16_modbus(frame);
      frame.push_back(static_cast<std::uint8_t>(crc));
      frame.push_back(static_cast<std::uint8_t>(crc >> 8));
      return frame;
    }
    case Framing::kAk: {
      const auto reply = ak::parse_reply(as_text(answer));
      if (!reply || !reply->status) return std::nullopt;
      const auto text = ak::encode_reply(reply->code, *reply->status, {"BS"}, reply->dont_care);
      return Bytes(text.begin(), text.end());
    }
    case Framing::kStdbus:
    case Framing::kText:
    case Framing::kChecked: return std::nullopt;
  }
  return std::nullopt;
}

Bytes noise(std::size_t count, Framing framing, Random& random) {
  const bool text = framing == Framing::kAk || framing == Framing::kText;
  Bytes bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(text ? 0x80 + random.below(0x80) : random.below(0x100));
  return bytes;
}

Bytes with_noise(Bytes frame, const Bytes& noise, bool inside, Framing framing) {
  const auto at = inside && framing != Framing::kModbusTcp ? frame.size() / 2 : 0;
  frame.insert(frame.begin() + static_cast<std::ptrdiff_t>(at), noise.begin(), noise.end());
  return frame;
}

}  // namespace exhaust::simulator
