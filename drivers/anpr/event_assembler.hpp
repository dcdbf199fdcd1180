#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/anpr/http_post.hpp"
#include "drivers/anpr/part_reader.hpp"
#include "drivers/anpr_settings.hpp"

namespace exhaust::anpr {

/// Puts the parts of a camera's stream together as the camera would have posted them: an XML part and the
/// pictures that follow it, until the number that it announces, or any part that is no picture. Pure; holds one event
/// of at most `settings.body_limit_bytes()`.
///
/// Counters: lone_pictures (came without an event), dropped_pictures (did not fit into their event).
class EventAssembler {
 public:
  /// `counters` outlives it.
  EventAssembler(AnprSettings settings, Counters& counters)
      : settings_(std::move(settings)), counters_(counters) {}

  /// What is complete now: none, one or two events.
  std::vector<HttpPost> take(StreamPart part);
  /// An event waits for pictures.
  bool is_waiting() const { return !body_.empty(); }
  /// The waiting event as it is.
  std::optional<HttpPost> finish();

 private:
  void add(const StreamPart& part);

  AnprSettings settings_;
  Counters& counters_;
  std::string body_;  ///< of the event that waits; empty: none does
  std::optional<std::size_t> expected_;
  std::size_t pictures_ = 0;
};

}  // namespace exhaust::anpr
