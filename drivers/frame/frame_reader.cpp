#include "drivers/frame/frame_reader.hpp"

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
