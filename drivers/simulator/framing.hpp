#pragma once

#include <optional>

#include "daemon/core/bytes.hpp"
#include "drivers/simulator/random.hpp"

namespace exhaust::simulator {

/// How a device's frames are protected: what it takes to damage one so that an honest reader can tell.
enum class Framing {
  kModbusTcp,
  kModbusRtu,
  kAk,
  kStdbus,
  kText,     ///< lines that end with CR, LF or both
  kChecked,  ///< binary, the check sum last
};

/// The frame with a check sum that does not fit. Modbus TCP has none: another protocol number; AK has none: no ETX.
Bytes with_wrong_checksum(Bytes frame, Framing framing);

/// What the device says instead of `answer` while it is busy; absent where the protocol has no word for it.
std::optional<Bytes> busy_instead_of(ByteView answer, Framing framing);

/// Random bytes. In protocols of text without a check sum all are above 7F: nobody could tell a digit that noise made.
Bytes noise(std::size_t count, Framing framing, Random& random);

/// The frame with `noise` before it or in its middle. A TCP stream's frames have nothing inside that could show it: before.
Bytes with_noise(Bytes frame, const Bytes& noise, bool inside, Framing framing);

}  // namespace exhaust::simulator
