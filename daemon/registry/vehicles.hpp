#pragma once

#include <optional>
#include <string_view>

#include "exhaust/v1/passage.pb.h"

namespace exhaust::registry {

/// Who knows which vehicle a plate belongs to. At a station the registry's file answers, in a replay the capture does.
class Vehicles {
 public:
  virtual ~Vehicles() = default;
  /// `plate`: normalised UTF-8; `color`: a word of Plate.color. Absent: not registered, or not to be told from another
  /// vehicle (the same text in several colours, and the camera saw none). Never waits.
  virtual std::optional<v1::Vehicle> find(std::string_view plate, std::string_view color) = 0;
};

}  // namespace exhaust::registry
