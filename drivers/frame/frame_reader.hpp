#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "drivers/frame/decoder.hpp"

namespace exhaust::frame {

/// A stretch of received bytes whose fate is known.
struct Piece {
  bool whole = false;  ///< a frame; else dropped, and `flaw` says why
  Flaw flaw = Flaw::kNoise;
  Bytes bytes;
};

/// Cuts a stream of bytes into frames and what is none. Every byte that is fed comes out again, once, in order. Holds
/// one unfinished frame and what was fed since `next` last had nothing: call it until then, after each `feed`.
class FrameReader {
 public:
  using Cutter = std::function<Cut(ByteView)>;
  explicit FrameReader(Cutter cut) : cut_(std::move(cut)) {}

  void feed(ByteView bytes);
  std::optional<Piece> next();
  /// What is still held, for a fresh start: half a frame, or nothing.
  Bytes reset();
  /// What comes next, up to and with `end`, is the rest of a frame that is lost already: no frame. Empty: it is not.
  void skip_past(std::string end) { skip_past_ = std::move(end); }

 private:
  Piece take(std::size_t bytes);
  std::optional<Piece> next_of_rest();

  Cutter cut_;
  Bytes waiting_;
  std::string skip_past_;
  std::size_t taken_ = 0;  ///< of `waiting_`; removed with the next `feed`
};

}  // namespace exhaust::frame
