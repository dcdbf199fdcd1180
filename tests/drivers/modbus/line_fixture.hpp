#pragma once

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "drivers/modbus/bus.hpp"
#include "tests/drivers/modbus/scripted_peer.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::modbus {

using namespace std::chrono_literals;

/// A bus with a scripted device at its other end: RTU on a pty, RTU over TCP, TCP.
class ModbusLineTest : public testing::Test {
 protected:
  ~ModbusLineTest() override {
    bus.reset();
    peer.reset();
  }

  void connect(Framing framing, bool pty, ScriptedPeer::Script script, ModbusLine line = {}) {
    peer = std::make_unique<ScriptedPeer>(framing, pty, std::move(script));
    bus = std::make_unique<Bus>(io, *parse_endpoint(peer->endpoint()), line);
  }
  void rtu(ScriptedPeer::Script script) { connect(Framing::kRtu, true, std::move(script)); }
  void rtu_over_tcp(ScriptedPeer::Script script) { connect(Framing::kRtu, false, std::move(script)); }
  void tcp(ScriptedPeer::Script script, ModbusLine line = {}) {
    connect(Framing::kTcp, false, std::move(script), line);
  }

  Result<Registers> read(std::uint8_t unit, std::uint16_t first, std::uint16_t count, Duration within = 2s) {
    ReadRequest request{unit, RegisterFunction::kInput, {first, count}, timeout, patience};
    std::vector<BusFrame> told;
    auto exchange = run_awaitable(io, bus->read(request, std::chrono::steady_clock::now() + within, told));
    for (auto& frame : told) {
      if (frame.amount > 0) dropped[frame.counter] += frame.amount;
      frames.push_back(std::move(frame));
    }
    if (!exchange) return std::unexpected(exchange.error());
    return std::move(exchange->registers);
  }
  static Registers honest(std::uint16_t first, std::uint16_t count) {
    Registers words;
    for (unsigned i = 0; i < count; ++i) words.push_back(static_cast<std::uint16_t>(first + i));
    return words;
  }
  static std::size_t descriptors() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
  }

  asio::io_context io;
  Duration timeout = 30ms;
  ModbusPatience patience;
  std::map<std::string, std::uint64_t> dropped;
  std::vector<BusFrame> frames;
  std::unique_ptr<ScriptedPeer> peer;
  std::unique_ptr<Bus> bus;
};

/// Whether the long variants of the tests were asked for: an hour's worth instead of a second's.
inline bool long_run() { return std::getenv("EXHAUST_LONG") != nullptr; }

}  // namespace exhaust::modbus
