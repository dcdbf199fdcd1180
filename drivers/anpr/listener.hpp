#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "drivers/anpr/http_connection.hpp"
#include "drivers/anpr/intake.hpp"
#include "drivers/driver.hpp"

namespace exhaust::anpr {

/// Bounds of the listener; changed by tests only.
struct AnprLimits {
  std::size_t connections = 16;
  Duration idle_grace{std::chrono::seconds{5}};  ///< an idle connection gives way to a new one after so long
  std::size_t body_bytes = 64u << 20;            ///< of all bodies that are being received
  std::size_t remembered_posts = 1024;
  Duration idle_time{std::chrono::minutes{5}};
};

/// Takes the plates that cameras post to us (devices.md 7.1, 7.3) and delivers each as a PlateReading, once.
/// Of what is being received it holds at most 64 MiB, and 80 KiB for each of 16 connections, whatever clients
/// do.
///
/// Counters: those of Intake and HttpConnection; refused_connections, idle_closed, accept_errors, failures.
///
/// Threading: the io thread.
class AnprListener final : public Driver {
 public:
  AnprListener(DriverContext context, const DeviceSettings& device, AnprLimits limits = {});

  asio::awaitable<Result<void>> open(Deadline deadline) override;
  asio::awaitable<Result<void>> poll(Deadline deadline) override;
  asio::awaitable<void> close() override;
  const Counters& counters() const override { return counters_; }

  /// Where it listens; 0 when it does not. Differs from the settings' port when that is 0.
  std::uint16_t port() const;

 private:
  asio::awaitable<void> accept_all();
  void serve(asio::ip::tcp::socket socket);
  bool make_room();
  void ended(std::exception_ptr failure);

  asio::io_context& io_;
  const Clock& clock_;
  DeviceSettings device_;
  AnprSettings settings_;
  AnprLimits limits_;
  HttpRules rules_;
  HttpConnection::Handler handle_;
  Counters counters_;
  Intake intake_;
  MemoryBudget memory_;
  std::optional<http_auth::Guard> guard_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer someone_ended_;  ///< never expires; cancelled as a signal
  std::list<std::shared_ptr<HttpConnection>> connections_;
  std::size_t running_ = 0;  ///< coroutines that use *this
  bool closing_ = false;
};

}  // namespace exhaust::anpr
