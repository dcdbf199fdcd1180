#include "drivers/frame/stdbus.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "drivers/line/crc16.hpp"

namespace exhaust::stdbus {

namespace {

constexpr std::uint8_t kStart = 0x7B;
constexpr std::uint8_t kEscape = 0x7C;
constexpr std::uint8_t kEnd = 0x7D;

constexpr std::size_t kReserved = 4;
/// Everything but addresses and payload: reserved, address length and index, command, sub, length, CRC.
constexpr std::size_t kFixed = kReserved + 2 + 2 + 2 + 2;
/// Every byte but the delimiters may be escaped.
constexpr std::size_t kMaxRaw = 2 * (kFixed + 255 + kMaxPayload) + 2;

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

/// The content between the delimiters, without escapes. Nothing: an escape is wrong.
std::optional<Bytes> unescaped(ByteView inner) {
  Bytes content;
  content.reserve(inner.size());
  // A state of its own says that the last byte was an escape: the byte 00 after 7C *is* a 7C, and what follows it is
  // plain data (devices.md 5, receiver bug).
  bool escaped = false;
  for (auto byte : inner) {
    if (!escaped && byte == kEscape) {
      escaped = true;
      continue;
    }
    if (std::exchange(escaped, false)) {
      byte ^= kEscape;
      if (!needs_escape(byte)) return std::nullopt;
    }
    content.push_back(byte);
  }
  if (escaped) return std::nullopt;
  return content;
}

/// Its CRC already checked. Nothing if the lengths in it do not add up.
std::optional<StdbusFrame> parse_content(ByteView content) {
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

frame::Cut cut(ByteView waiting) {
  using frame::Cut;
  using frame::Flaw;
  if (waiting[0] != kStart) return Cut::skip(static_cast<std::size_t>(std::ranges::find(waiting, kStart) - waiting.begin()));
  const auto is_delimiter = [](std::uint8_t byte) { return byte == kStart || byte == kEnd; };
  const auto stop = std::ranges::find_if(waiting.begin() + 1, waiting.end(), is_delimiter);
  const auto length = static_cast<std::size_t>(stop - waiting.begin());
  if (length > kMaxRaw) return Cut::skip(length, Flaw::kBadLength);
  if (stop == waiting.end()) return Cut::more();
  if (*stop == kStart) return Cut::skip(length, Flaw::kBadFrame);
  const auto content = unescaped(waiting.subspan(1, length - 1));
  if (!content || content->size() < kFixed) return Cut::skip(length + 1, Flaw::kBadFrame);
  if (crc16_modbus(*content) != 0) return Cut::skip(length + 1, Flaw::kBadChecksum);
  if (!parse_content(*content)) return Cut::skip(length + 1, Flaw::kBadLength);
  return Cut::frame(length + 1);
}

std::optional<StdbusFrame> parse(ByteView raw) {
  if (raw.size() < 2 || raw.front() != kStart || raw.back() != kEnd) return std::nullopt;
  const auto content = unescaped(raw.subspan(1, raw.size() - 2));
  if (!content || crc16_modbus(*content) != 0) return std::nullopt;
  return parse_content(*content);
}

std::optional<Received> StdbusReader::next() {
  while (auto piece = reader_.next()) {
    if (piece->whole) {
      auto frame = parse(piece->bytes);
      if (frame) return Received{std::move(*frame), std::move(piece->bytes)};
    }
    skipped_bytes_ += piece->bytes.size();
    if (piece->flaw == frame::Flaw::kBadChecksum) ++bad_crc_;
    if (piece->flaw == frame::Flaw::kBadLength || piece->flaw == frame::Flaw::kBadFrame) ++bad_frames_;
  }
  return std::nullopt;
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

namespace {

constexpr std::size_t kBenchPayload = 48;

std::array<std::optional<double>*, 4> in_order(BenchGases& gases) {
  return {&gases.co2_percent, &gases.co_percent, &gases.no_ppm, &gases.hc_ppm};
}

std::array<std::optional<double>*, 11> in_order(BenchState& bench) {
  const auto mean = in_order(bench.mean), result = in_order(bench.result);
  return {&bench.laser, &bench.uv,   &bench.smoke, mean[0],   mean[1],  mean[2],
          mean[3],      result[0],   result[1],    result[2], result[3]};
}

}  // namespace

Result<BenchState> decode_bench(ByteView payload) {
  if (payload.size() != kBenchPayload) {
    return fail(ErrorKind::kBadFrame, "bench payload of " + std::to_string(payload.size()) + " bytes instead of 48");
  }
  BenchState bench{.mode = u32le(payload)};
  std::size_t at = 4;
  for (auto* value : in_order(bench)) {
    *value = measured(u32le(payload.subspan(at)));
    at += 4;
  }
  return bench;
}

Bytes encode_bench(const BenchState& bench) {
  Bytes payload;
  append_u32le(payload, bench.mode);
  auto values = bench;
  for (const auto* value : in_order(values)) append_u32le(payload, wire(*value));
  return payload;
}

Result<std::vector<double>> decode_points(ByteView payload) {
  const std::size_t count = payload.size() < 2 ? 0 : payload[0] | (std::size_t{payload[1]} << 8);
  if (payload.size() != 2 + 4 * count || count > kMostPoints) {
    return fail(ErrorKind::kBadFrame, "points payload of " + std::to_string(payload.size()) + " bytes says it has " +
                                          std::to_string(count) + " points");
  }
  std::vector<double> points;
  points.reserve(count);
  for (std::size_t at = 2; at < payload.size(); at += 4) {
    points.push_back(measured(u32le(payload.subspan(at))).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return points;
}

Bytes encode_points(const std::vector<double>& points) {
  Bytes payload{static_cast<std::uint8_t>(points.size()), static_cast<std::uint8_t>(points.size() >> 8)};
  for (const double point : points) append_u32le(payload, wire(point));
  return payload;
}

}  // namespace exhaust::stdbus
