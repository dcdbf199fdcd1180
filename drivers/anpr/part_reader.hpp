#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/driver.hpp"

namespace exhaust::anpr {

/// One part of a stream.
struct StreamPart {
  std::string header;        ///< its lines as they came, without the empty one
  std::string content_type;  ///< lower case, without parameters; empty when not said
  std::string name;          ///< file name, else name; may be empty
  std::string content;
  bool skipped = false;  ///< it was too large: without content, and what is known of its header
  bool is_xml() const;
  bool is_picture() const;
};

/// Cuts an endless multipart body (RFC 2046 5.1) into parts, as its bytes come. A part with a Content-Length
/// is given out when it is complete; XML without one, when its root element has ended; anything else, at the
/// next boundary. Pure; holds at most one part of `part_limit` bytes and what was fed since.
///
/// Counters: large_parts (larger than the limit: given out as `skipped`), wrong_lengths (a boundary came before the length
/// was reached), skipped_bytes (belong to no part).
class PartReader {
 public:
  /// `counters` outlives it.
  PartReader(std::string_view boundary, std::size_t part_limit, Counters& counters)
      : dashed_("--" + std::string(boundary)), limit_(part_limit), counters_(counters) {}

  void feed(std::string_view bytes) { buffer_ += bytes; }
  std::optional<StreamPart> next();

 private:
  enum class State { kSeek, kHeader, kContent };
  bool seek();
  bool read_header(std::optional<StreamPart>& part);
  bool read_content(std::optional<StreamPart>& part);
  std::optional<StreamPart> give_out(std::size_t length, std::size_t next, State then);
  std::optional<StreamPart> skip_part();

  std::string dashed_;
  std::size_t limit_;
  Counters& counters_;
  std::string buffer_;
  std::size_t scanned_ = 0;  ///< no boundary begins before
  State state_ = State::kSeek;
  StreamPart part_;
  std::optional<std::size_t> length_;
};

}  // namespace exhaust::anpr
