#include "drivers/modbus/link.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "drivers/line/keepalive.hpp"
#include "drivers/line/serial_port.hpp"

namespace exhaust::modbus {

namespace {

using std::chrono::steady_clock;

int milliseconds_until(Deadline deadline) {
  const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(rest, 0, 60'000));
}

/// libmodbus writes past its select set with a higher one.
Result<void> check_descriptor(int descriptor, const Endpoint& endpoint) {
  if (descriptor < FD_SETSIZE) return {};
  return fail(ErrorKind::kRefused, to_string(endpoint) + ": descriptor " + std::to_string(descriptor) +
                                       " is too high for libmodbus; the process has too many files open");
}

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

/// Of libmodbus' codes: those that an exception answer of the device stands behind.
bool is_exception(int reason) {
  return reason >= EMBXILFUN && reason <= EMBXGTAR;
}

ErrorKind kind_of(int reason) {
  if (is_exception(reason)) return ErrorKind::kRefusedByDevice;
  if (reason == ETIMEDOUT || reason == EINPROGRESS) return ErrorKind::kTimeout;
  if (reason == EMBBADCRC || reason == EMBBADDATA || reason == EMBBADSLAVE || reason == EMBBADEXC ||
      reason == EMBUNKEXC || reason == EMBMDATA) {
    return ErrorKind::kBadFrame;
  }
  return ErrorKind::kDisconnected;
}

}  // namespace

Result<void> Link::connect(Deadline deadline) {
  if (context_ != nullptr) return {};
  const auto until = std::min(deadline, steady_clock::now() + Bus::kConnectMost);
  const auto opened = serial() ? open_serial(endpoint_) : open_tcp(endpoint_, until);
  if (!opened) return std::unexpected(opened.error());
  return adopt(*opened);
}

Result<void> Link::adopt(int descriptor) {
  descriptor_ = descriptor;
  if (auto fits = check_descriptor(descriptor, endpoint_); !fits) {
    close();
    return fits;
  }
  // The address and the path are never used: the descriptor is open already.
  const char* path = serial() ? endpoint_.path.c_str() : "socket";
  context_ =
      framing_ == Framing::kRtu
          ? modbus_new_rtu(path, static_cast<int>(endpoint_.baud), endpoint_.parity,
                           static_cast<int>(endpoint_.data_bits), static_cast<int>(endpoint_.stop_bits))
          : modbus_new_tcp("127.0.0.1", endpoint_.port);
  if (context_ == nullptr) {
    const std::string reason = modbus_strerror(errno);
    close();
    return fail(ErrorKind::kSettings, to_string(endpoint_) + ": " + reason);
  }
  // Its own recovery repeats for ever on an unplugged port (libmodbus#39, #217).
  modbus_set_error_recovery(context_, MODBUS_ERROR_RECOVERY_NONE);
  modbus_set_socket(context_, descriptor);
  // Without a byte time-out the response time-out bounds the whole answer.
  modbus_set_byte_timeout(context_, 0, 0);
  return {};
}

void Link::close() {
  // Not modbus_close: it would "restore" terminal settings that it never saw.
  if (context_ != nullptr) modbus_free(context_);
  context_ = nullptr;
  if (descriptor_ < 0) return;
  if (serial()) give_serial(descriptor_);
  ::close(descriptor_);
  descriptor_ = -1;
}

/// RTU frames are told apart by 3.5 characters of silence; above 19200 baud by 1.75 ms (Modbus over Serial
/// Line 2.5.1).
void Link::keep_silence() const {
  using namespace std::chrono_literals;
  const auto characters = std::chrono::duration<double>(3.5 * 11 / endpoint_.baud);
  const auto silence = std::max<Duration>(1750us, std::chrono::duration_cast<Duration>(characters));
  std::this_thread::sleep_until(last_used_ + silence + line_.extra_pause);
}

/// False with errno. libmodbus 3.1.6 gives raw requests over TCP the transaction number 0, always, and its
/// RTU half writes without MSG_NOSIGNAL: on sockets the frame is sent as we composed it.
bool Link::send(ByteView request) {
  if (!serial())
    return ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(request.size());
  return modbus_send_raw_request(context_, const_cast<std::uint8_t*>(request.data()),
                                 static_cast<int>(request.size()) - 2) > 0;
}

Result<Exchange> Link::read(const ReadRequest& request, Deadline deadline, std::vector<BusFrame>& told) {
  if (steady_clock::now() >= deadline)
    return fail(ErrorKind::kTimeout, "the bus was busy until the deadline");
  if (auto connected = connect(deadline); !connected) return std::unexpected(connected.error());
  if (modbus_set_slave(context_, request.unit) != 0) {
    return fail(ErrorKind::kSettings, "unit id " + std::to_string(request.unit) + " does not exist");
  }
  if (serial()) {
    keep_silence();
    modbus_flush(context_);  // what stands there now is a late answer or noise
  }
  const auto rest = std::min<Duration>(request.response_timeout, deadline - steady_clock::now());
  const auto limit = std::max<std::int64_t>(std::chrono::ceil<std::chrono::microseconds>(rest).count(), 1000);
  modbus_set_response_timeout(context_, static_cast<std::uint32_t>(limit / 1'000'000),
                              static_cast<std::uint32_t>(limit % 1'000'000));
  const Question question{request.unit, request.function, request.range};
  Exchange exchange;
  exchange.request = compose(framing_, ++transaction_, question);
  errno = 0;
  const bool sent = send(exchange.request);
  int got = -1;
  if (sent) {
    exchange.answer.resize(MODBUS_TCP_MAX_ADU_LENGTH);
    got = modbus_receive_confirmation(context_, exchange.answer.data());
  }
  const int reason = errno;
  last_used_ = steady_clock::now();
  if (sent) told.push_back({Frame::Kind::kSent, last_used_, exchange.request});
  if (got <= 0) return failed(got < 0 ? reason : EMBBADSLAVE, request);
  exchange.answer.resize(static_cast<std::size_t>(got));
  auto registers = read_registers(framing_, exchange.answer);
  if (!registers && registers.error().kind == ErrorKind::kRefusedByDevice) {
    told.push_back({Frame::Kind::kReceived, last_used_, exchange.answer});
    return failed(
        MODBUS_ENOBASE + exchange.answer[exchange.answer.size() - (framing_ == Framing::kRtu ? 3 : 1)],
        request);
  }
  const bool ours = framing_ == Framing::kRtu ||
                    (exchange.answer[0] == exchange.request[0] && exchange.answer[1] == exchange.request[1]);
  if (!registers || registers->size() != request.range.count || !ours) {
    told.push_back({Frame::Kind::kDropped, last_used_, exchange.answer});
    return failed(EMBBADDATA, request);
  }
  told.pop_back();
  exchange.registers = std::move(*registers);
  return exchange;
}

std::unexpected<Error> Link::failed(int reason, const ReadRequest& request) {
  const auto kind = kind_of(reason);
  const char* table = request.function == RegisterFunction::kHolding ? "holding" : "input";
  auto detail = "unit " + std::to_string(request.unit) + ", " + table + " " +
                std::to_string(request.range.first) + "+" + std::to_string(request.range.count) + ": " +
                modbus_strerror(reason);
  if (reason == EMBXSBUSY || reason == EMBXACK) detail += ", later";
  if (kind == ErrorKind::kDisconnected || (kind != ErrorKind::kRefusedByDevice && !serial())) {
    close();
  } else if (serial()) {
    modbus_flush(context_);
  }
  return fail(kind, std::move(detail));
}

}  // namespace exhaust::modbus
