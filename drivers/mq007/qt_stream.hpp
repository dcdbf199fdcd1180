#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/time.hpp"

namespace exhaust::mq007 {

/// Reads what Qt's QDataStream of version Qt_4_3 has written: big-endian; bool is one byte; a list is a u32 count and
/// its elements; a text is a u32 number of bytes (FFFFFFFF: none) and UTF-16. After the first thing that is not there or
/// cannot be, everything reads as zero or empty and `ok` is false: look once, at the end.
class QtReader {
 public:
  explicit QtReader(ByteView bytes) : rest_(bytes) {}

  bool flag();
  std::uint32_t u32();
  std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
  float f32() { return std::bit_cast<float>(u32()); }
  /// As UTF-8. Half a surrogate pair is not a text.
  std::string text();
  std::vector<std::int32_t> i32_list();
  /// Passes by a list of elements of so many bytes; says how many there were.
  std::uint32_t skip_list(std::size_t element_bytes);
  /// Local time as it stands on the device's clock, without a zone (QDateTime: day, ms of the day, kind of time).
  std::chrono::local_time<std::chrono::milliseconds> local_time();

  bool ok() const { return ok_; }
  /// Everything was there, and nothing is left over.
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  ByteView take(std::size_t count);
  std::uint32_t count_of(std::size_t element_bytes);

  ByteView rest_;
  bool ok_ = true;
};

/// The other direction.
class QtWriter {
 public:
  void flag(bool value) { bytes_.push_back(value ? 1 : 0); }
  void u32(std::uint32_t value);
  void i32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
  void f32(float value) { u32(std::bit_cast<std::uint32_t>(value)); }
  /// REQUIRES: UTF-8 of the basic multilingual plane.
  void text(std::string_view utf8);
  void i32_list(const std::vector<std::int32_t>& values);
  void f32_list(const std::vector<float>& values);
  void local_time(std::chrono::local_time<std::chrono::milliseconds> time);

  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace exhaust::mq007
