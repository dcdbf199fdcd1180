#include "drivers/simulator/camera_stream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>

#include "drivers/anpr/http_auth.hpp"
#include "drivers/simulator/isapi_event.hpp"
#include "drivers/simulator/pictures.hpp"

namespace exhaust::simulator {

namespace {

namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
const std::string kBoundary = "boundary";

void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

struct CameraStream::Client {
  explicit Client(tcp::socket accepted) : socket(std::move(accepted)), wake(socket.get_executor()) {}
  tcp::socket socket;
  asio::steady_timer wake;  ///< cancelled when there is something to send
  std::string unsent;
  bool streams = false;
  bool half_open = false;  ///< nothing is said to it any more
  MonotonicTime held_until{};
};

CameraStream::CameraStream(asio::io_context& io, CameraStreamSettings settings)
    : io_(io), settings_(std::move(settings)), acceptor_(io, settings_.listen, true) {
  if (!settings_.user.empty()) {
    guard_ = std::make_unique<anpr::http_auth::Guard>(clock_, settings_.user, settings_.password, false,
                                                      "IP Camera");
  }
  asio::co_spawn(io_, accept_all(), rethrow);
}

CameraStream::~CameraStream() = default;

void CameraStream::fails_by(FaultSchedule& schedule, std::function<double()> now_s) {
  schedule_ = &schedule;
  now_s_ = std::move(now_s);
}

void CameraStream::show(const Passing& passing) {
  if (hangs_) return;
  const auto strike = schedule_ != nullptr ? schedule_->strike("camera-1", kStreamFaults, now_s_()) : std::nullopt;
  const auto* fault = strike ? strike->fault : nullptr;
  if (fault != nullptr && fault->kind == FaultKind::kSilence) return;
  const auto off_by = fault != nullptr ? fault->off_by : Duration{};  // of a clock alone
  auto xml = event_xml(passing, make_uuid(), clock_.wall() + std::chrono::duration_cast<std::chrono::microseconds>(off_by));
  if (settings_.gbk) xml = in_gbk(std::move(xml));
  const auto parts = stream_parts(xml, plate_picture(passing.vehicle), scene_picture(passing), kBoundary);
  if (clients() == 0) ++counters_.unheard;
  for (const auto& client : clients_) {
    if (!client->streams) continue;
    if (client->unsent.size() + parts.size() > kMostUnsent) {
      ++counters_.dropped;
      continue;
    }
    send(*client, parts, fault);
  }
}

void CameraStream::send(Client& client, const std::string& parts, const Fault* fault) {
  const auto kind = fault != nullptr ? std::optional(fault->kind) : std::nullopt;
  client.wake.cancel();
  if (kind == FaultKind::kReset) {
    boost::system::error_code ignored;
    client.socket.set_option(tcp::socket::linger(true, 0), ignored);
    client.socket.close(ignored);
    return;
  }
  client.half_open |= kind == FaultKind::kHalfOpen;
  if (client.half_open) return;
  ++counters_.sent;
  client.unsent += parts;
  if (kind == FaultKind::kDoublePost) client.unsent += parts;
  if (kind == FaultKind::kDelay) client.held_until = clock_.monotonic() + fault->delay;
}

void CameraStream::drop_clients() {
  for (const auto& client : clients_) {
    boost::system::error_code ignored;
    client->socket.close(ignored);
    client->wake.cancel();
  }
}

std::size_t CameraStream::clients() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients_, [](const auto& client) { return client->streams; }));
}

asio::awaitable<void> CameraStream::accept_all() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(kAsTuple);
    if (error || clients_.size() >= kMostClients) continue;
    auto client = std::make_shared<Client>(std::move(socket));
    clients_.push_back(client);
    asio::co_spawn(io_, serve(client), [this, client](std::exception_ptr failure) {
      clients_.remove(client);
      rethrow(failure);
    });
  }
}

asio::awaitable<void> CameraStream::serve(std::shared_ptr<Client> client) {
  boost::beast::flat_buffer buffer(16 * 1024);
  for (bool more = true; more;) {
    http::request<http::empty_body> request;
    const auto [error, bytes] = co_await http::async_read(client->socket, buffer, request, kAsTuple);
    if (error) co_return;
    http::response<http::string_body> answer{http::status::not_found, request.version()};
    if (std::string_view(request.target()) == settings_.path) {
      using Verdict = anpr::http_auth::Guard::Verdict;
      const auto verdict = guard_ == nullptr
                               ? Verdict::kAllowed
                               : guard_->check(std::string_view(request[http::field::authorization]),
                                               std::string_view(request.method_string()), settings_.path);
      if (verdict == Verdict::kAllowed) {
        co_await stream_to(client);
        co_return;
      }
      ++counters_.challenged;
      answer.result(http::status::unauthorized);
      for (const auto& challenge : guard_->challenges(verdict == Verdict::kStale)) {
        answer.insert(http::field::www_authenticate, challenge);
      }
    }
    answer.keep_alive(request.keep_alive());
    answer.prepare_payload();
    const auto [write_error, written] = co_await http::async_write(client->socket, answer, kAsTuple);
    more = !write_error && answer.keep_alive();
  }
}

asio::awaitable<void> CameraStream::stream_to(std::shared_ptr<Client> client) {
  client->unsent =
      "HTTP/1.1 200 OK\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=" + kBoundary +
      "\r\n\r\n" + heartbeat_part(clock_.wall(), kBoundary);
  client->streams = true;
  while (client->socket.is_open()) {
    if (client->half_open) {  // silent, until the other end gives up
      std::array<char, 256> unread;
      const auto [gone, count] = co_await client->socket.async_read_some(asio::buffer(unread), kAsTuple);
      if (gone) break;
      continue;
    }
    if (client->held_until > clock_.monotonic()) {
      client->wake.expires_at(client->held_until);
      [[maybe_unused]] const auto [more] = co_await client->wake.async_wait(kAsTuple);
      continue;
    }
    const auto sending = std::exchange(client->unsent, {});
    const auto [error, written] = co_await asio::async_write(client->socket, asio::buffer(sending), kAsTuple);
    if (error) break;
    if (!client->unsent.empty()) continue;
    client->wake.expires_after(settings_.heartbeat);
    const auto [cancelled] = co_await client->wake.async_wait(kAsTuple);
    if (!cancelled && !hangs_ && !client->half_open) client->unsent += heartbeat_part(clock_.wall(), kBoundary);
  }
  client->streams = false;
}

}  // namespace exhaust::simulator
