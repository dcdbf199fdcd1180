#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>

#include "drivers/simulator/faulty_line.hpp"

namespace exhaust::simulator {

namespace asio = boost::asio;

/// Where bytes leave for the other side.
class Wire {
 public:
  virtual ~Wire() = default;
  /// False: the other side has gone.
  virtual asio::awaitable<bool> write(Bytes bytes) = 0;
};

/// What is still to be written on one wire, each piece at its time, in order.
///
/// Threading: the io thread.
class Outbox {
 public:
  /// Answers that wait; what comes then is lost, as in a device that is still sending.
  static constexpr std::size_t kMost = 64;

  Outbox(asio::io_context& io, Wire& wire) : wire_(wire), wake_(io, asio::steady_timer::time_point::max()), pause_(io) {}

  void push(Sending sending);
  /// Writes until `stop`, a failed write, or an end of the connection, which it returns.
  asio::awaitable<Sending::End> run();
  void stop();
  std::uint64_t lost() const { return lost_; }
  bool empty() const { return waiting_.empty() && !busy_; }

 private:
  Wire& wire_;
  std::deque<Sending> waiting_;
  asio::steady_timer wake_;   ///< cancelled when something is pushed
  asio::steady_timer pause_;
  bool busy_ = false;
  bool stopped_ = false;
  std::uint64_t lost_ = 0;
};

}  // namespace exhaust::simulator
