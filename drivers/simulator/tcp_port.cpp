#include "drivers/simulator/tcp_port.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>

namespace exhaust::simulator {

namespace {

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);

void report(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

struct TcpPort::Session final : Wire {
  Session(asio::io_context& io, asio::ip::tcp::socket client, std::unique_ptr<Conversation> talk)
      : socket(std::move(client)), conversation(std::move(talk)), outbox(io, *this), beats(io) {}

  asio::awaitable<bool> write(Bytes bytes) override {
    const auto [error, written] = co_await asio::async_write(socket, asio::buffer(bytes), kAsTuple);
    co_return !error;
  }
  void end() {
    open = false;
    boost::system::error_code ignored;
    socket.close(ignored);
    outbox.stop();
    beats.cancel();
  }

  asio::ip::tcp::socket socket;
  std::unique_ptr<Conversation> conversation;
  Outbox outbox;
  asio::steady_timer beats;
  MonotonicTime heard{};
  bool open = true;
  bool dead = false;  ///< half open: what comes is read and leads to nothing, until the client leaves
};

Result<std::unique_ptr<TcpPort>> TcpPort::open(asio::io_context& io, const std::string& name, std::uint16_t port,
                                               MakeConversation make, Surroundings surroundings) {
  auto server = std::unique_ptr<TcpPort>(new TcpPort(io, std::move(make), std::move(surroundings)));
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), port);
  boost::system::error_code error;
  server->acceptor_.open(here.protocol(), error);
  if (!error) server->acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) server->acceptor_.bind(here, error);
  if (!error) server->acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorKind::kDisconnected, name + ": cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + error.message());
  }
  asio::co_spawn(io, server->accept_forever(), &report);
  return server;
}

asio::awaitable<void> TcpPort::accept_forever() {
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
    boost::system::error_code ignored;
    client.set_option(asio::ip::tcp::no_delay(true), ignored);
    auto session = std::make_shared<Session>(io_, std::move(client), make_());
    ++clients_;
    asio::co_spawn(io_, read(session), &report);
    asio::co_spawn(io_, write(session), &report);
    asio::co_spawn(io_, beat(session), &report);
  }
}

asio::awaitable<void> TcpPort::read(std::shared_ptr<Session> session) {
  std::array<std::uint8_t, 1024> chunk{};
  while (session->open) {
    const auto [error, count] = co_await session->socket.async_read_some(asio::buffer(chunk), kAsTuple);
    if (error) break;
    traffic_.bytes_in += count;
    if (session->dead) continue;
    const auto now = SystemClock().monotonic();
    if (now - session->heard > kFrameSilence) session->conversation->silence();
    session->heard = now;
    say(*session, session->conversation->take({chunk.data(), count}, surroundings_.now_s()));
  }
  session->end();
  --clients_;
}

asio::awaitable<void> TcpPort::write(std::shared_ptr<Session> session) {
  const auto end = co_await session->outbox.run();
  if (end == Sending::End::kHalfOpen) {
    session->dead = true;
    co_return;
  }
  if (end == Sending::End::kReset) {
    boost::system::error_code ignored;
    session->socket.set_option(asio::socket_base::linger(true, 0), ignored);  // makes the close a reset
  }
  session->end();
}

asio::awaitable<void> TcpPort::beat(std::shared_ptr<Session> session) {
  while (session->open && !session->dead) {
    session->beats.expires_after(kBeat);
    [[maybe_unused]] const auto [cancelled] = co_await session->beats.async_wait(kAsTuple);
    if (session->open && !session->dead) say(*session, session->conversation->beat(surroundings_.now_s()));
  }
}

void TcpPort::say(Session& session, std::vector<Answer> answers) {
  for (auto& answer : answers) {
    ++traffic_.answers;
    traffic_.last_answer = answer.bytes;
    const auto lost = session.outbox.lost();
    session.outbox.push(surroundings_.lines.send(std::move(answer), true, surroundings_.now_s()));
    traffic_.lost += session.outbox.lost() - lost;
  }
}

}  // namespace exhaust::simulator
