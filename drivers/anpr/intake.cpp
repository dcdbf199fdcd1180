#include "drivers/anpr/intake.hpp"

#include <algorithm>

#include "daemon/core/log.hpp"
#include "drivers/anpr/driver.hpp"
#include "drivers/anpr/envelope.hpp"

namespace exhaust::anpr {

Intake::Intake(DriverContext context, const DeviceSettings& device, Counters& counters,
               std::size_t remembered)
    : settings_(std::get<AnprSettings>(device.driver)),
      name_(device.name),
      counters_(counters),
      remembered_(remembered),
      outlet_(std::move(context), device, &decode_anpr) {
  for (const auto* word : {"posts", "readings", "double_posts", "other_events", "malformed", "unknown_parts",
                           "large_pictures", "further_events", "no_device_time", "replaced_characters"}) {
    counters_[word];
  }
}

bool Intake::is_repeated(const std::string& identity) const {
  return !identity.empty() && std::ranges::find(seen_, identity) != seen_.end();
}

HttpAnswer Intake::take(HttpPost post) {
  ++counters_["posts"];
  const auto decoded = decode_post(settings_, post.content_type, post.body, false);
  const auto envelope = to_envelope(std::move(post));
  const auto bytes = as_bytes(envelope);
  const auto taken = [&](const char* sentence) {
    return HttpAnswer{200, settings_.answer.empty() ? sentence : settings_.answer};
  };
  const auto malformed = [&](const Error& error) {
    ++counters_["malformed"];
    log::debug("camera event is malformed", {{"DEVICE", name_}, {"ERROR", error.detail}});
    return HttpAnswer{400, error.detail + "."};
  };

  if (!decoded && decoded.error().kind == ErrorKind::kRefused) {
    ++counters_["other_events"];  // heartbeats and the like: the camera must not repeat them
    outlet_.received(bytes);
    return taken("Not a plate.");
  }
  if (!decoded) {
    outlet_.dropped(bytes);
    return malformed(decoded.error());
  }
  auto identity = identity_of(decoded->event);
  if (is_repeated(identity)) {
    ++counters_["double_posts"];
    outlet_.dropped(bytes);
    return taken("Already taken.");
  }
  const auto delivered = outlet_.measurement(bytes);
  if (!delivered) return malformed(delivered.error());
  ++counters_["readings"];
  counters_["unknown_parts"] += decoded->unknown_parts;
  counters_["large_pictures"] += decoded->large_pictures;
  counters_["further_events"] += decoded->further_events;
  counters_["replaced_characters"] += decoded->event.replaced_characters;
  if (!decoded->event.time) ++counters_["no_device_time"];
  if (!identity.empty()) seen_.push_back(std::move(identity));
  if (seen_.size() > remembered_) seen_.pop_front();
  return taken("Taken.");
}

}  // namespace exhaust::anpr
