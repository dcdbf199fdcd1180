#pragma once

#include <deque>
#include <optional>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/entry.pb.h"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::quality {

/// The audits of one lane: stretches of time in which vehicles, or the one with a plate, carry a gas puff
/// that is known. A passage belongs to the audit in which it was detected, also when it closes after the
/// audit's end.
///
/// No I/O and no clock.
class Audits {
 public:
  /// Error: kRefused, one runs already.
  Result<void> may_start(WallTime now) const;
  void start(const v1::AuditRequest& request, WallTime now);
  /// Error: kRefused, none runs.
  Result<void> may_stop(WallTime now) const;
  void stop(WallTime now);

  /// The request and its end, of the one that runs; nullptr: none.
  const v1::AuditState* running(WallTime now) const;
  /// The audit that a vehicle belongs to; nullptr: it is traffic.
  const v1::AuditRequest* of(const v1::Passage& passage) const;

  /// What an audit vehicle's passage shows, to be judged: a dynamic check. Ratios are the ones that would
  /// have been judged of any vehicle. Absent: not one of the puff's quantities was measured, which says
  /// nothing of how well.
  static std::optional<v1::QualityCheck> compared(const v1::AuditRequest& audit, const v1::Passage& passage);

  void save(v1::QualityState& state) const;
  void restore(const v1::QualityState& state);

 private:
  /// Ended ones are kept for the passages that are still open.
  static constexpr std::size_t kMostKept = 8;

  std::deque<v1::AuditState> audits_;
};

}  // namespace exhaust::quality
