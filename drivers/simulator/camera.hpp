#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/simulator/fault_schedule.hpp"
#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

namespace asio = boost::asio;

/// Where the camera posts to.
struct CameraTarget {
  asio::ip::tcp::endpoint endpoint;
  std::string path;
};

/// "http://127.0.0.1:8123/anpr": a numeric address or localhost, a port, a path. Error: kSettings.
Result<CameraTarget> parse_camera_target(std::string_view url);

/// How a camera writes and what it is known for.
struct CameraHabits {
  enum class Format { kIsapi, kIsapiGbk, kJson } format = Format::kIsapi;
  bool posts_twice = false;    ///< the same event again, as firmware does that did not see the answer
  std::string user{}, password{};  ///< answers a challenge with Digest; empty: it cannot
};

/// The plate cameras, one for each lane, each with a connection that is kept open. A post that fails, or is answered
/// with anything but 2xx, is tried once more on a fresh connection and is then lost, as with the real firmware.
///
/// Threading: the io thread.
class Camera {
 public:
  static constexpr std::size_t kMaxQueued = 256;  ///< for each lane; when full, the newest is lost
  static constexpr std::chrono::seconds kDeadline{3};

  struct Counters {
    std::uint64_t accepted = 0;  ///< the listener said 2xx
    std::uint64_t retried = 0;
    std::uint64_t lost = 0;      ///< both tries failed
    std::uint64_t overflowed = 0;
    std::uint64_t doubled = 0;   ///< second posts that were accepted
  };

  Camera(asio::io_context& io, CameraTarget target, Lane lanes, Duration retry_after, CameraHabits habits = {});
  ~Camera();
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  /// From now on what the schedule says of "camera-LANE" goes wrong. The schedule outlives the camera.
  void fails_by(FaultSchedule& schedule, std::function<double()> now_s);
  void post(const Passing& passing);
  /// Nothing queued, nothing under way.
  bool idle() const;
  const Counters& counters() const { return counters_; }
  /// Whether somebody accepts connections there now; within a second.
  asio::awaitable<bool> somebody_listens();

 private:
  struct LaneQueue;
  asio::awaitable<void> post_forever(LaneQueue& lane);
  std::optional<Strike> strike(Lane lane, std::span<const FaultKind> kinds);
  asio::awaitable<void> post_one(LaneQueue& lane, Passing passing);
  asio::awaitable<bool> send_event(LaneQueue& lane, const std::string& body);
  asio::awaitable<bool> try_post(LaneQueue& lane, const std::string& body);
  /// The event as it is written, with `now` as the camera's clock has it.
  std::string body_of(const Passing& passing, WallTime now) const;

  asio::io_context& io_;
  CameraTarget target_;
  std::string host_;
  Duration retry_after_;
  CameraHabits habits_;
  FaultSchedule* schedule_ = nullptr;  ///< absent: honest
  std::function<double()> now_s_;
  std::vector<std::unique_ptr<LaneQueue>> lanes_;
  Counters counters_;
};

}  // namespace exhaust::simulator
