#pragma once

#include <cstdint>

#include "daemon/core/bytes.hpp"
#include "drivers/frame/stdbus.hpp"
#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// The speed board of one lane on its Stdbus (devices.md 5): board 30, host 10. Reports each vehicle by itself (40/66)
/// and answers the question for the newest one (40/55 with 40/AA). Pure: no I/O.
class GateBoard {
 public:
  static constexpr std::uint8_t kHost = 0x10;
  static constexpr std::uint8_t kBoard = 0x30;

  /// The front of a vehicle breaks the beam. The frame that the board sends.
  Bytes report(const Passing& passing);
  /// The board has been switched on again and remembers its newest vehicle.
  void remember(const Passing& passing);
  /// The frames that answer what has been received; acknowledgements and what is not for us need none.
  Bytes answers(ByteView received);
  /// True once the speed has been asked for.
  bool asked() const { return asked_; }
  std::uint64_t bad_frames() const { return reader_.bad_crc() + reader_.bad_frames(); }

 private:
  stdbus::StdbusReader reader_;
  stdbus::GateSpeed newest_;
  bool asked_ = false;
};

}  // namespace exhaust::simulator
