#include "drivers/anpr/http_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/error.hpp>

namespace exhaust::anpr {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t kHeaderLimit = 16 * 1024;

}  // namespace

ReplyReader::ReplyReader() {
  parser_.header_limit(kHeaderLimit);
  parser_.body_limit(boost::none);
  parser_.eager(true);
}

Result<void> ReplyReader::feed(std::string_view bytes) {
  waiting_ += bytes;
  if (!has_header()) header_text_ += bytes;
  while (!waiting_.empty() && !parser_.is_done()) {
    boost::system::error_code error;
    const auto used = parser_.put(boost::asio::buffer(waiting_), error);
    waiting_.erase(0, used);
    if (error == http::error::need_more) break;
    if (error) return fail(ErrorKind::kBadFrame, "the answer is not well-formed HTTP: " + error.message());
    if (used == 0) break;
  }
  // Neither a chunk's mark nor a header needs more.
  if (waiting_.size() > 2 * kHeaderLimit)
    return fail(ErrorKind::kBadFrame, "the answer is not well-formed HTTP");
  return {};
}

std::string ReplyReader::take_body() {
  auto& body = parser_.get().body();
  auto text = boost::beast::buffers_to_string(body.data());
  body.consume(body.size());
  return text;
}

HttpReply ReplyReader::reply() const {
  const auto& header = parser_.get();
  HttpReply reply{header.result_int(), std::string(header[http::field::content_type]), {}, {}};
  const auto [first, last] = header.equal_range(http::field::www_authenticate);
  for (auto field = first; field != last; ++field) reply.challenges.emplace_back(field->value());
  reply.header_text = header_text_.substr(0, header_text_.find("\r\n\r\n"));
  return reply;
}

asio::awaitable<Result<HttpReply>> HttpStream::get(Endpoint endpoint, std::string request,
                                                   Deadline deadline) {
  reader_.emplace();
  const auto opened = co_await line_.open(endpoint, deadline);
  if (!opened) co_return std::unexpected(opened.error());
  const auto written = co_await line_.write(std::move(request), deadline);
  if (!written) co_return std::unexpected(written.error());
  while (!reader_->has_header()) {
    std::string bytes;
    const auto read = co_await line_.read_some(bytes, deadline);
    if (!read) co_return std::unexpected(read.error());
    const auto fed = reader_->feed(bytes);
    if (!fed) co_return std::unexpected(fed.error());
  }
  co_return reader_->reply();
}

asio::awaitable<Result<std::string>> HttpStream::read_some(Deadline deadline) {
  auto body = reader_->take_body();
  if (!body.empty()) co_return body;
  if (reader_->is_done()) co_return fail(ErrorKind::kDisconnected, "the camera ended its stream");
  std::string bytes;
  const auto read = co_await line_.read_some(bytes, deadline);
  if (!read) co_return std::unexpected(read.error());
  const auto fed = reader_->feed(bytes);
  if (!fed) co_return std::unexpected(fed.error());
  co_return reader_->take_body();
}

}  // namespace exhaust::anpr
