#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>

#include "drivers/anpr/http_connection.hpp"
#include "drivers/anpr/isapi.hpp"
#include "drivers/driver.hpp"

namespace exhaust {

/// Bounds of the listener; changed by tests only.
struct AnprLimits {
  std::size_t connections = 16;
  std::size_t remembered_posts = 256;
  Duration request_time{std::chrono::seconds{10}};
  Duration idle_time{std::chrono::minutes{5}};
};

/// Takes the plates that cameras post to us (devices.md 7.1) and delivers each as a PlateReading, once.
///
/// Counters: posts, readings, double_posts, other_events, unknown_parts, no_device_time, malformed,
/// wrong_path, wrong_method, no_length, too_large, slow_requests, cut_requests, refused_connections,
/// accept_errors, failures.
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
  void ended(std::exception_ptr failure);
  HttpAnswer take(const HttpPost& post);
  void deliver(const isapi::Post& post, const std::string& body);
  Lane lane_of(const std::string& line) const;

  DriverContext context_;
  DeviceSettings device_;
  AnprSettings settings_;
  AnprLimits limits_;
  HttpRules rules_;
  HttpConnection::Handler handle_;
  Counters counters_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer someone_ended_;  ///< never expires; cancelled as a signal
  std::list<std::shared_ptr<HttpConnection>> connections_;
  std::deque<std::string> seen_;  ///< identities of the last posts, over all sessions
  std::size_t running_ = 0;  ///< coroutines that use *this
  std::uint32_t session_ = 0;
  bool closing_ = false;
};

std::unique_ptr<Driver> make_anpr_driver(DriverContext context, const DeviceSettings& device);

}  // namespace exhaust
