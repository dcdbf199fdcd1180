#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/dynamic_body.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/line/byte_line.hpp"

namespace exhaust::anpr {

struct HttpReply {
  unsigned status = 0;
  std::string content_type;
  std::vector<std::string> challenges;  ///< WWW-Authenticate of a 401
  std::string header_text;              ///< as it came
};

/// The answer to a GET, as bytes. Pure: for `HttpStream` and the fuzzer. Holds a header of at most 16 KiB and
/// what was fed since the last `take_body`.
class ReplyReader {
 public:
  ReplyReader();
  /// Error: kBadFrame; the reader is then of no further use.
  Result<void> feed(std::string_view bytes);
  bool has_header() const { return parser_.is_header_done(); }
  bool is_done() const { return parser_.is_done(); }
  /// REQUIRES: has_header().
  HttpReply reply() const;
  /// The bytes of the body that came since the last call, without the marks of a chunked one.
  std::string take_body();

 private:
  /// Not a string_body: that takes memory for the length that a header announces, whatever it is.
  boost::beast::http::response_parser<boost::beast::http::dynamic_body> parser_;
  std::string waiting_;
  std::string header_text_;
};

/// One GET whose answer does not end. Threading: the io thread; closed before destruction.
class HttpStream {
 public:
  explicit HttpStream(asio::io_context& io) : line_(io) {}

  /// Asks on a fresh connection; `request` is the whole request. Errors: kTimeout, kDisconnected, kBadFrame.
  asio::awaitable<Result<HttpReply>> get(Endpoint endpoint, std::string request, Deadline deadline);
  /// What arrives of the body before `deadline`; may be empty. Errors: kTimeout, kDisconnected (also when it
  /// ends), kBadFrame.
  asio::awaitable<Result<std::string>> read_some(Deadline deadline);
  void close() { line_.close(); }

 private:
  ByteLine line_;
  std::optional<ReplyReader> reader_;
};

}  // namespace exhaust::anpr
