#include "drivers/anpr/event_assembler.hpp"

#include <utility>

#include "drivers/anpr/isapi.hpp"
#include "drivers/anpr/multipart.hpp"

namespace exhaust::anpr {

namespace {

/// Ours, so that no camera's boundary ends a part of the event too early.
constexpr std::string_view kBoundary = "exhaustd-event-7b1f4c0e5a9d4e63";
constexpr std::size_t kMostPictures = multipart::kMaxParts - 1;

}  // namespace

std::vector<HttpPost> EventAssembler::take(StreamPart part) {
  std::vector<HttpPost> complete;
  const auto finished = [&] {
    if (auto post = finish()) complete.push_back(std::move(*post));
  };
  if (!part.is_picture()) {  // whatever it is, the pictures behind it are no longer of the event before
    finished();
    if (part.skipped) return complete;
    const auto event = isapi::decode_event(part.content, settings_);
    expected_ = event ? event->pictures : 0;  // what is no plate has none
    add(part);
    if (expected_ == 0u) finished();
    return complete;
  }
  if (!is_waiting()) {
    ++counters_["lone_pictures"];
    return complete;
  }
  const bool fits =
      !part.skipped && pictures_ < kMostPictures &&
      body_.size() + part.content.size() + part.header.size() + 128 <= settings_.body_limit_bytes();
  if (fits)
    add(part);
  else
    ++counters_["dropped_pictures"];
  if (++pictures_ >= expected_.value_or(kMostPictures)) finished();
  return complete;
}

std::optional<HttpPost> EventAssembler::finish() {
  if (!is_waiting()) return std::nullopt;
  HttpPost post{"multipart/mixed; boundary=" + std::string(kBoundary), std::exchange(body_, {})};
  post.body += "--" + std::string(kBoundary) + "--\r\n";
  pictures_ = 0;
  return post;
}

void EventAssembler::add(const StreamPart& part) {
  body_ += "--" + std::string(kBoundary) + "\r\n";
  if (!part.header.empty()) body_ += part.header + "\r\n";
  body_ += "\r\n" + part.content + "\r\n";
}

}  // namespace exhaust::anpr
