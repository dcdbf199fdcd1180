#include "drivers/anpr/http_connection.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <string_view>

namespace exhaust {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::size_t kBufferLimit = 64 * 1024;
constexpr Duration kLingerTime = std::chrono::seconds{1};
constexpr std::size_t kLingerBytes = 64u << 20;

HttpAnswer check_header(const http::request_parser<http::string_body>& parser, const HttpRules& rules) {
  const auto& request = parser.get();
  const std::string_view target = request.target();
  if (target.substr(0, target.find('?')) != rules.path) return {404, "Events are taken elsewhere."};
  if (request.method() != http::verb::post) return {405, "Events are taken by POST."};
  if (!parser.content_length() && !parser.chunked()) return {411, "The length of the body is missing."};
  if (parser.content_length().value_or(0) > rules.body_limit_bytes) return {413, "The body is too large."};
  return {200, ""};
}

const char* counter_of(unsigned status) {
  switch (status) {
    case 404: return "wrong_path";
    case 405: return "wrong_method";
    case 408: return "slow_requests";
    case 411: return "no_length";
    case 413: return "too_large";
    default: return "malformed";
  }
}

}  // namespace

/// Ends an operation on the socket that takes too long. A cancel may fall between two steps of a composed
/// operation, where it finds nothing to cancel; so it is repeated until the watch is taken off.
struct HttpConnection::Watch : std::enable_shared_from_this<Watch> {
  Watch(asio::ip::tcp::socket& watched) : socket(watched), timer(watched.get_executor()) {}

  void set(Duration time) {
    expired = false;
    on = true;
    arm(time);
  }
  void take_off() {
    on = false;
    timer.cancel();
  }
  void arm(Duration time) {
    timer.expires_after(time);
    timer.async_wait([self = weak_from_this()](error_code error) {
      const auto watch = self.lock();
      if (error || !watch || !watch->on || watch->timer.expiry() > std::chrono::steady_clock::now()) return;
      watch->expired = true;
      error_code ignored;
      watch->socket.cancel(ignored);
      watch->arm(std::chrono::milliseconds{100});
    });
  }

  asio::ip::tcp::socket& socket;
  asio::steady_timer timer;
  bool on = false;
  bool expired = false;
};

struct HttpConnection::Buffers {
  beast::flat_buffer input{kBufferLimit};
};

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, const HttpRules& rules, const Handler& handle,
                               Counters& counters)
    : socket_(std::move(socket)),
      rules_(rules),
      handle_(handle),
      counters_(counters),
      watch_(std::make_shared<Watch>(socket_)),
      buffers_(std::make_shared<Buffers>()) {}

void HttpConnection::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> HttpConnection::serve() {
  bool more = true;
  while (more && !closed_) more = co_await serve_one();
  watch_->take_off();
  error_code ignored;
  socket_.close(ignored);
}

/// True: the client may send another request.
asio::awaitable<bool> HttpConnection::serve_one() {
  auto& input = buffers_->input;
  error_code error;
  if (input.size() == 0) {
    watch_->set(rules_.idle_time);
    const auto count = co_await socket_.async_read_some(input.prepare(4096),
                                                        asio::redirect_error(asio::use_awaitable, error));
    input.commit(count);
    watch_->take_off();
    if (error) co_return false;
  }

  http::request_parser<http::string_body> parser;
  parser.header_limit(kHeaderLimit);
  parser.body_limit(rules_.body_limit_bytes);
  watch_->set(rules_.request_time);
  co_await http::async_read_header(socket_, input, parser, asio::redirect_error(asio::use_awaitable, error));
  HttpAnswer verdict;
  if (error == http::error::body_limit) {
    verdict = {413, "The body is too large."};  // Beast looks at Content-Length while it reads the header
  } else if (error) {
    verdict = too_slow_or_malformed();
  } else {
    verdict = check_header(parser, rules_);
  }
  if (verdict.status == 200 && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(kContinue),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  if (verdict.status == 200) {
    co_await http::async_read(socket_, input, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::body_limit) verdict = {413, "The body is too large."};
    else if (error) verdict = too_slow_or_malformed();
  }
  const bool client_left = error == http::error::end_of_stream || error == http::error::partial_message ||
                           (error && error.category() == boost::system::system_category());
  const bool timed_out = watch_->expired;
  watch_->take_off();
  if (closed_) co_return false;
  if (verdict.status != 200) {
    const bool cut = client_left && !timed_out;
    ++counters_[cut ? "cut_requests" : counter_of(verdict.status)];
    if (cut) co_return false;
    co_await answer(std::move(verdict), 11, false);
    co_await linger();
    co_return false;
  }

  const auto version = parser.get().version();
  const bool keep_alive = parser.get().keep_alive();
  HttpPost post{std::string(parser.get()[http::field::content_type]), std::move(parser.get().body())};
  co_return co_await answer(handle_(post), version, keep_alive);
}

HttpAnswer HttpConnection::too_slow_or_malformed() {
  if (watch_->expired) return {408, "The request took too long."};
  return {400, "The request is not well-formed HTTP."};
}

asio::awaitable<bool> HttpConnection::answer(HttpAnswer answer, unsigned version, bool keep_alive) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), version};
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (answer.status == 405) response.set(http::field::allow, "POST");
  response.keep_alive(keep_alive);
  response.body() = std::move(answer.sentence);
  response.prepare_payload();
  error_code error;
  watch_->set(rules_.request_time);
  co_await http::async_write(socket_, response, asio::redirect_error(asio::use_awaitable, error));
  watch_->take_off();
  co_return !error && response.keep_alive();
}

/// Reads on for a moment after a refusal: closing over unread bytes would take the answer back (RFC 9112
/// 9.6).
asio::awaitable<void> HttpConnection::linger() {
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  std::array<char, 16 * 1024> unread;
  std::size_t total = 0;
  watch_->set(kLingerTime);
  while (!error && total < kLingerBytes && !watch_->expired) {
    total += co_await socket_.async_read_some(asio::buffer(unread),
                                              asio::redirect_error(asio::use_awaitable, error));
  }
  watch_->take_off();
}

}  // namespace exhaust
