#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"

/// The MQ-007 complete roadside unit (devices.md 4). Both directions; everything but the driver itself is without I/O.
namespace exhaust::mq007 {

inline constexpr std::string_view kStart = "PACKAGE_START";
inline constexpr std::string_view kEnd = "PACKAGE_END";
inline constexpr std::size_t kLengthDigits = 8;
inline constexpr std::size_t kTypeBytes = 2;
/// What a frame may claim to hold [A]: a result with all its spectra is some 100 KiB.
inline constexpr std::size_t kMostLength = 1u << 20;

/// Types of message that we know by name; the others are passed by.
namespace type {
inline constexpr std::string_view kCommand = "11";
inline constexpr std::string_view kResult = "12";
inline constexpr std::string_view kStatus = "14";
inline constexpr std::string_view kTrigger = "15";
inline constexpr std::string_view kCalibrationStatus = "1A";
inline constexpr std::string_view kCalibrationData = "1B";
inline constexpr std::string_view kCarLeft = "1F";
inline constexpr std::string_view kTimeSync = "22";
}  // namespace type

/// `PACKAGE_START`, 8 digits of length, type, data, `PACKAGE_END`; the length counts from the type to the end.
/// REQUIRES: `type` has 2 characters; data and tail fit in `kMostLength`.
Bytes encode(std::string_view type, ByteView data = {});

struct Message {
  std::string_view type;
  ByteView data;
};
/// One whole frame and nothing else; views into `frame`. Error: kBadFrame.
Result<Message> parse(ByteView frame);

/// Finds frames in a stream of bytes. After a length that is no number or too large, and after a tail that is not
/// there, it goes on at the next PACKAGE_START, so that whatever was damaged, the next whole frame is found. A frame
/// that claims more bytes than it has is given up as soon as the next frame begins behind a PACKAGE_END, and not only
/// when its length has come in: a trigger must not wait in the buffer.
class FrameReader {
 public:
  static constexpr std::size_t kMostWaiting = 2 * kMostLength;

  /// A frame, or bytes that belong to none.
  struct Piece {
    bool whole = false;
    Bytes bytes;
  };

  /// What does not fit is skipped, all of it, and counted: call `next` until it has nothing, after each `feed`.
  void feed(ByteView bytes);
  std::optional<Piece> next();
  /// Forgets what has come in, for a fresh connection; the counters go on.
  void reset();
  std::size_t waiting() const { return buffer_.size() - begin_; }

  std::uint64_t bad_length() const { return bad_length_; }  ///< no number, or too short for a type
  std::uint64_t bad_tail() const { return bad_tail_; }
  std::uint64_t oversize() const { return oversize_; }
  /// All bytes that belong to no frame.
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }

 private:
  enum class Look { kNeedsMore, kFrame, kNoFrame };
  Look look_at_frame();
  bool another_begins_before(std::size_t end);
  Piece cut(std::size_t length, bool whole);

  std::string buffer_;
  std::size_t begin_ = 0;       ///< of what is not handed out yet
  std::size_t junk_to_ = 0;     ///< bytes from `begin_` to here belong to no frame
  std::size_t seam_from_ = 0;   ///< no frame's end is followed by a frame's start before here
  std::size_t frame_length_ = 0;
  std::uint64_t bad_length_ = 0;
  std::uint64_t bad_tail_ = 0;
  std::uint64_t oversize_ = 0;
  std::uint64_t skipped_bytes_ = 0;
};

}  // namespace exhaust::mq007
