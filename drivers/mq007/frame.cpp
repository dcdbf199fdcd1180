#include "drivers/mq007/frame.hpp"

#include <algorithm>
#include <charconv>

namespace exhaust::mq007 {

namespace {

constexpr std::size_t kHeader = kStart.size() + kLengthDigits;
constexpr std::size_t kLeastLength = kTypeBytes + kEnd.size();
/// Between two frames that follow each other without a gap.
constexpr std::string_view kSeam = "PACKAGE_ENDPACKAGE_START";
/// A dropped piece is handed out in parts of this size, so that noise does not gather.
constexpr std::size_t kMostJunk = 4096;

/// Digits only: no sign, no blank, no exponent.
std::optional<std::size_t> length_in(std::string_view digits) {
  std::size_t length = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    length = length * 10 + static_cast<std::size_t>(digit - '0');
  }
  return length;
}

/// How many of the last bytes may be the beginning of a PACKAGE_START.
std::size_t possible_start(std::string_view text) {
  for (auto length = std::min(text.size(), kStart.size() - 1); length > 0; --length) {
    if (text.ends_with(kStart.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

Bytes encode(std::string_view type, ByteView data) {
  const auto length = std::to_string(type.size() + data.size() + kEnd.size());
  std::string frame(kStart);
  frame.append(kLengthDigits - std::min(kLengthDigits, length.size()), '0').append(length).append(type);
  frame.append(as_text(data)).append(kEnd);
  const auto bytes = as_bytes(frame);
  return {bytes.begin(), bytes.end()};
}

Result<Message> parse(ByteView frame) {
  const auto text = as_text(frame);
  if (text.size() < kHeader + kLeastLength || !text.starts_with(kStart) || !text.ends_with(kEnd)) {
    return fail(ErrorKind::kBadFrame, "not a frame of a MQ-007");
  }
  const auto length = length_in(text.substr(kStart.size(), kLengthDigits));
  if (!length || *length != text.size() - kHeader) return fail(ErrorKind::kBadFrame, "the length is not the frame's");
  return Message{text.substr(kHeader, kTypeBytes), frame.subspan(kHeader + kTypeBytes, *length - kLeastLength)};
}

void FrameReader::feed(ByteView bytes) {
  if (waiting() + bytes.size() > kMostWaiting) {
    skipped_bytes_ += waiting() + bytes.size();
    reset();
    return;
  }
  // What was handed out goes when it is the larger part, so that each byte is moved a constant number of times.
  if (begin_ > 4096 && begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    junk_to_ -= std::min(junk_to_, begin_);
    seam_from_ -= std::min(seam_from_, begin_);
    begin_ = 0;
  }
  buffer_.append(as_text(bytes));
}

void FrameReader::reset() {
  buffer_.clear();
  begin_ = junk_to_ = seam_from_ = frame_length_ = 0;
}

std::optional<FrameReader::Piece> FrameReader::next() {
  while (true) {
    junk_to_ = std::max(junk_to_, begin_);
    const auto start = buffer_.find(kStart, junk_to_);
    if (start == std::string::npos) {
      junk_to_ = buffer_.size() - possible_start(std::string_view(buffer_).substr(junk_to_));
      if (junk_to_ == begin_) return std::nullopt;
      return cut(std::min(junk_to_ - begin_, kMostJunk), false);
    }
    junk_to_ = start;
    if (start > begin_) return cut(std::min(start - begin_, kMostJunk), false);
    switch (look_at_frame()) {
      case Look::kNeedsMore: return std::nullopt;
      case Look::kFrame: return cut(frame_length_, true);
      case Look::kNoFrame: junk_to_ = begin_ + kStart.size(); break;
    }
  }
}

/// REQUIRES: a PACKAGE_START is at `begin_`.
FrameReader::Look FrameReader::look_at_frame() {
  const auto text = std::string_view(buffer_).substr(begin_);
  if (text.size() < kHeader) return Look::kNeedsMore;
  const auto length = length_in(text.substr(kStart.size(), kLengthDigits));
  if (!length || *length < kLeastLength) {
    ++bad_length_;
    return Look::kNoFrame;
  }
  if (*length > kMostLength) {
    ++oversize_;
    return Look::kNoFrame;
  }
  frame_length_ = kHeader + *length;
  if (text.size() < frame_length_ && !another_begins_before(begin_ + frame_length_)) return Look::kNeedsMore;
  if (text.size() >= frame_length_ && text.substr(0, frame_length_).ends_with(kEnd)) return Look::kFrame;
  ++bad_tail_;
  return Look::kNoFrame;
}

/// True: before the frame at `begin_` ends by its own word, a frame has ended and another one has begun.
bool FrameReader::another_begins_before(std::size_t end) {
  seam_from_ = std::max(seam_from_, begin_ + kHeader);
  const auto seam = buffer_.find(kSeam, seam_from_);
  if (seam == std::string::npos) {
    const auto tail = std::min(buffer_.size(), kSeam.size() - 1);
    seam_from_ = std::max(seam_from_, buffer_.size() - tail);
    return false;
  }
  seam_from_ = seam;
  return seam + kEnd.size() < end;
}

FrameReader::Piece FrameReader::cut(std::size_t length, bool whole) {
  const auto bytes = as_bytes(std::string_view(buffer_).substr(begin_, length));
  Piece piece{whole, {bytes.begin(), bytes.end()}};
  begin_ += length;
  if (!whole) skipped_bytes_ += length;
  return piece;
}

}  // namespace exhaust::mq007
