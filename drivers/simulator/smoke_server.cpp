#include "drivers/simulator/smoke_server.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <string>

namespace exhaust::simulator {

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

void report(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

Result<std::unique_ptr<SmokeServer>> SmokeServer::start(asio::io_context& io, std::uint16_t port, Lane lanes) {
  auto server = std::unique_ptr<SmokeServer>(new SmokeServer(io, lanes));
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), port);
  boost::system::error_code error;
  server->acceptor_.open(here.protocol(), error);
  if (!error) server->acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) server->acceptor_.bind(here, error);
  if (!error) server->acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorKind::kDisconnected,
                "smoke meter: cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + error.message());
  }
  asio::co_spawn(io, server->accept_forever(), &report);
  return server;
}

asio::awaitable<void> SmokeServer::accept_forever() {
  asio::steady_timer pause(io_);
  for (;;) {
    auto [error, client] = co_await acceptor_.async_accept(kAsTuple);
    if (error) {  // such as no descriptor left: the next moment may be better
      pause.expires_after(std::chrono::milliseconds{100});
      [[maybe_unused]] const auto [waited] = co_await pause.async_wait(kAsTuple);
      continue;
    }
    if (clients_ >= kMaxClients) {
      ++refused_connections_;
      continue;
    }
    asio::co_spawn(io_, serve(std::move(client)), &report);
  }
}

asio::awaitable<void> SmokeServer::serve(asio::ip::tcp::socket client) {
  ++clients_;
  boost::system::error_code ignored;
  client.set_option(asio::ip::tcp::no_delay(true), ignored);
  ak::TelegramReader telegrams;
  std::array<char, 1024> chunk{};
  for (;;) {
    const auto [read_error, count] = co_await client.async_read_some(asio::buffer(chunk), kAsTuple);
    if (read_error) break;
    telegrams.feed({chunk.data(), count});
    std::string answers;
    while (const auto telegram = telegrams.next()) answers += meter_.answer(*telegram);
    if (answers.empty()) continue;
    // A client that does not take its answers stops only itself: nothing more is read from it.
    const auto [write_error, written] = co_await asio::async_write(client, asio::buffer(answers), kAsTuple);
    if (write_error) break;
  }
  --clients_;
}

}  // namespace exhaust::simulator
