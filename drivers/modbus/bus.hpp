#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/frame.hpp"
#include "drivers/modbus/bus_thread.hpp"
#include "drivers/modbus/map.hpp"
#include "drivers/modbus/turns.hpp"
#include "drivers/modbus/unit_watch.hpp"
#include "drivers/modbus/words.hpp"

namespace exhaust::modbus {

namespace asio = boost::asio;

struct ReadRequest {
  std::uint8_t unit = 1;
  RegisterFunction function = RegisterFunction::kInput;
  RegisterRange range;          ///< 1 to 125 registers
  Duration response_timeout{};  ///< for the whole answer
  ModbusPatience patience;
};

/// A question and its answer: whole frames as on the wire, header or CRC included.
struct Exchange {
  Registers registers;
  Bytes request;
  Bytes answer;
};

/// A frame that is no part of a successful exchange.
struct BusFrame {
  /// kSent: not answered; kReceived: an exception, the answer to a probe; kDropped: damaged, late, foreign,
  /// noise.
  Frame::Kind kind = Frame::Kind::kDropped;
  MonotonicTime at;  ///< sent, or complete
  Bytes bytes;
  /// What to count it as: late_answers, foreign_frames, echoes, bad_crc, short_frames, noise_bytes; empty
  /// when it was not dropped.
  const char* counter = "";
  std::uint64_t amount = 0;  ///< of it: 1, or the number of bytes
};

class Link;

/// One serial port or one host:port, shared by the units behind it. They take turns; one that does not answer
/// is left alone for a while (UnitWatch), if others use the line too.
///
/// A lost connection is made anew by the next request. After any error but an exception answer a TCP
/// connection is closed, so that a late answer meets nobody.
///
/// Threading: methods on the io thread; the bus's own thread alone touches libmodbus. A request that has its
/// turn is not cancellable: it ends at its deadline or response time-out, later only while a host name is
/// looked up. The io_context outlives it.
class Bus {
 public:
  Bus(asio::io_context& io, Endpoint endpoint, ModbusLine line);
  /// Waits for the request under way; those that still wait are dropped.
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  /// Waiting requests, those under way included. One more is kRefused.
  static constexpr std::size_t kMostWaiting = 64;
  /// However late the deadline is, a connection is given up after this.
  static constexpr Duration kConnectMost = std::chrono::seconds{3};

  /// Does nothing when the line is open. Errors: kDisconnected, kTimeout, kSettings (port refuses its
  /// format), kRefused (queue full; or the descriptor is too high for libmodbus, which would write past its
  /// select set).
  asio::awaitable<Result<void>> connect(Deadline deadline);

  /// Errors: those of `connect`; kTimeout also at once, for a unit that is silent; kBadFrame;
  /// kRefusedByDevice (an exception answer: the map is wrong, or the device is busy and wants to be asked
  /// later); kSettings (no such unit). `told` gets, in order, every frame that was on the line meanwhile but
  /// request and answer of the exchange that is returned; also after an error.
  asio::awaitable<Result<Exchange>> read(ReadRequest request, Deadline deadline, std::vector<BusFrame>& told);

  /// How a unit has been doing.
  const UnitWatch& unit(std::uint8_t id) { return watches_[id]; }

  /// Users of the line: when the last one leaves, it is closed.
  void join() { ++users_; }
  asio::awaitable<void> leave();

  const Endpoint& endpoint() const { return endpoint_; }
  const ModbusLine& line() const { return line_; }

 private:
  template <class Work>
  auto on_bus_thread(Work work) -> asio::awaitable<decltype(work())>;
  asio::awaitable<bool> my_turn(std::uint8_t unit, Deadline deadline);
  void give_turns();
  bool numbered() const;

  asio::io_context& io_;
  Endpoint endpoint_;
  ModbusLine line_;
  Turns turns_;
  std::map<Turns::Ticket, asio::steady_timer*>
      waiting_;  ///< whose expiry wakes them; cancelled: it is their turn
  std::size_t connecting_ = 0;
  std::map<std::uint8_t, UnitWatch> watches_;
  int users_ = 0;
  std::unique_ptr<Link> link_;  ///< of the bus thread
  BusThread thread_;            ///< last: it ends before what it works on
};

/// The buses of a station. Lives longer than the drivers, and shorter than the io_context.
///
/// Threading: the io thread.
class BusTable {
 public:
  explicit BusTable(asio::io_context& io) : io_(io) {}
  /// The bus of an endpoint, made when it is first asked for; never null.
  /// Error: kSettings, when a line is named with two different formats or rules.
  Result<Bus*> at(const Endpoint& endpoint, const ModbusLine& line);

 private:
  asio::io_context& io_;
  std::map<std::string, std::unique_ptr<Bus>> buses_;
};

}  // namespace exhaust::modbus
