#include "drivers/modbus/envelope.hpp"

#include <string>
#include <utility>

#include "drivers/modbus/plan.hpp"

namespace exhaust::modbus {

namespace {

constexpr std::uint8_t kTcpMark = 1, kRtuMark = 2;

std::unexpected<Error> bad(const std::string& what) { return fail(ErrorKind::kBadFrame, "envelope: " + what); }

void add_number(Bytes& bytes, std::uint64_t number, int size) {
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void add_frame(Bytes& bytes, const Bytes& frame) {
  add_number(bytes, frame.size(), 2);
  bytes.insert(bytes.end(), frame.begin(), frame.end());
}

/// Takes numbers and frames off the front; after the end everything is absent.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_(bytes) {}
  std::uint64_t number(std::size_t size) {
    std::uint64_t number = 0;
    for (const auto byte : take(size)) number = number << 8 | byte;
    return number;
  }
  Bytes frame() {
    const auto found = take(number(2));
    return {found.begin(), found.end()};
  }
  bool ended_early() const { return ended_early_; }
  bool at_end() const { return bytes_.empty(); }

 private:
  ByteView take(std::size_t size) {
    if (size > bytes_.size()) {
      ended_early_ = true;
      bytes_ = {};
      return {};
    }
    const auto found = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return found;
  }
  ByteView bytes_;
  bool ended_early_ = false;
};

Result<Decoded> decode_slot(const Block& read, std::uint64_t number, const ModbusProfile& profile) {
  const auto slot = cut_slot(profile, read, number);
  if (slot.words.empty()) return bad("measurement " + std::to_string(number) + " is not in its exchange");
  auto decoded = decode({&slot, 1}, profile);
  if (decoded && has_measurement_check(profile) && decoded->measurement_check != static_cast<std::uint16_t>(number)) {
    return bad("the slot of measurement " + std::to_string(number) + " holds another one");
  }
  return decoded;
}

}  // namespace

Bytes compose(const Envelope& envelope) {
  Bytes bytes;
  bytes.push_back(envelope.framing == Framing::kTcp ? kTcpMark : kRtuMark);
  bytes.push_back(static_cast<std::uint8_t>(envelope.exchanges.size()));
  for (const auto& exchange : envelope.exchanges) {
    add_frame(bytes, exchange.request);
    add_frame(bytes, exchange.answer);
  }
  bytes.push_back(static_cast<std::uint8_t>(envelope.takings.size()));
  for (const auto& taking : envelope.takings) {
    bytes.push_back(taking.exchange);
    add_number(bytes, taking.number, 8);
  }
  return bytes;
}

Result<Envelope> parse_envelope(ByteView frame) {
  Cursor cursor(frame);
  Envelope envelope;
  const auto mark = cursor.number(1);
  if (mark != kTcpMark && mark != kRtuMark) return bad("unknown framing");
  envelope.framing = mark == kTcpMark ? Framing::kTcp : Framing::kRtu;
  const auto exchanges = cursor.number(1);
  if (exchanges == 0) return bad("holds no exchange");
  for (std::uint64_t i = 0; i < exchanges && !cursor.ended_early(); ++i) {
    auto request = cursor.frame();
    auto answer = cursor.frame();
    envelope.exchanges.push_back({std::move(request), std::move(answer)});
  }
  const auto takings = cursor.number(1);
  for (std::uint64_t i = 0; i < takings && !cursor.ended_early(); ++i) {
    const auto exchange = static_cast<std::uint8_t>(cursor.number(1));
    envelope.takings.push_back({exchange, cursor.number(8)});
    if (exchange >= exchanges) return bad("takes from an exchange that is not there");
  }
  if (cursor.ended_early()) return bad("ends early");
  if (!cursor.at_end()) return bad("goes on after its end");
  return envelope;
}

Result<Block> read_block(Framing framing, ByteView request, ByteView answer) {
  const auto question = read_question(framing, request);
  if (!question) return std::unexpected(question.error());
  auto registers = read_registers(framing, answer);
  if (!registers) return std::unexpected(registers.error());
  if (registers->size() != question->range.count) return bad("an answer of another length than was asked for");
  return Block{question->function, question->range.first, std::move(*registers)};
}

Result<std::vector<Decoded>> decode(const Envelope& envelope, const ModbusProfile& profile) {
  std::vector<Block> blocks;
  for (const auto& exchange : envelope.exchanges) {
    auto block = read_block(envelope.framing, exchange.request, exchange.answer);
    if (!block) return std::unexpected(block.error());
    blocks.push_back(std::move(*block));
  }
  std::vector<Decoded> all;
  if ((profile.slots > 1) == envelope.takings.empty()) return bad("slots, and a profile without, or the other way round");
  if (envelope.takings.empty()) {
    auto decoded = decode(blocks, profile);
    if (!decoded) return std::unexpected(decoded.error());
    all.push_back(std::move(*decoded));
  }
  for (const auto& taking : envelope.takings) {
    auto decoded = decode_slot(blocks.at(taking.exchange), taking.number, profile);
    if (!decoded) return std::unexpected(decoded.error());
    all.push_back(std::move(*decoded));
  }
  return all;
}

}  // namespace exhaust::modbus

namespace exhaust {

Result<std::vector<Reading>> decode_modbus(const DeviceSettings& device, ByteView measurement) {
  const auto& modbus = std::get<ModbusSettings>(device.driver);
  const auto checked = check(modbus.profile);
  if (!checked) return std::unexpected(checked.error());
  const auto envelope = modbus::parse_envelope(measurement);
  if (!envelope) return std::unexpected(envelope.error());
  auto decoded = modbus::decode(*envelope, modbus.profile);
  if (!decoded) return std::unexpected(decoded.error());
  std::vector<Reading> readings;
  for (auto& one : *decoded) {
    auto& reading = readings.emplace_back();
    reading.body = std::move(one.body);
    if (modbus.count == CountSource::kShared) reading.count = one.vehicle_number;
  }
  return readings;
}

}  // namespace exhaust
