#pragma once

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust::modbus {

/// libmodbus selects on a descriptor without looking: one of 1024 or more makes it write past its set.
/// Error: kRefused.
Result<void> check_descriptor(int descriptor, const Endpoint& endpoint);

/// A connected, non-blocking socket with the options of a field device; the caller owns it. Blocks; looking
/// up a host name may take longer than the deadline. Errors: kDisconnected, kTimeout, kRefused (of
/// check_descriptor).
Result<int> open_tcp(const Endpoint& endpoint, Deadline deadline);

/// For poll(2): rounded up, 0 to 60,000.
int milliseconds_until(Deadline deadline);

}  // namespace exhaust::modbus
