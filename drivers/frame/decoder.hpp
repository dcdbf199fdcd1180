#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/frame_settings.hpp"
#include "drivers/reading.hpp"

/// What the talker of this folder needs to know of one kind of device. All of it is pure: bytes in, values out.
namespace exhaust::frame {

/// Why bytes became no frame.
enum class Flaw {
  kNoise,        ///< outside of a frame
  kBadChecksum,
  kBadLength,    ///< longer than any frame, or the lengths in it do not add up
  kBadFrame,     ///< cut short, or not written as the protocol says
};

/// What stands at the beginning of the bytes that have come in.
struct Cut {
  enum class Kind { kMore, kFrame, kSkip } kind = Kind::kMore;
  std::size_t bytes = 0;  ///< of the frame, or to be skipped; at least 1
  Flaw flaw = Flaw::kNoise;

  static Cut more() { return {}; }
  static Cut frame(std::size_t bytes) { return {Kind::kFrame, bytes, Flaw::kNoise}; }
  static Cut skip(std::size_t bytes, Flaw flaw = Flaw::kNoise) { return {Kind::kSkip, bytes, flaw}; }
};

/// What a whole frame is.
enum class Role {
  kAnswer,   ///< to our question
  kReport,   ///< the device speaks by itself
  kRefusal,  ///< to our question: busy, or not understood
  kForeign,  ///< not for us, or of no use here
};

using Readings = std::vector<Reading>;

/// One kind of device. Members that are null are not needed by it.
struct Decoder {
  std::string_view name;
  /// REQUIRES: `waiting` is not empty. Asks for more only while a frame may still come of it, within a bound.
  Cut (*cut)(const FrameSettings&, ByteView waiting) = nullptr;
  Role (*role)(const FrameSettings&, ByteView frame) = nullptr;
  /// Of a frame that is an answer or a report. Error: kBadFrame.
  Result<Readings> (*read)(const FrameSettings&, ByteView frame) = nullptr;
  /// Sent at each poll; null or empty: the device speaks by itself.
  Bytes (*request)(const FrameSettings&) = nullptr;
  /// Asked one by one after an answer that is a new measurement. Their answers belong to it: the measurement is the
  /// frames back to back, in the order asked, and `read` gets them all; one that did not come is left out. Null or none:
  /// an answer is a measurement.
  std::vector<Bytes> (*further)(const FrameSettings&) = nullptr;
  /// Whether a frame of role kAnswer answers this question; needed with `further`.
  bool (*answers)(ByteView question, ByteView frame) = nullptr;
  /// Sent after a report.
  Bytes (*acknowledgement)(ByteView report) = nullptr;
  /// What tells one measurement from the next: an answer with the same bytes as the last is the same measurement.
  /// Null or empty: each answer is a new one. Nothing: it should say, and does not, so nobody knows whether it is new.
  std::optional<Bytes> (*identity)(const FrameSettings&, ByteView frame) = nullptr;
  /// What ends a frame, of a kind that is not known by its beginning, and where nothing else tells the rest of a frame from
  /// a whole one. Null or empty: it is told.
  std::string_view (*frame_end)(const FrameSettings&) = nullptr;
  /// The frame says which measurement it is (a count), so an answer after its time is as good.
  bool answers_may_be_late = false;
};

/// Null: no such decoder.
const Decoder* find_decoder(std::string_view name);
/// As in `frame_decoders()`.
std::vector<const Decoder*> all_decoders();

}  // namespace exhaust::frame
