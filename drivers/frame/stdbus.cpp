#include "drivers/frame/stdbus.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "drivers/frame/crc16.hpp"

namespace exhaust::stdbus {

namespace {

constexpr std::uint8_t kStart = 0x7B;
constexpr std::uint8_t kEscape = 0x7C;
constexpr std::uint8_t kEnd = 0x7D;

constexpr std::size_t kReserved = 4;
/// Everything but addresses and payload: reserved, address length and index, command, sub, length, CRC.
constexpr std::size_t kFixed = kReserved + 2 + 2 + 2 + 2;
constexpr std::size_t kMaxContent = kFixed + 255 + kMaxPayload;

bool needs_escape(std::uint8_t byte) { return byte >= kStart && byte <= kEnd; }

void append_escaped(Bytes& out, std::uint8_t byte) {
  if (needs_escape(byte)) {
    out.push_back(kEscape);
    byte ^= kEscape;
  }
  out.push_back(byte);
}

void append_u32le(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t u32le(ByteView bytes) {
  return bytes[0] | (std::uint32_t{bytes[1]} << 8) | (std::uint32_t{bytes[2]} << 16) |
         (std::uint32_t{bytes[3]} << 24);
}

std::optional<double> measured(std::uint32_t bits) {
  const auto value = std::bit_cast<float>(bits);
  if (!std::isfinite(value)) return std::nullopt;
  return static_cast<double>(value);
}

std::uint32_t wire(std::optional<double> value) {
  constexpr auto kNotMeasured = std::numeric_limits<float>::quiet_NaN();
  return std::bit_cast<std::uint32_t>(value ? static_cast<float>(*value) : kNotMeasured);
}

/// The content between the delimiters, its CRC already checked. Nothing if the lengths in it do not add up.
std::optional<StdbusFrame> parse(ByteView content) {
  if (content.size() < kFixed) return std::nullopt;
  const std::size_t address_count = content[kReserved];
  if (content.size() < kFixed + address_count) return std::nullopt;
  const auto addresses = content.subspan(kReserved + 2, address_count);
  const auto head = content.subspan(kReserved + 2 + address_count, 4);
  const std::size_t length = (std::size_t{head[2]} << 8) | head[3];
  if (content.size() != kFixed + address_count + length) return std::nullopt;
  const auto payload = content.subspan(kFixed - 2 + address_count, length);
  return StdbusFrame{.addresses = {addresses.begin(), addresses.end()},
                     .index = content[kReserved + 1],
                     .command = head[0],
                     .sub = head[1],
                     .payload = {payload.begin(), payload.end()}};
}

}  // namespace

Bytes encode(const StdbusFrame& frame) {
  Bytes content(kReserved, 0);
  content.push_back(static_cast<std::uint8_t>(frame.addresses.size()));
  content.push_back(frame.index);
  content.insert(content.end(), frame.addresses.begin(), frame.addresses.end());
  content.push_back(frame.command);
  content.push_back(frame.sub);
  content.push_back(static_cast<std::uint8_t>(frame.payload.size() >> 8));
  content.push_back(static_cast<std::uint8_t>(frame.payload.size()));
  content.insert(content.end(), frame.payload.begin(), frame.payload.end());
  const auto crc = crc16_modbus(content);
  content.push_back(static_cast<std::uint8_t>(crc));
  content.push_back(static_cast<std::uint8_t>(crc >> 8));

  Bytes out{kStart};
  for (const auto byte : content) append_escaped(out, byte);
  out.push_back(kEnd);
  return out;
}

StdbusFrame answer_to(const StdbusFrame& frame, std::uint8_t sub, Bytes payload) {
  return {.addresses = {frame.addresses.rbegin(), frame.addresses.rend()},
          .index = 1,
          .command = frame.command,
          .sub = sub,
          .payload = std::move(payload)};
}

void StdbusReader::feed(ByteView bytes) {
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(looked_at_));
  looked_at_ = 0;
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  if (waiting_.size() <= kMaxWaiting) return;
  const auto excess = waiting_.size() - kMaxWaiting;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(excess));
  skipped_bytes_ += excess;
}

std::optional<Received> StdbusReader::next() {
  while (looked_at_ < waiting_.size()) {
    const auto byte = waiting_[looked_at_++];
    if (byte == kStart) {
      start();
    } else if (raw_.empty()) {
      ++skipped_bytes_;
    } else if (byte == kEnd) {
      raw_.push_back(byte);
      if (auto received = finish()) return received;
    } else {
      add(byte);
    }
  }
  return std::nullopt;
}

void StdbusReader::reset() {
  waiting_.clear();
  looked_at_ = 0;
  drop();
}

void StdbusReader::start() {
  if (!raw_.empty()) {
    ++bad_frames_;
    drop();
  }
  raw_.push_back(kStart);
}

/// A state of its own says that the last byte was an escape: the byte 00 after 7C *is* a 7C, and what follows
/// it is plain data (devices.md 5, receiver bug).
void StdbusReader::add(std::uint8_t byte) {
  raw_.push_back(byte);
  if (escaped_) {
    escaped_ = false;
    byte ^= kEscape;
    if (!needs_escape(byte)) broken_ = true;
    content_.push_back(byte);
  } else if (byte == kEscape) {
    escaped_ = true;
  } else {
    content_.push_back(byte);
  }
  if (content_.size() > kMaxContent) {
    ++bad_frames_;
    drop();
  }
}

std::optional<Received> StdbusReader::finish() {
  std::optional<Received> received;
  if (broken_ || escaped_ || content_.size() < kFixed) {
    ++bad_frames_;
  } else if (crc16_modbus(content_) != 0) {
    ++bad_crc_;
  } else if (auto frame = parse(content_)) {
    received = Received{std::move(*frame), std::exchange(raw_, {})};
  } else {
    ++bad_frames_;
  }
  drop();
  return received;
}

void StdbusReader::drop() {
  skipped_bytes_ += raw_.size();
  raw_.clear();
  content_.clear();
  escaped_ = false;
  broken_ = false;
}

Result<GateSpeed> decode_speed(ByteView payload) {
  if (payload.size() != 13) {
    return fail(ErrorKind::kBadFrame,
                "speed payload of " + std::to_string(payload.size()) + " bytes instead of 13");
  }
  GateSpeed speed{.count = u32le(payload), .direction = payload[4]};
  speed.speed_km_h = measured(u32le(payload.subspan(5)));
  if (speed.speed_km_h) *speed.speed_km_h /= 1000.0;
  speed.acceleration_m_s2 = measured(u32le(payload.subspan(9)));
  return speed;
}

Bytes encode_speed(const GateSpeed& speed) {
  Bytes payload;
  append_u32le(payload, speed.count);
  payload.push_back(speed.direction);
  append_u32le(payload, wire(speed.speed_km_h.transform([](double km_h) { return km_h * 1000.0; })));
  append_u32le(payload, wire(speed.acceleration_m_s2));
  return payload;
}

}  // namespace exhaust::stdbus
