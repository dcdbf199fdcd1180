#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/result.hpp"
#include "drivers/mq007/status.hpp"
#include "drivers/simulator/timeline.hpp"
#include "drivers/simulator/truth.hpp"

namespace exhaust::simulator {

namespace asio = boost::asio;

struct Mq007UnitSettings {
  std::uint16_t udp_port = 0, tcp_port = 0;  ///< on 127.0.0.1
  std::string name = "SIM-MQ007";
  std::optional<std::filesystem::path> truth;
  std::uint64_t seed = 1;
  Duration headway{std::chrono::seconds{1}};
  std::optional<std::uint64_t> vehicles;  ///< lines in the truth when traffic ends; absent: endless
  bool both_lengths = false;              ///< every second result comes with the spectrum's 2300 points
  std::uint64_t damage_every = 0;         ///< after so many results, frames that are none; 0: never
};

/// What a vehicle is to this unit: concentrations by its combustion equation (physics.md 1, c = 1.21), smoke, speed, and a
/// length of 4 to 7 m. Pure.
mq007::TestResult result_of(const Vehicle& vehicle);

/// A complete MQ-007 (devices.md 4) with its traffic: answers the search by UDP, takes three connections, shakes hands,
/// reports each vehicle (front, tail, result) and itself once a second, obeys some commands. A vehicle is in the truth
/// file, on the disk, before its front is reported. No vehicle comes while nobody is connected or while it does not test.
///
/// Threading: the io thread.
class Mq007Unit {
 public:
  using OnFailure = std::function<void(const Error&)>;

  /// Errors: kDisconnected (a port is taken), kStorage, kDamaged, kRefused (the truth file).
  static Result<std::unique_ptr<Mq007Unit>> start(asio::io_context& io, Mq007UnitSettings settings, OnFailure on_failure);
  ~Mq007Unit();

  bool connected() const { return clients_.size() == kConnections; }
  std::uint64_t vehicles() const { return vehicles_; }
  std::uint64_t time_syncs() const { return time_syncs_; }
  std::string summary() const;

 private:
  static constexpr std::size_t kConnections = 3;
  struct Client;

  Mq007Unit(asio::io_context& io, Mq007UnitSettings settings, OnFailure on_failure, std::optional<TruthFile> truth);
  Result<void> listen();
  asio::awaitable<void> answer_search();
  asio::awaitable<void> accept_forever();
  asio::awaitable<void> serve(std::shared_ptr<Client> client);
  asio::awaitable<void> report_status();
  void obey(std::string_view word);
  void calibrate();
  void send(std::string_view type, ByteView data = {});
  void send_damage();
  void disconnect_all();
  void plan_next(MonotonicTime when);
  void pass();
  mq007::UnitStatus status() const;

  asio::io_context& io_;
  Mq007UnitSettings settings_;
  OnFailure on_failure_;
  std::optional<TruthFile> truth_;
  asio::ip::udp::socket search_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer beat_;
  std::vector<std::shared_ptr<Client>> clients_;  ///< data, command, keep-alive, in the order of connecting
  Timeline timeline_;
  MonotonicTime started_;
  mq007::WorkMode mode_ = mq007::WorkMode::kTesting;
  std::uint64_t vehicles_ = 0;
  std::uint64_t results_ = 0, searches_ = 0, shakes_ = 0, time_syncs_ = 0, connections_ = 0;
  bool said_finished_ = false;
};

}  // namespace exhaust::simulator
