#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "daemon/app/quality_entries.hpp"
#include "daemon/core/mailbox.hpp"
#include "daemon/core/time.hpp"
#include "daemon/inspection/inspection.hpp"
#include "daemon/ledger/ledger.hpp"
#include "drivers/reading.hpp"

namespace exhaust::app {

/// How a lane's count stands: triggered = passages + missed + open.
struct LaneAccount {
  Lane lane = 0;
  std::string line;
  std::uint64_t triggered = 0;  ///< by the gate's own counter, since the ledger began
  std::uint64_t passages = 0;   ///< entries that are on the disk
  std::uint64_t missed = 0;     ///< counted in gap entries that are on the disk
  std::uint64_t open = 0;       ///< being assembled, or on the way to the disk
  std::map<std::string, std::uint64_t, std::less<>> orphans;
};

/// Between the inspection, which decides, and the ledger, which keeps. What the ledger refuses is counted and becomes a
/// gap entry as soon as it takes entries again, before anything else of that lane.
///
/// Each entry carries the lane's memory as ledger marks, so that after a crash the gate's counter tells what was missed.
///
/// Threading: everything on the io thread; the ledger's completions are posted to it.
class Pipeline {
 public:
  Pipeline(boost::asio::io_context& io, const Clock& clock, ledger::Ledger& ledger, std::string station_id,
           const std::vector<assembly::LaneSettings>& lanes, const assessment::StandardSet& standards,
           const std::vector<quality::LanePlan>& plans = {});
  ~Pipeline();

  /// See Inspection.
  void tell_vehicles_by(const registry::FuelRules& rules, registry::Vehicles* vehicles) { inspection_.tell_vehicles_by(rules, vehicles); }

  void take(const Reading& reading);
  void tick();
  /// Closes what is open, with what it has.
  void finish(assembly::Moment now);
  /// Nothing is on the way to the disk.
  bool drained() const;

  /// Attached to the passages that close after `now`.
  void set_clock_state(v1::ClockState state, assembly::Moment now);
  /// As `Inspection::device_changed`. Returns what the entry that tells of the change must carry as marks, so that a stretch
  /// without measuring survives a crash.
  ledger::Marks device_changed(const std::string& device, std::string_view state, std::string_view detail, assembly::Moment now);

  /// REQUIRES: acceptable (see Inspection). `stored`: the entry of a recorded check; not called for anything else.
  void quality_changed(const v1::QualityChange& change, assembly::Moment now, QualityEntries::Stored stored = {});
  /// For an entry that tells of such a change itself. REQUIRES: a lane of this station.
  ledger::Marks quality_marks(Lane lane) const;
  const inspection::Inspection& inspection() const { return inspection_; }
  const QualityEntries& quality_entries() const { return quality_; }

  std::vector<LaneAccount> accounts() const;
  /// Readings that named no lane of this station, since the start.
  std::uint64_t without_lane() const { return inspection_.without_lane(); }
  /// For a capture, which begins with it.
  v1::InspectionState state() const { return inspection_.save(); }

 private:
  struct LaneState;

  void submit(inspection::Statements statements, QualityEntries::Stored stored = {});
  void submit_stretch(LaneState& lane, std::string payload);
  void keep_stretch(LaneState& lane, std::string payload);
  bool append_stretch(LaneState& lane, const std::string& payload);
  bool append(LaneState& lane, inspection::Statement statement, bool owning_up = false);
  void refused(LaneState& lane, std::uint64_t vehicles, const assembly::LaneMemory& memory);
  bool own_up(LaneState& lane);
  std::string quality_state(Lane lane) const;
  std::string dark_mark(const LaneState& lane) const;

  const Clock& clock_;
  ledger::Ledger& ledger_;
  inspection::Inspection inspection_;
  std::vector<std::unique_ptr<LaneState>> lanes_;
  std::shared_ptr<Mailbox> mailbox_;  ///< the ledger's completions come by it
  QualityEntries quality_;
};

}  // namespace exhaust::app
