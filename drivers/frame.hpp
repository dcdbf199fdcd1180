#pragma once

#include <cstdint>

#include "daemon/core/bytes.hpp"
#include "daemon/core/time.hpp"

namespace exhaust {

/// One frame on a device's line, as captures keep it. Each frame is told once, when its fate is known.
struct Frame {
  enum class Kind : std::uint8_t {
    kSent = 1,         ///< from us
    kReceived = 2,     ///< understood, and carries no measurement: a counter, an acknowledgement, a state
    kDropped = 3,      ///< damaged, late, foreign, not for us
    kMeasurement = 4,  ///< becomes readings by the driver's `Decode`, and by nothing else
  };
  Kind kind = Kind::kReceived;
  MonotonicTime delivered{};
  WallTime arrived{};
  std::uint32_t session = 0;
  ByteView bytes;  ///< valid during the call
};

}  // namespace exhaust
