#include "drivers/anpr/listener.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string_view>

#include "daemon/core/log.hpp"
#include "drivers/anpr/envelope.hpp"
#include "drivers/anpr/password.hpp"

namespace exhaust::anpr {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kMostAcceptErrors = 10;  ///< in a row: then the listener is broken
constexpr Duration kAcceptPause = std::chrono::milliseconds{100};

Result<void> listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (!error) return {};
  error_code ignored;
  acceptor.close(ignored);
  const auto kind = error == asio::error::access_denied ? ErrorKind::kSettings : ErrorKind::kDisconnected;
  return fail(kind, "cannot listen on " + endpoint.address().to_string() + ":" +
                        std::to_string(endpoint.port()) + ": " + error.message());
}

}  // namespace

AnprListener::AnprListener(DriverContext context, const DeviceSettings& device, AnprLimits limits)
    : io_(context.io),
      clock_(context.clock),
      device_(device),
      settings_(std::get<AnprSettings>(device.driver)),
      limits_(limits),
      rules_{.path = settings_.path,
             .body_limit_bytes = settings_.body_limit_bytes(),
             .request_time = settings_.request_time,
             .idle_time = limits.idle_time,
             .takes = [this](std::string_view type) { return is_taken(settings_, type); },
             .answers_json = settings_.answer.starts_with('{') || settings_.answer.starts_with('[')},
      handle_([this](HttpPost post) { return intake_.take(std::move(post)); }),
      intake_(std::move(context), device, counters_, limits.remembered_posts),
      memory_(limits.body_bytes),
      acceptor_(io_),
      pause_(io_),
      someone_ended_(io_, asio::steady_timer::time_point::max()) {
  for (const auto* word : {"refused_connections", "idle_closed", "accept_errors", "failures"})
    counters_[word];
}

asio::awaitable<Result<void>> AnprListener::open(Deadline) {
  co_await close();
  error_code error;
  const auto address = asio::ip::make_address(settings_.listen_host, error);
  if (error) {
    co_return fail(ErrorKind::kSettings, "'" + settings_.listen_host + "' is not an IP address to listen on");
  }
  rules_.guard = nullptr;
  if (!settings_.user.empty()) {
    const auto password = read_password(settings_.password_file);
    if (!password) co_return std::unexpected(password.error());
    guard_.emplace(clock_, settings_.user, *password, settings_.allow_basic);
    rules_.guard = &*guard_;
  }
  auto listening = listen(acceptor_, {address, settings_.listen_port});
  if (!listening) co_return listening;
  closing_ = false;
  intake_.outlet().begin_session();
  ++running_;
  asio::co_spawn(io_, accept_all(), [this](std::exception_ptr failure) { ended(failure); });
  co_return Result<void>{};
}

asio::awaitable<Result<void>> AnprListener::poll(Deadline) {
  if (!acceptor_.is_open()) co_return fail(ErrorKind::kDisconnected, "not listening");
  co_return Result<void>{};
}

asio::awaitable<void> AnprListener::close() {
  closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  for (const auto& connection : connections_) connection->close();
  while (running_ > 0) {
    co_await someone_ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

std::uint16_t AnprListener::port() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

asio::awaitable<void> AnprListener::accept_all() {
  int errors_in_a_row = 0;
  while (acceptor_.is_open()) {
    error_code error;
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (closing_) co_return;
    if (!error) {
      errors_in_a_row = 0;
      serve(std::move(socket));
      continue;
    }
    ++counters_["accept_errors"];
    if (++errors_in_a_row >= kMostAcceptErrors) break;
    pause_.expires_after(kAcceptPause);
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  error_code ignored;
  acceptor_.close(ignored);
}

void AnprListener::serve(tcp::socket socket) {
  error_code ignored;
  if (connections_.size() >= limits_.connections && !make_room()) {
    ++counters_["refused_connections"];
    static constexpr std::string_view kBusy =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\n"
        "Content-Length: 0\r\n\r\n";
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(kBusy), ignored);  // a fresh socket takes so little at once
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    return;
  }
  socket.set_option(tcp::no_delay(true), ignored);
  auto connection = std::make_shared<HttpConnection>(std::move(socket), rules_, handle_, memory_, counters_);
  connections_.push_back(connection);
  ++running_;
  asio::co_spawn(io_, connection->serve(), [this, connection](std::exception_ptr failure) {
    connections_.remove(connection);
    ended(failure);
  });
}

/// Closes the connection that has been idle for longest: who opens many and says nothing keeps no camera out.
bool AnprListener::make_room() {
  const auto longest = std::ranges::min_element(connections_, {}, [](const auto& connection) {
    return connection->idle_since().value_or(MonotonicTime::max());
  });
  const auto since = (*longest)->idle_since();
  if (!since || std::chrono::steady_clock::now() - *since < limits_.idle_grace) return false;
  ++counters_["idle_closed"];
  (*longest)->close();
  connections_.erase(longest);
  return true;
}

void AnprListener::ended(std::exception_ptr failure) {
  if (failure) {
    ++counters_["failures"];
    log::error("camera connection failed", {{"DEVICE", device_.name}});
  }
  --running_;
  someone_ended_.cancel();
}

}  // namespace exhaust::anpr
