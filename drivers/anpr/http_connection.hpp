#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/anpr/http_auth.hpp"
#include "drivers/anpr/http_post.hpp"
#include "drivers/driver.hpp"

namespace exhaust::anpr {

/// Bytes of bodies that all connections together may hold.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t limit) : left_(limit) {}
  /// A part of the budget, given back at its end.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(budget) {}
    ~Share() { budget_.left_ += held_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    /// False: there is no more.
    bool grow_to(std::size_t bytes) {
      if (bytes <= held_) return true;
      if (bytes - held_ > budget_.left_) return false;
      budget_.left_ -= bytes - held_;
      held_ = bytes;
      return true;
    }

   private:
    MemoryBudget& budget_;
    std::size_t held_ = 0;
  };

 private:
  std::size_t left_;
};

/// What a connection accepts, and how long it waits.
struct HttpRules {
  std::string path;
  std::size_t body_limit_bytes = 0;
  Duration request_time{std::chrono::seconds{10}};  ///< for one request, and for its answer
  Duration idle_time{std::chrono::minutes{5}};      ///< between two requests
  std::function<bool(std::string_view content_type)> takes;
  http_auth::Guard* guard = nullptr;  ///< nullptr: everybody may post
  bool answers_json = false;          ///< what is said after an event was taken is JSON
};

/// One client of the listener: POST requests, one after the other. Everything it holds is bounded by the
/// rules and by `memory`.
///
/// Counters: challenges, wrong_password, wrong_path, wrong_method, wrong_content_type, no_length, too_large,
/// large_headers, slow_requests, cut_requests, refused_memory, malformed.
///
/// Threading: the io thread. `rules`, `handle`, `memory` and `counters` outlive `serve`.
class HttpConnection {
 public:
  using Handler = std::function<HttpAnswer(HttpPost)>;

  HttpConnection(asio::ip::tcp::socket socket, const HttpRules& rules, const Handler& handle,
                 MemoryBudget& memory, Counters& counters);

  /// Answers requests until the client leaves, breaks a rule, or `close`. Does not throw for what a client
  /// does.
  asio::awaitable<void> serve();
  /// `serve` ends soon after, without delivering more.
  void close();
  /// Since when it waits for a request that has not begun; absent while it serves one.
  std::optional<MonotonicTime> idle_since() const { return idle_since_; }

 private:
  struct Watch;
  struct Request;

  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> wait_for_request();
  asio::awaitable<void> read_header(Request& request);
  asio::awaitable<void> read_body(Request& request);
  asio::awaitable<bool> refuse(Request& request);
  asio::awaitable<bool> answer(HttpAnswer answer, unsigned version, bool keep_alive);
  asio::awaitable<void> linger();
  HttpAnswer judge_header(Request& request);
  HttpAnswer verdict_of(const boost::system::error_code& error) const;

  asio::ip::tcp::socket socket_;
  const HttpRules& rules_;
  const Handler& handle_;
  MemoryBudget& memory_;
  Counters& counters_;
  std::shared_ptr<Watch> watch_;
  boost::beast::flat_buffer input_;
  std::optional<MonotonicTime> idle_since_;
  bool closed_ = false;
};

}  // namespace exhaust::anpr
