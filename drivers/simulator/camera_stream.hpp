#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "drivers/simulator/fault_schedule.hpp"
#include "drivers/simulator/vehicle.hpp"

namespace exhaust::anpr::http_auth {
class Guard;
}

namespace exhaust::simulator {

namespace asio = boost::asio;

struct CameraStreamSettings {
  asio::ip::tcp::endpoint listen{asio::ip::address_v4::loopback(), 0};
  std::string path = "/ISAPI/Event/notification/alertStream";
  std::string user{}, password{};  ///< Digest is asked for; empty: it is open to all
  Duration heartbeat{std::chrono::seconds{10}};
  bool gbk = false;
};

/// A plate camera that is read by keeping its alertStream open (devices.md 7.1): it sends each vehicle, with
/// its pictures, to all who listen then, and a heartbeat between. A listener that does not read is left out
/// of what does not fit into 8 MiB.
///
/// Threading: the io thread. Ends with the io_context: not destroyed while that runs.
class CameraStream {
 public:
  static constexpr std::size_t kMostClients = 8;
  static constexpr std::size_t kMostUnsent = 8u << 20;

  struct Counters {
    std::uint64_t sent = 0;        ///< vehicles, for each who listens
    std::uint64_t unheard = 0;     ///< vehicles that nobody listened to
    std::uint64_t dropped = 0;     ///< did not fit
    std::uint64_t challenged = 0;  ///< requests answered 401
  };

  /// Throws std::system_error when it cannot listen there.
  CameraStream(asio::io_context& io, CameraStreamSettings settings);
  ~CameraStream();
  CameraStream(const CameraStream&) = delete;
  CameraStream& operator=(const CameraStream&) = delete;

  /// From now on what the schedule says of "camera-1" goes wrong. The schedule outlives the stream.
  void fails_by(FaultSchedule& schedule, std::function<double()> now_s);
  void show(const Passing& passing);
  /// No heartbeats and no vehicles from now on, with the connection open: a camera that hangs.
  void hang(bool on = true) { hangs_ = on; }
  /// Ends all connections, as a restart does.
  void drop_clients();
  std::size_t clients() const;
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const Counters& counters() const { return counters_; }

 private:
  struct Client;
  asio::awaitable<void> accept_all();
  asio::awaitable<void> serve(std::shared_ptr<Client> client);
  asio::awaitable<void> stream_to(std::shared_ptr<Client> client);
  void send(Client& client, const std::string& parts, const Fault* fault);

  asio::io_context& io_;
  CameraStreamSettings settings_;
  SystemClock clock_;
  std::unique_ptr<anpr::http_auth::Guard> guard_;
  FaultSchedule* schedule_ = nullptr;  ///< absent: honest
  std::function<double()> now_s_;
  asio::ip::tcp::acceptor acceptor_;
  std::list<std::shared_ptr<Client>> clients_;
  Counters counters_;
  bool hangs_ = false;
};

}  // namespace exhaust::simulator
