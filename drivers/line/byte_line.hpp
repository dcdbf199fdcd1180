#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <string>
#include <variant>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/device_settings.hpp"

namespace exhaust {

/// A line that carries bytes both ways: a TCP connection or a serial port. Framing belongs to the drivers.
///
/// One read and one write may be under way at the same time, not two of a kind. Deadlines are points of the
/// steady clock. Errors of all calls: kTimeout, kDisconnected; after kDisconnected open it again.
///
/// Threading: the io thread. A line is not destroyed while a coroutine of it runs: `close` ends them.
class ByteLine {
 public:
  explicit ByteLine(boost::asio::io_context& io) : io_(io) {}

  /// Closes what was open. What stood in the serial port's input is thrown away. A serial port that another
  /// process holds is kDisconnected.
  boost::asio::awaitable<Result<void>> open(Endpoint endpoint, Deadline deadline);

  /// Appends what arrives before `deadline`, 1 to 4096 bytes, to `buffer`, which outlives the call; says how
  /// many. Bytes that come together with the deadline are kept.
  boost::asio::awaitable<Result<std::size_t>> read_some(std::string& buffer, Deadline deadline);

  /// Writes all of `bytes`. After kTimeout an unknown part of it is on the line.
  boost::asio::awaitable<Result<void>> write(std::string bytes, Deadline deadline);

  bool is_open() const { return !std::holds_alternative<std::monostate>(stream_); }
  /// Waiting reads and writes end with kDisconnected. Safe at any time and twice.
  void close();

 private:
  using Tcp = boost::asio::ip::tcp;
  using Serial = boost::asio::posix::stream_descriptor;

  boost::asio::awaitable<Result<void>> connect(Endpoint endpoint, Deadline deadline);
  template <class Stream>
  boost::asio::awaitable<Result<std::size_t>> read_from(Stream& stream, std::string& buffer, Deadline deadline);
  template <class Stream>
  boost::asio::awaitable<Result<void>> write_to(Stream& stream, std::string bytes, Deadline deadline);

  boost::asio::io_context& io_;
  std::variant<std::monostate, Tcp::socket, Serial> stream_;
  std::uint32_t session_ = 0;  ///< rises with each opening and closing: tells a waiting call that its line is gone
  std::array<char, 4096> chunk_{};
};

}  // namespace exhaust
