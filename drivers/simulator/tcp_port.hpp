#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/core/result.hpp"
#include "drivers/simulator/outbox.hpp"
#include "drivers/simulator/port.hpp"

namespace exhaust::simulator {

/// Devices behind a TCP port on 127.0.0.1; each client has a talk of its own.
///
/// Threading: the io thread. The io_context does not run any more when this is destroyed.
class TcpPort {
 public:
  /// A line has one client; a few more are people with a tool.
  static constexpr std::size_t kMaxClients = 16;

  /// `name` is for the error: kDisconnected if the port is taken.
  static Result<std::unique_ptr<TcpPort>> open(asio::io_context& io, const std::string& name, std::uint16_t port,
                                               MakeConversation make, Surroundings surroundings);

  const Traffic& traffic() const { return traffic_; }
  std::uint64_t refused_connections() const { return refused_connections_; }

 private:
  struct Session;

  TcpPort(asio::io_context& io, MakeConversation make, Surroundings surroundings)
      : io_(io), acceptor_(io), make_(std::move(make)), surroundings_(std::move(surroundings)) {}
  asio::awaitable<void> accept_forever();
  asio::awaitable<void> read(std::shared_ptr<Session> session);
  asio::awaitable<void> write(std::shared_ptr<Session> session);
  asio::awaitable<void> beat(std::shared_ptr<Session> session);
  void say(Session& session, std::vector<Answer> answers);

  asio::io_context& io_;
  asio::ip::tcp::acceptor acceptor_;
  MakeConversation make_;
  Surroundings surroundings_;
  std::size_t clients_ = 0;
  std::uint64_t refused_connections_ = 0;
  Traffic traffic_;
};

}  // namespace exhaust::simulator
