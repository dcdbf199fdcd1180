#pragma once

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "drivers/anpr/event_assembler.hpp"
#include "drivers/anpr/http_auth.hpp"
#include "drivers/anpr/http_stream.hpp"
#include "drivers/anpr/intake.hpp"
#include "drivers/anpr/part_reader.hpp"
#include "drivers/driver.hpp"

namespace exhaust::anpr {

/// Keeps a camera's alertStream open (devices.md 7.1) and delivers each plate as a PlateReading, once. A
/// stream that ends, or is silent for longer than `heartbeat_limit`, is kDisconnected at the next poll. Holds
/// at most one event, one picture and 100 KiB.
///
/// Counters: those of Intake; challenges, silent_streams, large_parts, wrong_lengths, skipped_bytes,
/// lone_pictures, dropped_pictures, late_pictures (events that did not get all the pictures they announced),
/// failures.
///
/// Threading: the io thread.
class AlertPuller final : public Driver {
 public:
  AlertPuller(DriverContext context, const DeviceSettings& device, std::size_t remembered = 1024);

  /// Error kSettings as well: the password file cannot be read, or the camera does not take what it says.
  asio::awaitable<Result<void>> open(Deadline deadline) override;
  asio::awaitable<Result<void>> poll(Deadline deadline) override;
  asio::awaitable<void> close() override;
  const Counters& counters() const override { return counters_; }

 private:
  asio::awaitable<Result<HttpReply>> ask(std::string authorization, Deadline deadline);
  asio::awaitable<Result<HttpReply>> ask_with_password(HttpReply challenge, Deadline deadline);
  asio::awaitable<void> read_stream(std::string boundary);
  void take_parts();
  void hand_over(HttpPost post);
  Deadline next_deadline() const;
  void timed_out();

  asio::io_context& io_;
  const Clock& clock_;
  DeviceSettings device_;
  AnprSettings settings_;
  Counters counters_;
  Intake intake_;
  HttpStream stream_;
  std::optional<PartReader> reader_;
  std::optional<EventAssembler> assembler_;
  std::optional<Error> broken_;
  MonotonicTime heard_{};        ///< the last byte
  MonotonicTime event_began_{};  ///< of the event that waits for its pictures
  bool reading_ = false;         ///< read_stream uses *this
  asio::steady_timer ended_;     ///< never expires; cancelled as a signal
};

}  // namespace exhaust::anpr
