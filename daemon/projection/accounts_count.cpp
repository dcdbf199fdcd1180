#include "daemon/projection/accounts_count.hpp"

#include <algorithm>

namespace exhaust::projection {

namespace {

/// Of numbers told twice: no more lie between the two. A gate that began again without saying so falls back further.
constexpr std::uint64_t kToldTwiceWithin = 64;

/// Of a known form. "none" and "garbled" have no text.
bool plausible(const v1::Plate& plate) {
  return !plate.text().empty() && !plate.class_().empty() && plate.class_() != "unknown";
}

}  // namespace

HourCounts& HourCounts::operator+=(const HourCounts& more) {
  triggered += more.triggered;
  passages += more.passages;
  missed += more.missed;
  valid += more.valid;
  flagged += more.flagged;
  failed += more.failed;
  not_judged += more.not_judged;
  plate_read += more.plate_read;
  audits += more.audits;
  unread += more.unread;
  unnumbered += more.unnumbered;
  restarts += more.restarts;
  gap_us += more.gap_us;
  for (const auto& [reason, count] : more.invalid) invalid[reason] += count;
  return *this;
}

HourCounts counts_of(const v1::Passage& passage) {
  HourCounts counts;
  counts.passages = 1;
  counts.plate_read = plausible(passage.plate()) ? 1 : 0;
  if (passage.purpose() == v1::Passage::audit) {
    counts.audits = 1;
    return counts;
  }
  const auto& assessment = passage.assessment();
  counts.valid = assessment.validity().valid() ? 1 : 0;
  counts.flagged = assessment.flagged() ? 1 : 0;
  counts.failed = assessment.verdict() == v1::FAIL ? 1 : 0;
  counts.not_judged = counts.valid == 1 && assessment.verdict() == v1::NOT_JUDGED ? 1 : 0;
  for (const int reason : assessment.validity().reasons()) counts.invalid[reason] = 1;
  return counts;
}

Step advance(LaneNumber& lane, const Numbers& numbers) {
  Step step;
  const auto [first, last, restart_said, restart_unheard] = numbers;
  if (last - first >= kMostVehicles || (lane.counting && first > lane.last && first - lane.last >= kMostVehicles)) {
    step.absurd = true;
    return step;
  }
  if (!lane.counting) {
    lane = {true, first > 0 ? first - 1 : 0};
  } else if (restart_said || (last <= lane.last && restart_unheard) ||
             (last < lane.last && (first <= 1 || lane.last - last > kToldTwiceWithin))) {
    step.restarted = true;
    lane.last = 0;
  }
  if (first > lane.last) {
    step.skipped = first - lane.last - 1;
    step.counted = last - first + 1;
  } else {
    step.counted = last > lane.last ? last - lane.last : 0;
    step.again = last - first + 1 - step.counted;
  }
  lane.last = std::max(lane.last, last);
  return step;
}

}  // namespace exhaust::projection
