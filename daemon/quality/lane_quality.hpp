#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/quality/quality_settings.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::quality {

/// Knows when each check of one lane was last made and passed, and what is due.
///
/// A check is of the lane as a whole, or of one of its devices. A device that was once checked by name is
/// expected to be checked again; a check of the whole lane counts for each. One that failed stays failed
/// until a later one of the same subject, or of the whole lane, passes. A failed check is a state of the lane
/// whether it is required or not: the instrument is known to measure wrongly. What was never done is one only
/// where it is required.
///
/// No I/O and no clock: wall time comes with the calls; it orders the checks, and may step.
class LaneQuality {
 public:
  explicit LaneQuality(LanePlan plan);

  /// REQUIRES: judged. Of a check that is older than the one known of the same subject only `last passed`
  /// counts.
  /// `told`: an entry tells of it.
  void record(const v1::QualityCheck& check, bool told = true);
  /// What was said by a clock that ran ahead is taken for said now: nothing later would count until then.
  void no_later_than(WallTime now);
  /// A device's zero is not to be trusted since then.
  void disturbed(const std::string& device, WallTime at);
  /// Whether a device's own self-check says something new, or said it last so long ago that it is an entry
  /// again.
  bool tells_something(const v1::QualityCheck& self_check) const;

  /// For a passage: what is required or failed.
  v1::QualityControl at(WallTime now) const;
  /// The other checks that something is known of.
  std::vector<v1::QualityItem> others(WallTime now) const;
  /// When the last good audit was that says something of this device ("": of the lane as a whole); absent: never.
  std::optional<WallTime> last_good_audit(const std::string& device) const;
  /// An audit of exactly this has failed, and none was good since.
  bool audit_failed(const std::string& device) const;

  /// What the ledger is to be told since the last call: the state has changed; a verification ends soon or
  /// has ended.
  std::vector<v1::DeviceEvent> news(WallTime now);

  v1::QualityState save() const;
  /// Whatever is not of this lane's devices is left out. Error: kDamaged.
  Result<void> restore(const v1::QualityState& state);

  bool has_device(const std::string& name) const;

 private:
  struct Known {
    WallTime latest{};
    bool latest_passed = false;
    std::optional<WallTime> last_passed;
    std::string remark;
    std::optional<WallTime> told;
  };
  struct Standing {
    std::optional<WallTime> passed, due;  ///< absent: never, at once
  };
  using Subject = std::pair<Kind, std::string>;  ///< device; empty: the lane

  const Known* find(Kind kind, const std::string& device) const;
  bool failed(Kind kind) const;
  /// A later good check of the whole lane speaks for each device.
  bool is_mended(Kind kind, const Known& known) const;
  Standing standing(Kind kind, const std::string& device) const;
  v1::QualityItem item(Kind kind, WallTime now) const;
  bool anything_known(Kind kind) const;
  std::optional<WallTime> verified_until(const std::string& device) const;

  LanePlan plan_;
  std::map<Subject, Known> known_;
  std::optional<WallTime> disturbed_;
  std::string disturbed_by_;
  v1::QualityControl::State told_ = v1::QualityControl::qc_unknown;
  struct Expiry {
    WallTime until{};
    bool expired = false;
  };
  std::map<std::string, Expiry, std::less<>> told_expiries_;
};

}  // namespace exhaust::quality
