#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <memory>

#include "daemon/core/result.hpp"
#include "drivers/endpoint.hpp"
#include "drivers/simulator/outbox.hpp"
#include "drivers/simulator/port.hpp"
#include "drivers/simulator/pty.hpp"

namespace exhaust::simulator {

/// Devices on a serial line, which is the far end of a pty with a name, or a port that is there already.
///
/// Threading: the io thread. The io_context does not run any more when this is destroyed.
class SerialLine final : Wire {
 public:
  /// Makes a pty with a link. Error: kStorage.
  static Result<std::unique_ptr<SerialLine>> make(asio::io_context& io, std::filesystem::path link,
                                                  std::unique_ptr<Conversation> conversation, Surroundings surroundings);
  /// Opens a port, such as one end of a crossed cable. Errors: kDisconnected, kSettings.
  static Result<std::unique_ptr<SerialLine>> open(asio::io_context& io, const Endpoint& port,
                                                  std::unique_ptr<Conversation> conversation, Surroundings surroundings);

  /// What a device says by itself.
  void say(Answer answer);
  Traffic traffic() const;
  /// Nothing waits to be written.
  bool idle() const { return outbox_.empty(); }

 private:
  SerialLine(asio::io_context& io, std::unique_ptr<Conversation> conversation, Surroundings surroundings);
  void start(std::unique_ptr<Pty> pty);
  void received(ByteView bytes);
  asio::awaitable<bool> write(Bytes bytes) override;
  asio::awaitable<void> write_forever();
  asio::awaitable<void> beat_forever();

  asio::io_context& io_;
  std::unique_ptr<Conversation> conversation_;
  Surroundings surroundings_;
  Outbox outbox_;
  std::unique_ptr<Pty> pty_;
  MonotonicTime heard_{};
  Traffic traffic_;
};

}  // namespace exhaust::simulator
