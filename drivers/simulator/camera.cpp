#include "drivers/simulator/camera.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <exception>

#include "drivers/anpr/http_auth.hpp"
#include "drivers/simulator/isapi_event.hpp"
#include "drivers/simulator/pictures.hpp"

namespace exhaust::simulator {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kAsTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxAnswer = 64 * 1024;
const std::string kBoundary = "----exhaust-sim-0d7c5a1e94b24f6c";

}  // namespace

Result<CameraTarget> parse_camera_target(std::string_view url) {
  const auto bad = [&] {
    return fail(ErrorKind::kSettings,
                "'" + std::string(url) + "' is not an address like http://127.0.0.1:8123/anpr (numeric, with a port)");
  };
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return bad();
  const auto rest = url.substr(kScheme.size());
  const auto authority = rest.substr(0, rest.find('/'));
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) return bad();
  const auto host = authority.substr(0, colon);
  const auto port_text = authority.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, parse_error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (parse_error != std::errc{} || end != port_text.data() + port_text.size() || port == 0) return bad();
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : std::string(host), error);
  if (error) return bad();
  auto path = std::string(rest.substr(authority.size()));
  return CameraTarget{{address, port}, path.empty() ? "/" : std::move(path)};
}

struct Camera::LaneQueue {
  LaneQueue(asio::io_context& io, const CameraHabits& habits)
      : stream(io), wake(io, asio::steady_timer::time_point::max()), client(habits.user, habits.password, false) {}
  std::deque<Passing> waiting;
  bool busy = false;
  bool connected = false;
  beast::tcp_stream stream;
  asio::steady_timer wake;  ///< cancelled when something is queued
  anpr::http_auth::Client client;
  std::vector<std::string> challenges;  ///< of the last 401
};

Camera::Camera(asio::io_context& io, CameraTarget target, Lane lanes, Duration retry_after, CameraHabits habits)
    : io_(io), target_(std::move(target)),
      host_(target_.endpoint.address().to_string() + ":" + std::to_string(target_.endpoint.port())),
      retry_after_(retry_after), habits_(std::move(habits)) {
  for (Lane lane = 1; lane <= lanes; ++lane) {
    auto& queue = *lanes_.emplace_back(std::make_unique<LaneQueue>(io, habits_));
    asio::co_spawn(io, post_forever(queue), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
}

Camera::~Camera() = default;

void Camera::fails_by(FaultSchedule& schedule, std::function<double()> now_s) {
  schedule_ = &schedule;
  now_s_ = std::move(now_s);
}

std::optional<Strike> Camera::strike(Lane lane, std::span<const FaultKind> kinds) {
  if (schedule_ == nullptr) return std::nullopt;
  return schedule_->strike("camera-" + std::to_string(lane), kinds, now_s_());
}

void Camera::post(const Passing& passing) {
  auto& lane = *lanes_.at(passing.lane - 1);
  if (lane.waiting.size() >= kMaxQueued) {
    ++counters_.overflowed;
    return;
  }
  lane.waiting.push_back(passing);
  lane.wake.cancel();
}

bool Camera::idle() const {
  for (const auto& lane : lanes_) {
    if (lane->busy || !lane->waiting.empty()) return false;
  }
  return true;
}

asio::awaitable<bool> Camera::somebody_listens() {
  beast::tcp_stream stream(io_);
  stream.expires_after(std::chrono::seconds{1});
  const auto [error] = co_await stream.async_connect(target_.endpoint, kAsTuple);
  co_return !error;
}

asio::awaitable<void> Camera::post_forever(LaneQueue& lane) {
  for (;;) {
    while (lane.waiting.empty()) {
      [[maybe_unused]] const auto [cancelled] = co_await lane.wake.async_wait(kAsTuple);
    }
    lane.busy = true;
    auto passing = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    co_await post_one(lane, std::move(passing));
    lane.busy = false;
  }
}

asio::awaitable<void> Camera::post_one(LaneQueue& lane, Passing passing) {
  static constexpr FaultKind kBefore[] = {FaultKind::kSilence, FaultKind::kDelay};
  static constexpr FaultKind kClock[] = {FaultKind::kClock};
  static constexpr FaultKind kAfter[] = {FaultKind::kDoublePost};
  const auto before = strike(passing.lane, kBefore);
  if (before && before->fault->kind == FaultKind::kSilence) co_return;
  if (before) {
    asio::steady_timer pause(io_, before->fault->delay);
    [[maybe_unused]] const auto [waited] = co_await pause.async_wait(kAsTuple);
  }
  const auto clock = strike(passing.lane, kClock);
  const auto off_by = std::chrono::duration_cast<std::chrono::microseconds>(clock ? clock->fault->off_by : Duration::zero());
  const auto body = body_of(passing, SystemClock().wall() + off_by);
  const bool accepted = co_await send_event(lane, body);
  ++(accepted ? counters_.accepted : counters_.lost);
  if (accepted && (habits_.posts_twice || strike(passing.lane, kAfter))) {
    const bool again = co_await try_post(lane, body);
    if (again) ++counters_.doubled;
  }
}

std::string Camera::body_of(const Passing& passing, WallTime now) const {
  const auto plate = plate_picture(passing.vehicle), scene = scene_picture(passing);
  if (habits_.format == CameraHabits::Format::kJson) return event_json(passing, make_uuid(), now, plate, scene);
  auto xml = event_xml(passing, make_uuid(), now);
  if (habits_.format == CameraHabits::Format::kIsapiGbk) xml = in_gbk(std::move(xml));
  return multipart_body(xml, plate, scene, kBoundary);
}

/// Once, and once more on a fresh connection.
asio::awaitable<bool> Camera::send_event(LaneQueue& lane, const std::string& body) {
  bool accepted = co_await try_post(lane, body);
  // The first post without credentials is only there to be challenged, as with the real cameras.
  if (!accepted && !lane.challenges.empty()) accepted = co_await try_post(lane, body);
  if (accepted) co_return true;
  ++counters_.retried;
  asio::steady_timer pause(io_, retry_after_);
  [[maybe_unused]] const auto [waited] = co_await pause.async_wait(kAsTuple);
  accepted = co_await try_post(lane, body);
  co_return accepted;
}

asio::awaitable<bool> Camera::try_post(LaneQueue& lane, const std::string& body) {
  lane.stream.expires_after(kDeadline);
  if (!lane.connected) {
    const auto [error] = co_await lane.stream.async_connect(target_.endpoint, kAsTuple);
    if (error) {
      lane.stream.close();
      co_return false;
    }
    lane.connected = true;
  }
  http::request<http::string_body> request(http::verb::post, target_.path, 11);
  request.set(http::field::host, host_);
  request.set(http::field::user_agent, "exhaust-sim");
  const bool json = habits_.format == CameraHabits::Format::kJson;
  request.set(http::field::content_type, json ? "application/json" : "multipart/form-data; boundary=" + kBoundary);
  if (!habits_.user.empty() && !lane.challenges.empty()) {
    const auto authorization = lane.client.answer(lane.challenges, "POST", target_.path);
    if (authorization) request.set(http::field::authorization, *authorization);
  }
  request.body() = body;
  request.prepare_payload();
  const auto [write_error, written] = co_await http::async_write(lane.stream, request, kAsTuple);

  // Also after a failed write: a listener that refuses a request may have said so before it closed.
  http::response_parser<http::string_body> answer;
  answer.body_limit(kMaxAnswer);
  beast::flat_buffer buffer;
  const auto [read_error, read] = co_await http::async_read(lane.stream, buffer, answer, kAsTuple);
  const bool accepted = !write_error && !read_error && http::to_status_class(answer.get().result()) ==
                                                            http::status_class::successful;
  lane.challenges.clear();
  const bool challenged = !read_error && answer.get().result() == http::status::unauthorized && !habits_.user.empty();
  if (challenged) {
    const auto [first, last] = answer.get().equal_range(http::field::www_authenticate);
    for (auto field = first; field != last; ++field) lane.challenges.emplace_back(field->value());
  }
  if (write_error || read_error || !answer.get().keep_alive() || (!accepted && !challenged)) {
    lane.stream.close();
    lane.connected = false;
  } else {
    lane.stream.expires_never();
  }
  co_return accepted;
}

}  // namespace exhaust::simulator
