#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust::simulator {

namespace asio = boost::asio;

/// The device's end of a serial line: a pty whose other end has a name in the unit's folder. Like a wire, it holds
/// nothing back for a listener who is not there: what does not fit is lost and counted. The other end is kept open
/// here as well, so that a daemon may come and go. Or, in the same way, a real port.
///
/// Threading: the io thread.
class Pty {
 public:
  using OnBytes = std::function<void(ByteView)>;

  /// `link` is replaced in one step if it exists. Error: kStorage.
  static Result<std::unique_ptr<Pty>> open(asio::io_context& io, std::filesystem::path link, OnBytes on_bytes);
  /// A port that is there already, with its speed and format. Errors: kDisconnected, kSettings.
  static Result<std::unique_ptr<Pty>> open_port(asio::io_context& io, const Endpoint& port, OnBytes on_bytes);
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  /// Never waits. Of a frame that fits only in part, the rest follows when there is room; until then others are lost.
  void send(ByteView frame);
  std::uint64_t frames_lost() const { return frames_lost_; }

 private:
  Pty(asio::io_context& io, int master, int slave, std::filesystem::path link, std::string target, OnBytes on_bytes);
  void receive();
  bool write_rest();
  void finish_when_writable();

  asio::posix::stream_descriptor master_;
  int slave_;  ///< -1: a port that somebody else made
  std::filesystem::path link_;
  std::string target_;
  OnBytes on_bytes_;
  std::array<std::uint8_t, 512> chunk_{};
  Bytes rest_;  ///< of the one frame that is half on the wire
  bool waiting_ = false;
  std::uint64_t frames_lost_ = 0;
};

}  // namespace exhaust::simulator
