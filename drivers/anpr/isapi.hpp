#pragma once

#include <string_view>

#include "daemon/core/result.hpp"
#include "drivers/anpr/plate_event.hpp"

/// Plate events of Hikvision's ISAPI (devices.md 7.1). No I/O.
namespace exhaust::anpr::isapi {

inline constexpr std::size_t kMaxXml = 256 * 1024;
inline constexpr std::size_t kMaxElements = 4096;
inline constexpr std::size_t kMaxDepth = 32;

/// Elements are found by local name, whatever their namespace and order; of several, the one nearest to the
/// root. Text becomes UTF-8 first, as `settings.text` says. Errors: kBadFrame; kRefused for a well-formed
/// event of another type than ANPR.
Result<PlateEvent> decode_event(std::string_view xml, const AnprSettings& settings);

}  // namespace exhaust::anpr::isapi
