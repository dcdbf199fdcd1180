#include "drivers/anpr/listener.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <string_view>

#include "daemon/core/digest.hpp"
#include "daemon/core/log.hpp"

namespace exhaust {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kMostAcceptErrors = 10;  ///< in a row: then the listener is broken
constexpr Duration kAcceptPause = std::chrono::milliseconds{100};
constexpr Lane kMostLanes = 99;  ///< a larger number is not a lane

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

/// What a repeated post has in common with the first; empty when the event has nothing to recognise it by.
std::string identity_of(const isapi::PlateEvent& event) {
  if (!event.uuid.empty() || event.date_time.empty()) return event.uuid;
  return event.plate + '\n' + event.date_time + '\n' + event.line;
}

}  // namespace

AnprListener::AnprListener(DriverContext context, const DeviceSettings& device, AnprLimits limits)
    : context_(std::move(context)),
      device_(device),
      settings_(std::get<AnprSettings>(device.driver)),
      limits_(limits),
      rules_{.path = settings_.path,
             .body_limit_bytes = settings_.body_limit_bytes,
             .request_time = limits.request_time,
             .idle_time = limits.idle_time},
      handle_([this](const HttpPost& post) { return take(post); }),
      acceptor_(context_.io),
      pause_(context_.io),
      someone_ended_(context_.io, asio::steady_timer::time_point::max()) {}

asio::awaitable<Result<void>> AnprListener::open(Deadline) {
  co_await close();
  error_code error;
  const auto address = asio::ip::make_address(settings_.listen_host, error);
  if (error) {
    co_return fail(ErrorKind::kSettings,
                   "'" + settings_.listen_host + "' is not an IP address to listen on");
  }
  auto listening = listen(acceptor_, {address, settings_.listen_port});
  if (!listening) co_return listening;
  closing_ = false;
  ++session_;
  ++running_;
  asio::co_spawn(context_.io, accept_all(), [this](std::exception_ptr failure) { ended(failure); });
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
  if (connections_.size() >= limits_.connections) {
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
  auto connection = std::make_shared<HttpConnection>(std::move(socket), rules_, handle_, counters_);
  connections_.push_back(connection);
  ++running_;
  asio::co_spawn(context_.io, connection->serve(), [this, connection](std::exception_ptr failure) {
    connections_.remove(connection);
    ended(failure);
  });
}

void AnprListener::ended(std::exception_ptr failure) {
  if (failure) {
    ++counters_["failures"];
    log::error("camera connection failed", {{"DEVICE", device_.name}});
  }
  --running_;
  someone_ended_.cancel();
}

HttpAnswer AnprListener::take(const HttpPost& post) {
  ++counters_["posts"];
  const auto decoded = isapi::decode_post(post.content_type, post.body, settings_.count_element);
  if (!decoded && decoded.error().kind == ErrorKind::kRefused) {
    ++counters_["other_events"];  // heartbeats and the like: the camera must not repeat them
    return {200, "Not a plate."};
  }
  if (!decoded) {
    ++counters_["malformed"];
    log::debug("camera post is malformed", {{"DEVICE", device_.name}, {"ERROR", decoded.error().detail}});
    return {400, decoded.error().detail + "."};
  }
  counters_["unknown_parts"] += decoded->unknown_parts;
  auto identity = identity_of(decoded->event);
  if (std::ranges::find(seen_, identity) != seen_.end()) {
    ++counters_["double_posts"];
    return {200, "Already taken."};
  }
  deliver(*decoded, post.body);
  if (!identity.empty()) seen_.push_back(std::move(identity));
  if (seen_.size() > limits_.remembered_posts) seen_.pop_front();
  return {200, "Taken."};
}

void AnprListener::deliver(const isapi::Post& post, const std::string& body) {
  const auto& event = post.event;
  PlateReading plate{.raw_text = event.plate,
                     .color = isapi::color_of(event.color, settings_.color_words),
                     .confidence = event.confidence,
                     .event_id = event.uuid,
                     .pictures = {}};
  for (const auto& [name, jpeg] : post.pictures) {
    plate.pictures.push_back({name, std::make_shared<const std::string>(jpeg)});
  }
  if (!event.time) ++counters_["no_device_time"];
  ++counters_["readings"];
  context_.deliver(Reading{.device = device_.name,
                           .lane = lane_of(event.line),
                           .delivered = context_.clock.monotonic(),
                           .device_time = event.time,
                           .count = settings_.count == CountSource::kShared ? event.count : std::nullopt,
                           .session = session_,
                           .frame_sha256 = sha256(as_bytes(body)),
                           .body = std::move(plate)});
}

Lane AnprListener::lane_of(const std::string& line) const {
  if (const auto found = settings_.lane_of_line.find(line); found != settings_.lane_of_line.end()) {
    return found->second;
  }
  Lane said = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), said);
  const bool is_number = error == std::errc{} && end == line.data() + line.size();
  return is_number && said >= 1 && said <= kMostLanes ? said : device_.lane;
}

std::unique_ptr<Driver> make_anpr_driver(DriverContext context, const DeviceSettings& device) {
  return std::make_unique<AnprListener>(std::move(context), device);
}

}  // namespace exhaust
