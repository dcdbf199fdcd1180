#include "drivers/modbus/open_tcp.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "drivers/line/keepalive.hpp"

namespace exhaust::modbus {

using std::chrono::steady_clock;

namespace {

/// 0, or the errno of the failure; ETIMEDOUT at the deadline.
int connect_socket(int descriptor, const addrinfo& address, Deadline deadline) {
  if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd writable{descriptor, POLLOUT, 0};
  int ready = 0;
  do {
    ready = ::poll(&writable, 1, milliseconds_until(deadline));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return errno;
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

int milliseconds_until(Deadline deadline) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000));
}

Result<void> check_descriptor(int descriptor, const Endpoint& endpoint) {
  if (descriptor < FD_SETSIZE) return {};
  return fail(ErrorKind::kRefused, to_string(endpoint) + ": descriptor " + std::to_string(descriptor) +
                                       " is too high for libmodbus; the process has too many files open");
}

Result<int> open_tcp(const Endpoint& endpoint, Deadline deadline) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int lookup =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &wanted, &list);
  if (lookup != 0) return fail(ErrorKind::kDisconnected, to_string(endpoint) + ": " + ::gai_strerror(lookup));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(list, &::freeaddrinfo);
  int error = ETIMEDOUT;
  for (const auto* address = list; address != nullptr; address = address->ai_next) {
    const int descriptor =
        ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address->ai_protocol);
    if (descriptor < 0) {
      error = errno;
      continue;
    }
    if (auto fits = check_descriptor(descriptor, endpoint); !fits) {
      ::close(descriptor);
      return std::unexpected(fits.error());
    }
    error = connect_socket(descriptor, *address, deadline);
    if (error == 0) {
      set_device_socket_options(descriptor);
      return descriptor;
    }
    ::close(descriptor);
    if (error == ETIMEDOUT) break;
  }
  const auto kind = error == ETIMEDOUT ? ErrorKind::kTimeout : ErrorKind::kDisconnected;
  return fail(kind, to_string(endpoint) + ": " + std::strerror(error));
}

}  // namespace exhaust::modbus
