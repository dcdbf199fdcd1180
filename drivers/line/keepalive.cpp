#include "drivers/line/keepalive.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace exhaust {

void set_device_socket_options(int descriptor) {
  // A socket that refuses one of these still carries bytes, and every request has its own deadline.
  const auto set = [descriptor](int level, int option, int value) {
    ::setsockopt(descriptor, level, option, &value, sizeof(value));
  };
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);           // s
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);           // s
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);   // ms, for bytes that nobody acknowledges
}

}  // namespace exhaust
