#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "drivers/driver.hpp"

namespace exhaust {

/// What a connection accepts, and how long it waits.
struct HttpRules {
  std::string path;
  std::size_t body_limit_bytes = 0;
  Duration request_time{std::chrono::seconds{10}};  ///< for one request, and for its answer
  Duration idle_time{std::chrono::minutes{5}};      ///< between two requests
};

struct HttpPost {
  std::string content_type;
  std::string body;
};

struct HttpAnswer {
  unsigned status = 200;
  std::string sentence;
};

/// One client of the listener: POST requests, one after the other. Everything it holds is bounded by the
/// rules.
///
/// Threading: the io thread. `rules`, `handle` and `counters` outlive `serve`.
class HttpConnection {
 public:
  using Handler = std::function<HttpAnswer(const HttpPost&)>;

  HttpConnection(asio::ip::tcp::socket socket, const HttpRules& rules, const Handler& handle,
                 Counters& counters);

  /// Answers requests until the client leaves, breaks a rule, or `close`. Does not throw for what a client
  /// does.
  asio::awaitable<void> serve();
  /// `serve` ends soon after, without delivering more.
  void close();

 private:
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> answer(HttpAnswer answer, unsigned version, bool keep_alive);
  asio::awaitable<void> linger();
  HttpAnswer too_slow_or_malformed();

  struct Watch;
  struct Buffers;

  asio::ip::tcp::socket socket_;
  const HttpRules& rules_;
  const Handler& handle_;
  Counters& counters_;
  std::shared_ptr<Watch> watch_;
  std::shared_ptr<Buffers> buffers_;
  bool closed_ = false;
};

}  // namespace exhaust
