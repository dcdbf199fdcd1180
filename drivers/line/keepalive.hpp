#pragma once

namespace exhaust {

/// Sets what a TCP connection to a field device needs: no delay for small requests, not inherited by
/// children, and a half-open connection (a gateway that rebooted, a pulled cable) is noticed within about 25
/// s even when idle.
void set_device_socket_options(int descriptor);

}  // namespace exhaust
