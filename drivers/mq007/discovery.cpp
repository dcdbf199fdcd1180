#include "drivers/mq007/discovery.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "drivers/mq007/command.hpp"

namespace exhaust::mq007 {

using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr Duration kAskAgain = std::chrono::milliseconds{600};
constexpr std::uint32_t kPortSpace = 10;
constexpr std::size_t kMostAnswer = 1500;

/// True: at least one of the ports could be asked.
bool ask(udp::socket& socket, const asio::ip::address& where, const Mq007Settings& settings, error_code& reason) {
  bool asked = false;
  for (std::uint32_t i = 0; i < settings.discovery_ports; ++i) {
    const auto port = settings.discovery_port + i * kPortSpace;
    if (port > 65535) break;
    error_code error;
    socket.send_to(asio::buffer(kDiscoveryQuestion), {where, static_cast<std::uint16_t>(port)}, 0, error);
    if (error) reason = error;
    else asked = true;
  }
  return asked;
}

}  // namespace

asio::awaitable<Result<Endpoint>> discover(asio::io_context& io, Mq007Settings settings, Outlet* outlet,
                                           Counters* counters, Deadline deadline) {
  error_code error;
  const auto where = asio::ip::make_address_v4(settings.broadcast, error);
  if (error) co_return fail(ErrorKind::kSettings, "'" + settings.broadcast + "' is not an IPv4 address");
  udp::socket socket(io);
  socket.open(udp::v4(), error);
  if (!error) socket.set_option(asio::socket_base::broadcast(true), error);
  if (!error) socket.non_blocking(true, error);
  if (!error) socket.bind({udp::v4(), 0}, error);
  if (error) co_return fail(ErrorKind::kDisconnected, "cannot look for a unit: " + error.message());

  auto next_question = std::chrono::steady_clock::now();
  asio::steady_timer timer(io);
  std::array<std::uint8_t, kMostAnswer> datagram{};
  while (std::chrono::steady_clock::now() < deadline) {
    if (std::chrono::steady_clock::now() >= next_question) {
      if (!ask(socket, where, settings, error)) {
        co_return fail(ErrorKind::kDisconnected,
                       "cannot ask " + settings.broadcast + " for a unit: " + error.message());
      }
      ++(*counters)["discovery_rounds"];
      outlet->sent(as_bytes(kDiscoveryQuestion));
      next_question += kAskAgain;
    }
    udp::endpoint from;
    timer.expires_at(std::min(next_question, deadline));
    auto [order, read_error, count, timer_error] =
        co_await asio::experimental::make_parallel_group(
            socket.async_receive_from(asio::buffer(datagram), from, asio::deferred), timer.async_wait(asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (read_error || count == 0) continue;
    const auto bytes = ByteView(datagram).first(count);
    if (as_text(bytes) == kDiscoveryQuestion) continue;  // another client's, or our own
    const auto answer = decode_answer(bytes);
    const bool wanted = answer && (settings.tester_name.empty() || settings.tester_name == answer->tester_name);
    if (!wanted) {
      ++(*counters)[answer ? "other_units" : "bad_answers"];
      outlet->dropped(bytes);
      continue;
    }
    outlet->received(bytes);
    Endpoint unit;
    unit.host = from.address().to_string();
    unit.port = answer->tcp_port;
    co_return unit;
  }
  co_return fail(ErrorKind::kTimeout, settings.tester_name.empty() ? "no unit answered"
                                                                   : "no unit '" + settings.tester_name + "' answered");
}

}  // namespace exhaust::mq007
