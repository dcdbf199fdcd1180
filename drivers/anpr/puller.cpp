#include "drivers/anpr/puller.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/core/log.hpp"
#include "drivers/anpr/multipart.hpp"
#include "drivers/anpr/password.hpp"

namespace exhaust::anpr {

namespace {

/// An event whose pictures trickle in is given out after so many times `picture_wait`.
constexpr int kMostWaits = 10;

std::string request_text(const AnprSettings& settings, const std::string& authorization) {
  std::string text = "GET " + settings.path + " HTTP/1.1\r\nHost: " + settings.endpoint.host + ":" +
                     std::to_string(settings.endpoint.port) +
                     "\r\nUser-Agent: exhaustd\r\nAccept: multipart/*\r\n";
  if (!authorization.empty()) text += "Authorization: " + authorization + "\r\n";
  return text + "\r\n";
}

}  // namespace

AlertPuller::AlertPuller(DriverContext context, const DeviceSettings& device, std::size_t remembered)
    : io_(context.io),
      clock_(context.clock),
      device_(device),
      settings_(std::get<AnprSettings>(device.driver)),
      intake_(std::move(context), device, counters_, remembered),
      stream_(io_),
      ended_(io_, asio::steady_timer::time_point::max()) {
  for (const auto* word : {"challenges", "silent_streams", "large_parts", "wrong_lengths", "skipped_bytes",
                           "lone_pictures", "dropped_pictures", "late_pictures", "failures"}) {
    counters_[word];
  }
}

asio::awaitable<Result<void>> AlertPuller::open(Deadline deadline) {
  co_await close();
  intake_.outlet().begin_session();
  auto reply = co_await ask("", deadline);
  if (reply && reply->status == 401) reply = co_await ask_with_password(*reply, deadline);
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->status == 401 || reply->status == 403) {
    co_return fail(ErrorKind::kSettings,
                   "the camera refuses user and password, or asks for none that we know");
  }
  if (reply->status != 200) {
    co_return fail(ErrorKind::kRefusedByDevice,
                   "the camera answers " + std::to_string(reply->status) + " to " + settings_.path);
  }
  auto boundary = multipart::boundary_of(reply->content_type);
  if (!boundary) co_return fail(ErrorKind::kBadFrame, "the camera's stream: " + boundary.error().detail);
  broken_.reset();
  reading_ = true;
  heard_ = std::chrono::steady_clock::now();
  asio::co_spawn(io_, read_stream(std::move(*boundary)), [this](std::exception_ptr failure) {
    if (failure) {
      ++counters_["failures"];
      broken_ = Error{ErrorKind::kDisconnected, "reading the camera's stream failed"};
      log::error("camera stream failed", {{"DEVICE", device_.name}});
    }
    reading_ = false;
    ended_.cancel();
  });
  co_return Result<void>{};
}

/// What is told to the outlet has no credentials in it.
asio::awaitable<Result<HttpReply>> AlertPuller::ask(std::string authorization, Deadline deadline) {
  intake_.outlet().sent(as_bytes(request_text(settings_, "")));
  auto reply = co_await stream_.get(settings_.endpoint, request_text(settings_, authorization), deadline);
  if (reply) intake_.outlet().received(as_bytes(reply->header_text));
  co_return reply;
}

asio::awaitable<Result<HttpReply>> AlertPuller::ask_with_password(HttpReply challenge, Deadline deadline) {
  if (settings_.user.empty()) co_return challenge;
  const auto password = read_password(settings_.password_file);
  if (!password) co_return std::unexpected(password.error());
  http_auth::Client client(settings_.user, *password, settings_.allow_basic);
  Result<HttpReply> reply = std::move(challenge);
  for (int attempt = 0; attempt < 2; ++attempt) {  // the second for a nonce that grew stale meanwhile
    const auto authorization = client.answer(reply->challenges, "GET", settings_.path);
    if (!authorization) break;
    ++counters_["challenges"];
    reply = co_await ask(*authorization, deadline);
    if (!reply || reply->status != 401) break;
    const bool stale = std::ranges::any_of(reply->challenges, [](const std::string& text) {
      const auto header = http_auth::parse_header(text);
      return header && header->parameters.contains("stale") && header->parameters.at("stale") == "true";
    });
    if (!stale) break;
  }
  co_return reply;
}

asio::awaitable<Result<void>> AlertPuller::poll(Deadline) {
  if (broken_) co_return std::unexpected(*broken_);
  if (!reading_) co_return fail(ErrorKind::kDisconnected, "the camera's stream is not open");
  co_return Result<void>{};
}

asio::awaitable<void> AlertPuller::close() {
  stream_.close();
  boost::system::error_code ignored;
  while (reading_) co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> AlertPuller::read_stream(std::string boundary) {
  reader_.emplace(boundary, settings_.picture_limit_bytes, counters_);
  assembler_.emplace(settings_, counters_);
  while (!broken_) {
    const auto bytes = co_await stream_.read_some(next_deadline());
    if (bytes) {
      heard_ = std::chrono::steady_clock::now();
      reader_->feed(*bytes);
      take_parts();
    } else if (bytes.error().kind == ErrorKind::kTimeout) {
      timed_out();
    } else {
      broken_ = Error{ErrorKind::kDisconnected, bytes.error().detail};
    }
  }
  if (auto post = assembler_->finish()) hand_over(std::move(*post));
}

void AlertPuller::take_parts() {
  while (auto part = reader_->next()) {
    if (part->is_xml()) event_began_ = heard_;
    for (auto& post : assembler_->take(std::move(*part))) hand_over(std::move(post));
  }
}

void AlertPuller::hand_over(HttpPost post) {
  (void)intake_.take(std::move(post));
}

Deadline AlertPuller::next_deadline() const {
  const auto silent = heard_ + settings_.heartbeat_limit;
  if (!assembler_->is_waiting()) return silent;
  return std::min(
      {silent, heard_ + settings_.picture_wait, event_began_ + kMostWaits * settings_.picture_wait});
}

void AlertPuller::timed_out() {
  if (auto post = assembler_->finish()) {
    ++counters_["late_pictures"];
    hand_over(std::move(*post));
  }
  if (std::chrono::steady_clock::now() - heard_ < settings_.heartbeat_limit) return;
  ++counters_["silent_streams"];
  broken_ = Error{ErrorKind::kDisconnected,
                  "the camera has sent nothing, not even a heartbeat, for longer than heartbeat_limit"};
}

}  // namespace exhaust::anpr
