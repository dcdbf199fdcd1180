#pragma once

#include "daemon/core/bytes.hpp"

namespace exhaust::simulator {

/// One device alone, from its own side of the line: bytes in, bytes out. Values vary slowly with time and are never
/// random, so that a reader can be checked against them. Pure: no I/O, no clock.
///
/// `at_s`: simulated seconds since the start, never decreasing.
class Instrument {
 public:
  virtual ~Instrument() = default;
  /// The answers to what is now complete, to be sent one after the other. Half a request is kept, within a bound.
  virtual Bytes take(ByteView received, double at_s) = 0;
  /// What the device says by itself since it was last asked; called at least once in 100 ms.
  virtual Bytes beat(double /*at_s*/) { return {}; }
  /// The line has been silent for longer than a frame allows, or the client has gone: half a request is forgotten.
  virtual void silence() {}
};

}  // namespace exhaust::simulator
