#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/record_numbers.hpp"
#include "daemon/assessment/standard.hpp"
#include "daemon/core/mailbox.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/passage.pb.h"

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

/// From readings to ledger entries: assembler of the lane, vehicle, assessment, record number, append. What the ledger
/// refuses is counted and becomes a gap entry as soon as it takes entries again, before anything else of that lane.
///
/// Each entry carries the lane's memory as ledger marks, so that after a crash the gate's counter tells what was missed.
///
/// Threading: everything on the io thread; the ledger's completions are posted to it.
class Pipeline {
 public:
  Pipeline(boost::asio::io_context& io, const Clock& clock, ledger::Ledger& ledger, std::string station_id,
           const std::vector<assembly::LaneSettings>& lanes, const assessment::Standard& standard);
  ~Pipeline();

  void take(const Reading& reading);
  void tick();
  /// Closes what is open, with what it has.
  void finish();
  /// Nothing is on the way to the disk.
  bool drained() const;
  /// Readings that named no lane of this station, since the start.
  std::uint64_t without_lane() const { return without_lane_; }

  /// Attached to passages from now on.
  void set_clock_state(v1::ClockState state) { clock_state_ = std::move(state); }
  std::vector<LaneAccount> accounts() const;

 private:
  struct LaneState;

  LaneState* lane_of(const Reading& reading);
  void submit(LaneState& lane, assembly::Outcomes outcomes);
  void submit_passage(LaneState& lane, v1::Passage passage, const assembly::LaneMemory& memory);
  void submit_gap(LaneState& lane, const v1::Gap& gap, const assembly::LaneMemory& memory);
  void submit_counting_begins(LaneState& lane, const assembly::LaneMemory& memory);
  bool append(LaneState& lane, std::uint32_t kind, std::string payload, const assembly::LaneMemory& memory,
              std::uint64_t passages, std::uint64_t missed, bool owning_up = false);
  void refused(LaneState& lane, std::uint64_t vehicles, const assembly::LaneMemory& memory);
  bool own_up(LaneState& lane);

  const Clock& clock_;
  ledger::Ledger& ledger_;
  const assessment::Standard& standard_;
  assembly::RecordNumbers record_numbers_;
  v1::ClockState clock_state_;
  std::vector<std::unique_ptr<LaneState>> lanes_;
  std::uint64_t without_lane_ = 0;
  std::shared_ptr<Mailbox> mailbox_;  ///< the ledger's completions come by it
};

}  // namespace exhaust::app
