#pragma once

#include <string_view>

#include "daemon/core/result.hpp"
#include "drivers/anpr/plate_event.hpp"

/// Plate events that a camera pushes as JSON, with the paths of the settings (devices.md 7.3). No I/O.
namespace exhaust::anpr {

inline constexpr int kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxJsonValues = 16'384;

/// Text becomes UTF-8 first, as `settings.text` says. `with_pictures` false: they are counted and not
/// decoded. Errors: kBadFrame, with the path that is wrong or missing; kRefused for an event of another type.
Result<PlatePost> decode_json_event(std::string_view text, const AnprSettings& settings, bool with_pictures);

}  // namespace exhaust::anpr
