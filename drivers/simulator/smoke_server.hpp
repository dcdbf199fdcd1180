#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>

#include "daemon/core/result.hpp"
#include "drivers/simulator/smoke_meter.hpp"

namespace exhaust::simulator {

namespace asio = boost::asio;

/// The smoke meters behind their AK port on 127.0.0.1.
///
/// Threading: the io thread.
class SmokeServer {
 public:
  /// A line has one client; a few more are people with a tool.
  static constexpr std::size_t kMaxClients = 16;

  /// Error: kDisconnected if the port is taken.
  static Result<std::unique_ptr<SmokeServer>> start(asio::io_context& io, std::uint16_t port, Lane lanes);

  SmokeMeter& meter() { return meter_; }
  std::uint64_t refused_connections() const { return refused_connections_; }

 private:
  SmokeServer(asio::io_context& io, Lane lanes) : io_(io), acceptor_(io), meter_(lanes) {}
  asio::awaitable<void> accept_forever();
  asio::awaitable<void> serve(asio::ip::tcp::socket client);

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  SmokeMeter meter_;
  std::size_t clients_ = 0;
  std::uint64_t refused_connections_ = 0;
};

}  // namespace exhaust::simulator
