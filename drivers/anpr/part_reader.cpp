#include "drivers/anpr/part_reader.hpp"

#include <algorithm>
#include <utility>

#include "drivers/anpr/multipart.hpp"

namespace exhaust::anpr {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kBlanksAfterBoundary = 16;  ///< more are not waited for

/// `</EventNotificationAlert>` with or without a prefix, blanks after it.
bool ends_with_root(std::string_view xml) {
  const auto last = xml.find_last_not_of(" \t\r\n");
  if (last == std::string_view::npos) return false;
  return xml.substr(0, last + 1).ends_with("EventNotificationAlert>") &&
         xml.substr(0, last).rfind("</") > xml.substr(0, last).rfind('>') &&
         xml.substr(0, last).rfind("</") != std::string_view::npos;
}

}  // namespace

bool StreamPart::is_xml() const {
  return content_type.ends_with("/xml") || content_type.ends_with("+xml") || name.ends_with(".xml") ||
         (content_type.empty() && content.starts_with('<'));
}

bool StreamPart::is_picture() const { return multipart::is_picture(content_type, content); }

std::optional<StreamPart> PartReader::next() {
  std::optional<StreamPart> part;
  for (bool goes_on = true; goes_on && !part;) {
    switch (state_) {
      case State::kSeek:
        goes_on = seek();
        break;
      case State::kHeader:
        goes_on = read_header(part);
        break;
      case State::kContent:
        goes_on = read_content(part);
        break;
    }
  }
  return part;
}

/// False: more bytes are needed.
bool PartReader::seek() {
  const auto found = multipart::find_delimiter(buffer_, dashed_, 0);
  // What may be the beginning of a boundary line stays.
  const auto keep = std::min(buffer_.size(), dashed_.size() + 2 * kLineEnd.size() + kBlanksAfterBoundary);
  const auto drop = found ? found->begin : buffer_.size() - keep;
  counters_["skipped_bytes"] += static_cast<std::uint64_t>(
      std::count_if(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(drop),
                    [](char c) { return c != '\r' && c != '\n'; }));
  buffer_.erase(0, found ? found->end : drop);
  if (!found) return false;
  state_ = found->last ? State::kSeek : State::kHeader;
  return true;
}

bool PartReader::read_header(std::optional<StreamPart>& part) {
  const bool none = buffer_.starts_with(kLineEnd);
  const auto end = none ? 0 : buffer_.find("\r\n\r\n");
  if (end == std::string::npos && buffer_.size() <= multipart::kMaxPartHeader) return false;
  if (end == std::string::npos || end > multipart::kMaxPartHeader) {
    part_ = {};
    part = skip_part();
    return true;
  }
  part_ = {};
  part_.header = buffer_.substr(0, end);
  multipart::Part said;
  multipart::read_header(part_.header, said);
  part_.content_type = std::move(said.content_type);
  part_.name = said.file_name.empty() ? std::move(said.name) : std::move(said.file_name);
  length_ = said.content_length;
  buffer_.erase(0, end + (none ? 2 : 4));
  scanned_ = 0;
  state_ = State::kContent;
  if (length_ && *length_ > limit_) part = skip_part();
  return true;
}

bool PartReader::read_content(std::optional<StreamPart>& part) {
  const auto enough = length_ ? std::min(*length_, buffer_.size()) : buffer_.size();
  // A boundary within the content: its length was wrong. With one behind it, or none yet, the length counts.
  const auto found = multipart::find_delimiter(buffer_, dashed_, scanned_);
  if (found && (!length_ || found->begin < *length_)) {
    if (length_) ++counters_["wrong_lengths"];
    part = give_out(found->begin, found->end, found->last ? State::kSeek : State::kHeader);
    return true;
  }
  if (length_ && enough == *length_) {
    part = give_out(*length_, *length_, State::kSeek);
    return true;
  }
  if (!length_ && buffer_.size() <= limit_) {
    part_.content = {};
    const bool xml = part_.is_xml() || (part_.content_type.empty() && buffer_.starts_with('<'));
    if (xml && ends_with_root(buffer_)) {
      part = give_out(buffer_.size(), buffer_.size(), State::kSeek);
      return true;
    }
  }
  if (!length_ && buffer_.size() > limit_) {
    part = skip_part();
    return true;
  }
  const auto tail = dashed_.size() + 2 * kLineEnd.size() + kBlanksAfterBoundary;
  scanned_ = buffer_.size() > tail ? buffer_.size() - tail : 0;
  return false;
}

std::optional<StreamPart> PartReader::give_out(std::size_t length, std::size_t next, State then) {
  part_.content = buffer_.substr(0, length);
  buffer_.erase(0, next);
  state_ = then;
  return std::exchange(part_, {});
}

std::optional<StreamPart> PartReader::skip_part() {
  ++counters_["large_parts"];
  state_ = State::kSeek;
  part_.content.clear();
  part_.skipped = true;
  return std::exchange(part_, {});
}

}  // namespace exhaust::anpr
