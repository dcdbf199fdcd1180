#pragma once

#include "daemon/core/result.hpp"
#include "drivers/device_settings.hpp"

namespace exhaust {

/// Opens a serial port (also a pty, also through a symlink) for one owner: raw mode, the endpoint's speed and
/// format, advisory lock, input flushed, non-blocking, not inherited by children. The caller owns the
/// descriptor.
/// Errors: kDisconnected (not there, or another process holds it), kSettings (the port refuses speed or
/// format).
Result<int> open_serial(const Endpoint& endpoint);

/// Makes an open serial port ours: advisory lock, and TIOCEXCL on a real port. For ports that a library has
/// opened.
/// Error: kDisconnected.
Result<void> take_serial(int descriptor, const std::string& path);

/// Gives up what `take_serial` took; before closing.
void give_serial(int descriptor);

}  // namespace exhaust
