#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "drivers/anpr/http_post.hpp"
#include "drivers/anpr/plate_event.hpp"

/// The camera event as one frame of bytes, and what it says. No I/O.
namespace exhaust::anpr {

/// "<Content-Type> CR LF CR LF <body>". Takes the body over: events are large.
std::string to_envelope(HttpPost post);

struct EnvelopeView {
  std::string_view content_type;
  std::string_view body;
};
/// Error: kBadFrame when there is no empty line within the first 4 KiB.
Result<EnvelopeView> open_envelope(std::string_view envelope);

/// Whether this mode takes bodies of this Content-Type: multipart or XML, in JSON mode JSON or multipart with
/// it.
bool is_taken(const AnprSettings& settings, std::string_view content_type);

/// `with_pictures` false: they are counted and not copied. Errors: kBadFrame; kRefused for an event that is
/// no plate.
Result<PlatePost> decode_post(const AnprSettings& settings, std::string_view content_type,
                              std::string_view body, bool with_pictures = true);

}  // namespace exhaust::anpr
