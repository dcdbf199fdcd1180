#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/lane_watch.hpp"
#include "daemon/assembly/record_numbers.hpp"
#include "daemon/quality/lane_control.hpp"
#include "daemon/assessment/standard_set.hpp"
#include "daemon/registry/registry_settings.hpp"
#include "daemon/registry/vehicles.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust::inspection {

/// An entry's body as it goes into the ledger, and what it stands for.
struct Statement {
  std::size_t lane = 0;                            ///< index in the lanes' settings
  std::uint32_t kind = 0;                          ///< Entry.Kind: passage, gap, device_event; self_check, calibration, audit
  std::string payload;                             ///< the body, serialized once
  std::optional<assembly::LaneMemory> memory;      ///< what the lane must know again once this is stored; absent: no vehicle
  std::uint64_t passages = 0, missed = 0;          ///< vehicles that it accounts for
  std::optional<std::chrono::sys_seconds> second;  ///< used by its record number
  std::string reason;                              ///< of a gap
  std::optional<std::string> quality{};            ///< an entry of the lane's quality: its mark from here on
  std::optional<std::string> learnt{};             ///< of a passage: what the lane has learnt, its mark from here on
  std::optional<v1::Amendment> amends{};           ///< to be appended, citing this entry, once it is stored
};
using Statements = std::vector<Statement>;

/// What the ledger says of a lane at the start of a run.
struct LanePast {
  std::optional<assembly::LaneMemory> memory;
  std::optional<WallTime> dark_since;              ///< it could not measure when the last run ended
  std::optional<std::chrono::sys_seconds> second;  ///< of the last record number of its line
  quality::Past quality{};
};

/// From what devices say to what the ledger is told: assembler of the lane, vehicle, record number, assessment; and the
/// gaps while a lane cannot measure. Everything that decides is here, and nothing that stores: the live station and a
/// replay use the same code.
///
/// No I/O and no clock: time comes with the calls, never decreasing. Whatever was due before a call's stamp is closed
/// first, in the order of the deadlines over all lanes, so that it does not matter when `tick` was called, or whether.
class Inspection {
 public:
  /// `past`: as many as lanes, `plans` too, or none: nothing is asked of the lanes' quality. `standards`, not empty, outlive
  /// the inspection.
  Inspection(std::string station_id, const std::vector<assembly::LaneSettings>& lanes,
             const assessment::StandardSet& standards, assembly::Moment start, const std::vector<LanePast>& past,
             const std::vector<quality::LanePlan>& plans = {});
  ~Inspection();

  /// How the vehicle behind a plate is told. REQUIRES: before anything is taken; `vehicles` outlives the inspection, nullptr:
  /// there is no registry.
  void tell_vehicles_by(const registry::FuelRules& rules, registry::Vehicles* vehicles);

  /// A reading that names no lane of this station is counted and says nothing.
  Statements take(const Reading& reading);
  Statements tick(MonotonicTime now);
  /// Attached to the passages that close from now on.
  Statements set_clock_state(v1::ClockState state, MonotonicTime now);
  /// `state`: unknown, up, degraded (it answers too) or down; `detail` in words. As a capture has them.
  Statements device_changed(const std::string& device, std::string_view state, std::string_view detail, assembly::Moment now);
  /// What an operator, or a device's notice, says of a lane's quality. Error: kRefused, with a sentence.
  Result<void> acceptable(const v1::QualityChange& change, assembly::Moment now) const;
  /// REQUIRES: acceptable. The first statement about a recorded check is its entry.
  Statements quality_changed(const v1::QualityChange& change, assembly::Moment now);
  /// The end of acquisition: whatever is open closes with what it has.
  Statements finish(assembly::Moment now);

  v1::InspectionState save() const;
  /// Goes on exactly where `state` was saved. REQUIRES: made with the same lanes. Error: kDamaged.
  Result<void> restore(const v1::InspectionState& state);

  const assembly::LaneAssembler& assembler(std::size_t lane) const;
  const assembly::LaneWatch& watch(std::size_t lane) const;
  const quality::LaneControl& control(std::size_t lane) const;
  /// REQUIRES: a lane of this station, by its number.
  const quality::Tolerances& tolerances(Lane lane) const;
  std::uint64_t without_lane() const { return without_lane_; }
  const v1::ClockState& clock_state() const { return clock_state_; }

 private:
  struct LaneState;

  LaneState* lane_of(const Reading& reading);
  void advance(MonotonicTime now, Statements& out);
  void state(LaneState& lane, assembly::Outcomes outcomes, Statements& out);
  void state(LaneState& lane, std::vector<v1::Gap> gaps, Statements& out);
  void state(LaneState& lane, quality::SaidAll said, Statements& out);
  void state(LaneState& lane, v1::Passage passage, const assembly::LaneMemory& memory, Statements& out);

  const assessment::StandardSet& standards_;
  registry::FuelRules fuel_rules_;
  registry::Vehicles* vehicles_ = nullptr;
  assembly::RecordNumbers record_numbers_;
  v1::ClockState clock_state_;
  std::vector<std::unique_ptr<LaneState>> lanes_;
  std::uint64_t without_lane_ = 0;
};

}  // namespace exhaust::inspection
