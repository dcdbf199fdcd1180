#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {

namespace {

using namespace std::chrono;

constexpr std::uint32_t kNoText = 0xFFFFFFFF;
/// QDateTime counts days as Julian day numbers; this one is 1970-01-01.
constexpr std::int64_t kJulianDayOfEpoch = 2440588;
/// QDateTime's kind of time: local, without a word on summer time.
constexpr std::uint8_t kLocalTime = 0xFF;
constexpr std::uint32_t kMsPerDay = 86'400'000;
constexpr std::uint32_t kLastJulianDay = 5'373'484;  // 9999-12-31

void append_utf8(std::string& text, std::uint32_t point) {
  const auto add = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

}  // namespace

ByteView QtReader::take(std::size_t count) {
  if (!ok_ || count > rest_.size()) {
    ok_ = false;
    return {};
  }
  const auto taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

bool QtReader::flag() {
  const auto byte = take(1);
  if (byte.empty()) return false;
  if (byte[0] > 1) ok_ = false;
  return byte[0] == 1;
}

std::uint32_t QtReader::u32() {
  const auto bytes = take(4);
  if (bytes.empty()) return 0;
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::string QtReader::text() {
  const auto count = u32();
  if (!ok_ || count == kNoText) return {};
  if (count % 2 != 0) {
    ok_ = false;
    return {};
  }
  const auto bytes = take(count);
  const auto unit_at = [&](std::size_t i) { return static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]); };
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    auto point = unit_at(i);
    if (point >= 0xD800 && point < 0xE000) {
      const bool pair = point < 0xDC00 && i + 2 < bytes.size() && unit_at(i + 2) >= 0xDC00 && unit_at(i + 2) < 0xE000;
      if (!pair) {
        ok_ = false;
        return {};
      }
      i += 2;
      point = 0x10000 + ((point - 0xD800) << 10) + (unit_at(i) - 0xDC00);
    }
    append_utf8(text, point);
  }
  return text;
}

std::uint32_t QtReader::count_of(std::size_t element_bytes) {
  const auto count = u32();
  if (!ok_ || count > rest_.size() / element_bytes) {  // before anything is made that large
    ok_ = false;
    return 0;
  }
  return count;
}

std::vector<std::int32_t> QtReader::i32_list() {
  std::vector<std::int32_t> values(count_of(4));
  for (auto& value : values) value = i32();
  return values;
}

std::uint32_t QtReader::skip_list(std::size_t element_bytes) {
  const auto count = count_of(element_bytes);
  take(count * element_bytes);
  return count;
}

local_time<milliseconds> QtReader::local_time() {
  const auto day = u32();
  const auto ms = u32();
  take(1);
  if (!ok_ || day > kLastJulianDay || ms >= kMsPerDay) {
    ok_ = false;
    return {};
  }
  return local_days{days{static_cast<std::int64_t>(day) - kJulianDayOfEpoch}} + milliseconds{ms};
}

void QtWriter::u32(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
}

void QtWriter::text(std::string_view utf8) {
  Bytes units;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(utf8[at])); };
    std::uint32_t point = byte(i);
    const std::size_t length = point < 0x80 ? 1 : point < 0xE0 ? 2 : 3;
    if (length == 2) point = (point & 0x1F) << 6 | (byte(i + 1) & 0x3F);
    if (length == 3) point = (point & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
    units.push_back(static_cast<std::uint8_t>(point >> 8));
    units.push_back(static_cast<std::uint8_t>(point));
    i += length;
  }
  u32(static_cast<std::uint32_t>(units.size()));
  bytes_.insert(bytes_.end(), units.begin(), units.end());
}

void QtWriter::i32_list(const std::vector<std::int32_t>& values) {
  u32(static_cast<std::uint32_t>(values.size()));
  for (const auto value : values) i32(value);
}

void QtWriter::f32_list(const std::vector<float>& values) {
  u32(static_cast<std::uint32_t>(values.size()));
  for (const auto value : values) f32(value);
}

void QtWriter::local_time(std::chrono::local_time<milliseconds> time) {
  const auto day = floor<days>(time);
  u32(static_cast<std::uint32_t>(day.time_since_epoch().count() + kJulianDayOfEpoch));
  u32(static_cast<std::uint32_t>((time - day).count()));
  bytes_.push_back(kLocalTime);
}

}  // namespace exhaust::mq007
