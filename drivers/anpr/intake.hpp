#pragma once

#include <deque>
#include <string>

#include "drivers/anpr/http_post.hpp"
#include "drivers/outlet.hpp"

namespace exhaust::anpr {

/// Takes the events of a camera, however they came: recognises the repeated ones, tells the outlet of each,
/// once.
///
/// Counters: posts, readings, double_posts, other_events, malformed, unknown_parts, large_pictures,
/// further_events, no_device_time, replaced_characters.
///
/// Threading: the io thread. `counters` outlives it.
class Intake {
 public:
  /// `remembered`: how many events repeated ones are looked for in, over all sessions; of at most 1 KiB each.
  Intake(DriverContext context, const DeviceSettings& device, Counters& counters, std::size_t remembered);

  /// The answer to a camera that posted it. Delivers before it returns.
  HttpAnswer take(HttpPost post);
  Outlet& outlet() { return outlet_; }

 private:
  bool is_repeated(const std::string& identity) const;

  AnprSettings settings_;
  std::string name_;
  Counters& counters_;
  std::size_t remembered_;
  Outlet outlet_;
  std::deque<std::string> seen_;
};

}  // namespace exhaust::anpr
