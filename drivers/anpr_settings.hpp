#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "daemon/core/ids.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust {

/// Plate camera that posts ISAPI events to us (devices.md 7.1). One listener may serve several lanes.
struct AnprSettings {
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 0;
  std::string path = "/anpr";
  std::map<std::string, Lane> lane_of_line;   ///< the camera's line or laneNo -> our lane; empty: as it says
  std::map<std::string, std::string> color_words;  ///< the camera's plateColor -> our colour word
  std::string count_element;                  ///< element with the trigger number; empty: none
  CountSource count = CountSource::kNone;
  std::size_t body_limit_bytes = 24u << 20;
};

}  // namespace exhaust
