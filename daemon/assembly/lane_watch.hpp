#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/assembly/assembly_settings.hpp"
#include "daemon/core/result.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::assembly {

/// One moment on both clocks.
struct Moment {
  MonotonicTime at{};
  WallTime wall{};
};

/// Knows whether a lane can measure. It cannot while every device that gives one part of a passage (trigger, plume,
/// smoke, plate) is down; which parts count is in docs/adr/0005-what-darkens-a-lane.md. Each such stretch that lasts
/// `gap_least` becomes a gap entry when it ends; a long one is told in parts, cut at full hours (so at midnight too), and
/// the end of the daemon tells what is left. These gaps count no vehicles: the gate's own count does.
///
/// No I/O and no clock, as the assembler.
class LaneWatch {
 public:
  /// No device answers yet. `since`: the stretch that the ledger says was open when the last run ended.
  LaneWatch(const LaneSettings& settings, Moment start, std::optional<WallTime> since);

  /// `up`: it answers (degraded counts as up). What was due before must have been taken by `tick`.
  std::vector<v1::Gap> device_changed(const std::string& device, bool up, Moment now);
  /// The next cut; absent: none ahead.
  std::optional<MonotonicTime> due() const;
  /// REQUIRES: `due()` lies before `now`, or nothing happens.
  std::vector<v1::Gap> tick(MonotonicTime now);
  std::vector<v1::Gap> finish(Moment now);

  /// When the stretch that no entry tells of began; absent: the lane measures.
  std::optional<WallTime> dark_since() const;

  void save(v1::WatchState& state) const;
  Result<void> restore(const v1::WatchState& state);

 private:
  /// Ascending: what of a passage is missing tells the reason.
  enum Worst : std::uint8_t { kCamera = 0, kInstrument = 1, kGate = 2 };
  struct Part {
    Worst worst;
    const std::vector<std::string>* devices;
  };

  std::vector<Part> parts() const;
  bool look();
  void begin(Moment now, WallTime since);
  WallTime next_cut() const;
  v1::Gap part_until(WallTime to);

  LaneSettings settings_;
  std::set<std::string, std::less<>> up_;
  bool dark_ = false;
  bool finished_ = false;
  WallTime from_{};                  ///< of the part that no entry tells of yet
  bool told_ = false;                ///< an entry tells of an earlier part
  Moment anchor_;                    ///< of the same stretch; cuts are counted from it
  std::set<std::string> missing_;
  Worst worst_ = kCamera;
};

}  // namespace exhaust::assembly
