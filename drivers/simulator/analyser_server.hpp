#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/simulator/analyser_registers.hpp"

namespace exhaust::simulator {

/// The analysers of all lanes behind one Modbus TCP server: unit id = lane. Answers FC03 and FC04; any other function
/// is exception 1, a register beyond the map 2, an unknown unit 0B.
///
/// Threading: public methods from any thread. `thread_` alone touches libmodbus and the sockets; the registers are
/// copied under the lock, so that neither side ever waits for the other's I/O.
class AnalyserServer {
 public:
  /// Listens on 127.0.0.1. Error: kDisconnected if the port is taken.
  static Result<std::unique_ptr<AnalyserServer>> start(std::uint16_t port, Lane lanes);
  ~AnalyserServer();
  AnalyserServer(const AnalyserServer&) = delete;
  AnalyserServer& operator=(const AnalyserServer&) = delete;

  void complete(Lane lane, std::uint32_t number, const PlumeReading& plume);
  /// True once the registers of this lane have been read.
  bool asked(Lane lane) const;
  std::uint64_t refused_connections() const { return refused_connections_; }

  /// A bus has one client; a few more are people with a tool.
  static constexpr std::size_t kMaxClients = 16;

 private:
  struct Unit {
    AnalyserRegisters registers;
    std::atomic<bool> asked{false};
  };
  struct Modbus;

  AnalyserServer(std::unique_ptr<Modbus> modbus, int wake, Lane lanes);
  void serve();
  void accept_client();
  bool answer(int client);

  std::unique_ptr<Modbus> modbus_;
  int wake_;  ///< an eventfd: written to end `serve`
  std::vector<int> clients_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::atomic<std::uint64_t> refused_connections_{0};
  std::thread thread_;
};

}  // namespace exhaust::simulator
