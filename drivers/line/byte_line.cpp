#include "drivers/line/byte_line.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <vector>

#include "drivers/line/keepalive.hpp"
#include "drivers/line/serial_port.hpp"

namespace exhaust {

namespace asio = boost::asio;
using asio::experimental::make_parallel_group;
using asio::experimental::wait_for_one;
using boost::system::error_code;

namespace {

/// A host name may have more addresses than there is time to try.
constexpr std::size_t kMostAddresses = 4;

struct Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io), done(io) {}
  asio::ip::tcp::resolver resolver;
  asio::steady_timer done;
  std::vector<asio::ip::tcp::endpoint> found;
};

/// The addresses of a host. The system's resolver cannot be interrupted, so it is left behind at the
/// deadline.
asio::awaitable<std::vector<asio::ip::tcp::endpoint>> look_up(asio::io_context& io, Endpoint endpoint,
                                                             Deadline deadline) {
  error_code not_numeric;
  const auto address = asio::ip::make_address(endpoint.host, not_numeric);
  if (!not_numeric) co_return std::vector<asio::ip::tcp::endpoint>{{address, endpoint.port}};
  auto lookup = std::make_shared<Lookup>(io);
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(endpoint.host, std::to_string(endpoint.port),
                                 [lookup](error_code error, asio::ip::tcp::resolver::results_type results) {
                                   if (!error) {
                                     for (const auto& each : results) lookup->found.push_back(each.endpoint());
                                   }
                                   lookup->done.cancel();
                                 });
  error_code ignored;
  co_await lookup->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  auto found = lookup->found;
  found.resize(std::min(found.size(), kMostAddresses));
  co_return found;
}

}  // namespace

asio::awaitable<Result<void>> ByteLine::open(Endpoint endpoint, Deadline deadline) {
  close();
  if (endpoint.kind != Endpoint::Kind::kSerial) {
    auto connected = co_await connect(std::move(endpoint), deadline);
    co_return connected;
  }
  const auto descriptor = open_serial(endpoint);
  if (!descriptor) co_return std::unexpected(descriptor.error());
  ++session_;
  stream_.emplace<Serial>(io_, *descriptor);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> ByteLine::connect(Endpoint endpoint, Deadline deadline) {
  const auto session = ++session_;
  const auto addresses = co_await look_up(io_, endpoint, deadline);
  if (addresses.empty()) co_return fail(ErrorKind::kDisconnected, to_string(endpoint) + ": no such host");
  std::string reason;
  for (const auto& address : addresses) {
    Tcp::socket socket(io_);
    asio::steady_timer timer(io_, deadline);
    auto [order, error, timer_error] = co_await make_parallel_group(socket.async_connect(address, asio::deferred),
                                                                    timer.async_wait(asio::deferred))
                                           .async_wait(wait_for_one(), asio::use_awaitable);
    if (session_ != session) co_return fail(ErrorKind::kDisconnected, to_string(endpoint) + ": closed");
    if (!error) {
      set_device_socket_options(socket.native_handle());
      stream_.emplace<Tcp::socket>(std::move(socket));
      co_return Result<void>{};
    }
    if (!timer_error) co_return fail(ErrorKind::kTimeout, to_string(endpoint) + ": no connection in time");
    reason = error.message();
  }
  co_return fail(ErrorKind::kDisconnected, to_string(endpoint) + ": " + reason);
}

asio::awaitable<Result<std::size_t>> ByteLine::read_some(std::string& buffer, Deadline deadline) {
  if (auto* socket = std::get_if<Tcp::socket>(&stream_)) return read_from(*socket, buffer, deadline);
  if (auto* port = std::get_if<Serial>(&stream_)) return read_from(*port, buffer, deadline);
  return []() -> asio::awaitable<Result<std::size_t>> {
    co_return fail(ErrorKind::kDisconnected, "the line is not open");
  }();
}

asio::awaitable<Result<void>> ByteLine::write(std::string bytes, Deadline deadline) {
  if (auto* socket = std::get_if<Tcp::socket>(&stream_)) return write_to(*socket, std::move(bytes), deadline);
  if (auto* port = std::get_if<Serial>(&stream_)) return write_to(*port, std::move(bytes), deadline);
  return []() -> asio::awaitable<Result<void>> {
    co_return fail(ErrorKind::kDisconnected, "the line is not open");
  }();
}

template <class Stream>
asio::awaitable<Result<std::size_t>> ByteLine::read_from(Stream& stream, std::string& buffer, Deadline deadline) {
  const auto session = session_;
  asio::steady_timer timer(io_, deadline);
  auto [order, error, count, timer_error] =
      co_await make_parallel_group(stream.async_read_some(asio::buffer(chunk_), asio::deferred),
                                   timer.async_wait(asio::deferred))
          .async_wait(wait_for_one(), asio::use_awaitable);
  buffer.append(chunk_.data(), count);  // even when the timer was first
  if (count > 0) co_return count;
  if (session_ != session) co_return fail(ErrorKind::kDisconnected, "the line was closed");
  if (error == asio::error::operation_aborted) co_return fail(ErrorKind::kTimeout, "no byte in time");
  // A read of nothing is an unplugged port or a closed connection (the kernel says so for ever: no retry
  // here).
  co_return fail(ErrorKind::kDisconnected, error ? error.message() : "the other end is gone");
}

template <class Stream>
asio::awaitable<Result<void>> ByteLine::write_to(Stream& stream, std::string bytes, Deadline deadline) {
  const auto session = session_;
  asio::steady_timer timer(io_, deadline);
  auto [order, error, count, timer_error] =
      co_await make_parallel_group(asio::async_write(stream, asio::buffer(bytes), asio::deferred),
                                   timer.async_wait(asio::deferred))
          .async_wait(wait_for_one(), asio::use_awaitable);
  if (count == bytes.size()) co_return Result<void>{};
  if (session_ != session) co_return fail(ErrorKind::kDisconnected, "the line was closed");
  if (error == asio::error::operation_aborted) {
    co_return fail(ErrorKind::kTimeout, "only " + std::to_string(count) + " of " + std::to_string(bytes.size()) +
                                            " bytes could be written in time");
  }
  co_return fail(ErrorKind::kDisconnected, error.message());
}

void ByteLine::close() {
  ++session_;
  if (auto* port = std::get_if<Serial>(&stream_); port && port->is_open()) give_serial(port->native_handle());
  stream_.emplace<std::monostate>();
}

}  // namespace exhaust
