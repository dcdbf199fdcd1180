#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "exhaust/v1/passage.pb.h"

/// What one entry changes in the accounts. Pure; internal to this folder.
namespace exhaust::projection {

/// Hours since 1970 in UTC. Those of Asia/Shanghai begin at the same moments.
using Hour = std::int64_t;
constexpr std::int64_t kHour_us = 3'600'000'000;
constexpr Hour hour_of(std::int64_t wall_us) { return wall_us >= 0 ? wall_us / kHour_us : -1 - (-1 - wall_us) / kHour_us; }

/// Of one lane in one hour, or a difference of two such. The equation: triggered = passages + missed.
struct HourCounts {
  std::int64_t triggered = 0, passages = 0, missed = 0;
  std::int64_t valid = 0, flagged = 0, failed = 0, not_judged = 0, plate_read = 0, audits = 0;
  std::int64_t unread = 0;      ///< passages whose content is not here
  std::int64_t unnumbered = 0;  ///< passages without a number: nothing but themselves says that they were triggered
  std::int64_t restarts = 0;
  std::int64_t gap_us = 0;
  std::map<int, std::int64_t> invalid;  ///< by Validity.Reason

  HourCounts& operator+=(const HourCounts& more);
  bool closes() const { return triggered == passages + missed; }
  bool operator==(const HourCounts&) const = default;
};

/// A passage as what it is, without who counted it. Verdicts are of traffic only.
HourCounts counts_of(const v1::Passage& passage);

/// How far the gate's count has come, on one lane of one chain.
struct LaneNumber {
  bool counting = false;  ///< a number is known
  std::uint64_t last = 0;
};

/// What an entry says of the count: these numbers are in it.
struct Numbers {
  std::uint64_t first = 0, last = 0;  ///< first <= last
  bool restart_said = false;          ///< the entry itself says that the gate began again
  bool restart_unheard = false;       ///< an entry that would have shown it may be here without its content
};

/// What follows from it by arithmetic alone: what the gate has counted, whoever accounts for it.
struct Step {
  bool absurd = false;         ///< no gate counts so far: nothing was changed
  bool restarted = false;
  std::uint64_t skipped = 0;   ///< counted before `first`, and in no entry so far; they end at `first` - 1
  std::uint64_t counted = 0;   ///< of the entry's own numbers
  std::uint64_t again = 0;     ///< of the entry's own numbers: were told before
};

/// A number below the last one is a gate that began again when the entry says so, when it is the first number, or when
/// it is so far below that nothing else explains it; else it is a vehicle that was told twice. Without a known
/// number counting begins before the entry.
Step advance(LaneNumber& lane, const Numbers& numbers);

/// More vehicles than any lane sees in its life; what says so is no count.
inline constexpr std::uint64_t kMostVehicles = std::uint64_t{1} << 40;

}  // namespace exhaust::projection
