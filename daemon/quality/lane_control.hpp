#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/quality/audit.hpp"
#include "daemon/quality/lane_quality.hpp"
#include "daemon/quality/sanity.hpp"

namespace exhaust::quality {

/// An entry's body, beside the passages.
struct Said {
  std::uint32_t kind = 0;  ///< Entry.Kind: self_check, calibration, audit, device_event
  std::string payload;
  std::string state;  ///< the lane's mark from here on: a QualityState, serialized
  /// A failed audit: what is to be amended because of it, once it is stored and can be cited.
  std::optional<v1::Amendment> amends{};
};
using SaidAll = std::vector<Said>;

/// What the ledger's marks say of a lane at the start of a run; empty: nothing.
struct Past {
  std::string state;   ///< a QualityState, serialized
  std::string learnt;  ///< a Learnt, serialized
};

/// Everything about one lane's quality: what was checked, audits, and what its data look like.
///
/// No I/O and no clock: as the modules it is made of.
class LaneControl {
 public:
  LaneControl(LanePlan plan, Lane lane, std::string line, WallTime start, const Past& past);
  LaneControl(const LaneControl&) = delete;
  LaneControl& operator=(const LaneControl&) = delete;

  /// Before a passage is judged: fills in quality_control, purpose and its part of the conditions.
  SaidAll before(v1::Passage& passage, const std::vector<std::string>& plume_from);
  /// After it was judged: what an audit vehicle's passage shows.
  SaidAll after(const v1::Passage& passage);

  /// Error: kRefused, with a sentence for the person who asked.
  Result<void> acceptable(const v1::QualityChange& change, WallTime now) const;
  /// REQUIRES: acceptable. Of a check, the first that is said is its entry.
  SaidAll changed(const v1::QualityChange& change, WallTime now);
  /// By a device. The same word again is an entry only now and then.
  SaidAll self_check(const std::string& device, bool passed, const std::string& remark, WallTime at);

  SaidAll moment(MonotonicTime at, WallTime wall, bool dark);
  std::optional<MonotonicTime> due() const { return sanity_.due(); }
  SaidAll tick(bool dark);
  void spoil_hour() { sanity_.spoil_hour(); }
  /// What was learnt, serialized, when it has changed since the last call: the lane's mark.
  std::optional<std::string> learnt();

  const LaneQuality& quality() const { return quality_; }
  const Tolerances& tolerances() const { return plan_.settings.tolerances; }
  const v1::AuditState* audit(WallTime now) const { return audits_.running(now); }
  std::uint64_t self_checks_repeated() const { return self_checks_repeated_; }
  /// Serialized: the lane's mark.
  std::string state() const { return saved().SerializeAsString(); }

  void save(v1::LaneState& state) const;
  Result<void> restore(const v1::LaneState& state);

 private:
  v1::QualityState saved() const;
  SaidAll recorded(v1::QualityCheck check, WallTime now);
  void tell(std::vector<v1::DeviceEvent> events, SaidAll& out) const;

  const LanePlan plan_;
  const Lane lane_;
  const std::string line_;
  LaneQuality quality_;
  Audits audits_;
  Sanity sanity_;
  std::uint64_t self_checks_repeated_ = 0;
};

}  // namespace exhaust::quality
