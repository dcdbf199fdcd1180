#include "drivers/frame/frame_reader.hpp"

#include <algorithm>
#include <utility>

namespace exhaust::frame {

namespace {

/// Longer noise comes out in parts.
constexpr std::size_t kMostSkipped = 4096;

}  // namespace

void FrameReader::feed(ByteView bytes) {
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(std::exchange(taken_, 0)));
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
}

/// The rest of a damaged frame is noise to the cutter; it comes out as one piece with the frame, counted once. Two flaws
/// are two pieces.
std::optional<Piece> FrameReader::next() {
  if (!skip_past_.empty()) return next_of_rest();
  std::size_t skipped = 0;
  auto flaw = Flaw::kNoise;
  while (taken_ + skipped < waiting_.size()) {
    const auto cut = cut_(ByteView(waiting_).subspan(taken_ + skipped));
    if (cut.kind == Cut::Kind::kMore) break;
    if (cut.kind == Cut::Kind::kFrame) {
      if (skipped > 0) break;
      auto piece = take(cut.bytes);
      piece.whole = true;
      return piece;
    }
    if (skipped > 0 && (cut.flaw != Flaw::kNoise || skipped >= kMostSkipped)) break;
    if (skipped == 0) flaw = cut.flaw;
    skipped += cut.bytes;
  }
  if (skipped == 0) return std::nullopt;
  auto piece = take(skipped);
  piece.flaw = flaw;
  return piece;
}

/// Handed out at once but for what may be the beginning of its end.
std::optional<Piece> FrameReader::next_of_rest() {
  const auto text = as_text(ByteView(waiting_).subspan(taken_));
  const auto end = text.find(skip_past_);
  const auto kept = std::min(text.size(), skip_past_.size() - 1);
  const auto bytes = end == std::string_view::npos ? text.size() - kept : end + skip_past_.size();
  if (end != std::string_view::npos) skip_past_.clear();
  if (bytes == 0) return std::nullopt;
  return take(bytes);
}

Bytes FrameReader::reset() {
  auto rest = take(waiting_.size() - taken_).bytes;
  waiting_.clear();
  taken_ = 0;
  return rest;
}

Piece FrameReader::take(std::size_t bytes) {
  const auto part = ByteView(waiting_).subspan(taken_, bytes);
  taken_ += bytes;
  return {.bytes = {part.begin(), part.end()}};
}

}  // namespace exhaust::frame
