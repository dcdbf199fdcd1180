#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/simulator/analyser_registers.hpp"
#include "drivers/simulator/camera.hpp"
#include "drivers/simulator/fault_log.hpp"
#include "drivers/simulator/fault_schedule.hpp"
#include "drivers/simulator/gate.hpp"
#include "drivers/simulator/headway.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/serial_line.hpp"
#include "drivers/simulator/smoke_meter.hpp"
#include "drivers/simulator/tcp_port.hpp"
#include "drivers/simulator/timeline.hpp"
#include "drivers/simulator/truth.hpp"

namespace exhaust::simulator {

struct UnitSettings {
  std::filesystem::path folder;  ///< of the links to the ptys
  std::filesystem::path truth;
  std::uint16_t modbus_port = 0;
  std::uint16_t ak_port = 0;
  CameraTarget camera;
  std::uint64_t seed = 1;
  double time_scale = 1;                       ///< simulated seconds in a real one
  HeadwaySettings headway;
  std::optional<std::uint64_t> passages;       ///< lines in the truth when traffic ends; absent: endless
  std::vector<MeasuredVehicle> traffic;        ///< vehicle i is row i; empty: from the model
  bool at_once = false;                        ///< traffic does not wait for a daemon
  std::vector<Fault> faults;                   ///< of the devices that `fault_targets` names
  std::filesystem::path fault_log;             ///< empty: none
};

/// The devices of a unit with so many lanes, and what can go wrong with them.
std::vector<FaultTarget> fault_targets(Lane lanes);

/// A whole roadside unit, seen from its devices' side: gates, analysers, smoke meters, cameras, weather, and the
/// vehicles that pass. A vehicle is in the truth file, on the disk, before the first device speaks of it.
///
/// Threading: the io thread.
class Unit {
 public:
  /// Called once, with the reason, when the truth cannot be written any more: the unit must not go on.
  using OnFailure = std::function<void(const Error&)>;

  /// Opens every device; traffic begins by itself. Errors: kStorage, kDamaged, kRefused, kDisconnected.
  static Result<std::unique_ptr<Unit>> start(asio::io_context& io, UnitSettings settings, OnFailure on_failure);

  /// One line for a person: what was sent and what was lost.
  std::string summary() const;
  const FaultSchedule::Counts& faults() const { return schedule_.counts(); }

 private:
  struct Gate {
    GateBoard board;
    std::unique_ptr<SerialLine> line;
  };
  struct Analyser {
    AnalyserRegisters registers;
    bool asked = false;
  };

  Unit(asio::io_context& io, UnitSettings settings, OnFailure on_failure, TruthFile truth, FaultLog fault_log);
  Result<void> open_devices();
  void restore_memory();
  asio::awaitable<void> wait_for_daemon();
  std::string not_yet_asked() const;
  void begin_traffic();
  void plan_next(MonotonicTime after);
  void pass(Arrivals::Arrival arrival);
  Vehicle next_vehicle() const;
  void devices_speak(const Passing& passing);
  void say_when_finished();
  double weather_seconds() const;
  /// Simulated seconds since the traffic began; before that -1.
  double traffic_seconds() const;

  asio::io_context& io_;
  UnitSettings settings_;
  OnFailure on_failure_;
  TruthFile truth_;
  std::uint64_t vehicles_;               ///< index of the newest
  std::optional<std::uint64_t> last_;    ///< index of the last that will pass
  std::map<Lane, std::uint32_t> number_of_lane_;
  Arrivals arrivals_;
  double arrived_s_ = 0;                 ///< of the newest, in simulated seconds
  std::uint64_t emitted_ = 0;            ///< since the start
  std::uint64_t late_ = 0;               ///< vehicles that came more than a second after their time
  Timeline timeline_;
  asio::steady_timer finish_check_;

  MonotonicTime traffic_began_{};
  FaultLog fault_log_;
  FaultSchedule schedule_;
  FaultyLines lines_{schedule_};

  // The devices, then the lines that speak for them; destroyed first.
  std::vector<Gate> gates_;
  SmokeMeter smoke_;
  std::vector<Analyser> analysers_;
  std::unique_ptr<SerialLine> weather_;
  std::unique_ptr<TcpPort> smoke_port_;
  std::unique_ptr<TcpPort> analyser_port_;
  std::unique_ptr<Camera> camera_;
};

}  // namespace exhaust::simulator
