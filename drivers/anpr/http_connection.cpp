#include "drivers/anpr/http_connection.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <string_view>

namespace exhaust::anpr {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderLimit = 16 * 1024;
constexpr std::size_t kBufferLimit = 64 * 1024;
constexpr Duration kLingerTime = std::chrono::seconds{1};
constexpr std::size_t kLingerBytes = 64u << 20;

const char* counter_of(unsigned status) {
  switch (status) {
    case 404:
      return "wrong_path";
    case 405:
      return "wrong_method";
    case 408:
      return "slow_requests";
    case 411:
      return "no_length";
    case 413:
      return "too_large";
    case 415:
      return "wrong_content_type";
    case 431:
      return "large_headers";
    case 503:
      return "refused_memory";
    default:
      return "malformed";
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

struct HttpConnection::Request {
  explicit Request(MemoryBudget& memory) : share(memory) {}
  http::request_parser<http::string_body> parser;
  MemoryBudget::Share share;
  HttpAnswer verdict;
  error_code error;
};

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, const HttpRules& rules, const Handler& handle,
                               MemoryBudget& memory, Counters& counters)
    : socket_(std::move(socket)),
      rules_(rules),
      handle_(handle),
      memory_(memory),
      counters_(counters),
      watch_(std::make_shared<Watch>(socket_)),
      input_(kBufferLimit) {
  for (const auto* word :
       {"challenges", "wrong_password", "wrong_path", "wrong_method", "wrong_content_type", "no_length",
        "too_large", "large_headers", "slow_requests", "cut_requests", "refused_memory", "malformed"}) {
    counters_[word];
  }
}

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
  const bool begun = co_await wait_for_request();
  if (!begun) co_return false;
  Request request(memory_);
  watch_->set(rules_.request_time);
  co_await read_header(request);
  if (request.verdict.status == 200 || request.verdict.status == 401) co_await read_body(request);
  const bool timed_out = watch_->expired;
  watch_->take_off();
  if (closed_) co_return false;
  if (request.error && !timed_out) {
    const auto& error = request.error;
    const bool client_left = error == http::error::end_of_stream || error == http::error::partial_message ||
                             error.category() == boost::system::system_category();
    if (client_left) {
      ++counters_["cut_requests"];
      co_return false;
    }
  }
  const auto version = request.parser.get().version();
  const bool keep_alive = request.parser.is_done() && request.parser.get().keep_alive();
  if (request.verdict.status == 401 && keep_alive)
    co_return co_await answer(std::move(request.verdict), version, true);
  if (request.verdict.status != 200) co_return co_await refuse(request);
  HttpPost post{std::string(request.parser.get()[http::field::content_type]),
                std::move(request.parser.get().body())};
  co_return co_await answer(handle_(std::move(post)), version, keep_alive);
}

asio::awaitable<bool> HttpConnection::wait_for_request() {
  if (input_.size() > 0) co_return true;
  idle_since_ = std::chrono::steady_clock::now();
  watch_->set(rules_.idle_time);
  error_code error;
  const auto count = co_await socket_.async_read_some(input_.prepare(4096),
                                                      asio::redirect_error(asio::use_awaitable, error));
  input_.commit(count);
  watch_->take_off();
  idle_since_.reset();
  co_return !error;
}

asio::awaitable<void> HttpConnection::read_header(Request& request) {
  request.parser.header_limit(kHeaderLimit);
  request.parser.body_limit(rules_.body_limit_bytes);
  co_await http::async_read_header(socket_, input_, request.parser,
                                   asio::redirect_error(asio::use_awaitable, request.error));
  request.verdict = request.error ? verdict_of(request.error) : judge_header(request);
}

/// The cheapest reasons first. Who is not let in learns nothing of the rest.
HttpAnswer HttpConnection::judge_header(Request& request) {
  const auto& header = request.parser.get();
  const std::string_view target = header.target();
  if (target.substr(0, target.find('?')) != rules_.path) return {404, "Events are taken elsewhere."};
  if (header.method() != http::verb::post) return {405, "Events are taken by POST."};
  if (rules_.guard != nullptr) {
    using Verdict = http_auth::Guard::Verdict;
    const auto verdict =
        rules_.guard->check(std::string_view(header[http::field::authorization]), "POST", target);
    if (verdict != Verdict::kAllowed) {
      ++counters_[verdict == Verdict::kWrong ? "wrong_password" : "challenges"];
      return {401, "Who are you?", rules_.guard->challenges(verdict == Verdict::kStale)};
    }
  }
  if (!rules_.takes(std::string_view(header[http::field::content_type]))) {
    return {415, "The Content-Type is not one of an event."};
  }
  if (!request.parser.content_length() && !request.parser.chunked())
    return {411, "The length of the body is missing."};
  return {200, ""};
}

/// The body of a request that is challenged is read and thrown away: the client sends it again on this
/// connection.
asio::awaitable<void> HttpConnection::read_body(Request& request) {
  auto& [parser, share, verdict, error] = request;
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    if (verdict.status != 200) co_return;
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(socket_, asio::buffer(kContinue),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  while (!error && !parser.is_done()) {
    co_await http::async_read_some(socket_, input_, parser, asio::redirect_error(asio::use_awaitable, error));
    if (verdict.status == 401) {
      parser.get().body().clear();
    } else if (!share.grow_to(parser.get().body().size())) {
      verdict = {503, "Too much is being posted at once."};
      co_return;
    }
  }
  if (error) verdict = verdict_of(error);
}

HttpAnswer HttpConnection::verdict_of(const error_code& error) const {
  if (error == http::error::body_limit) return {413, "The body is too large."};
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return {431, "The header is too large."};
  if (watch_->expired) return {408, "The request took too long."};
  return {400, "The request is not well-formed HTTP."};
}

asio::awaitable<bool> HttpConnection::refuse(Request& request) {
  if (request.verdict.status != 401) ++counters_[counter_of(request.verdict.status)];
  co_await answer(std::move(request.verdict), 11, false);
  co_await linger();
  co_return false;
}

asio::awaitable<bool> HttpConnection::answer(HttpAnswer answer, unsigned version, bool keep_alive) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), version};
  const bool json = rules_.answers_json && answer.status == 200;
  response.set(http::field::content_type, json ? "application/json" : "text/plain; charset=utf-8");
  if (answer.status == 405) response.set(http::field::allow, "POST");
  if (answer.status == 503) response.set(http::field::retry_after, "1");
  for (const auto& challenge : answer.challenges) response.insert(http::field::www_authenticate, challenge);
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

}  // namespace exhaust::anpr
