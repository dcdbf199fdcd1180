#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/projection/accounts_count.hpp"

/// What the accounts' file holds, as the report reads it. Internal to this folder.
namespace exhaust::projection {

struct AccountRow {
  std::string station;
  Lane lane = 0;
  std::string line;
  Hour hour = 0;
  HourCounts counts;
};

/// Something that keeps an equation from closing, or that the counts cannot know.
struct Remark {
  enum class Kind : std::uint8_t {
    // The first four keep an equation from closing.
    kHole = 0,       ///< `count` of the numbers first..last are in no entry
    kAgain = 1,      ///< `count` of the entry's numbers first..last were told before
    kSurplus = 2,    ///< the entry tells of `count` missed vehicles more than the gate counted
    kAbsurd = 3,     ///< the entry's numbers first..last are no count
    kRestart = 4,    ///< the gate's count began again between `from_us` and `to_us`
    kAcross = 5,     ///< `count` vehicles were missed between `from_us` and `to_us`, in hours that are not known
    kGateDown = 6,   ///< the gate was not heard between `from_us` and `to_us`, and no number since
  };
  Kind kind{};
  std::string station;
  Lane lane = 0;
  Hour hour = 0;           ///< in whose counts it is
  std::uint64_t count = 0;
  std::uint64_t first = 0, last = 0;
  Sequence after = 0;      ///< kHole: the lane's entry before
  Sequence sequence = 0;   ///< of the entry that it was found with
  std::int64_t from_us = 0, to_us = 0;

  bool keeps_open() const { return kind <= Kind::kAbsurd; }
};

/// Passages and gaps without content that no lane's count has claimed yet.
struct Unclaimed {
  std::string station;
  std::uint64_t passages = 0, gaps = 0;
};

struct AccountsFilter {
  Hour from = 0;            ///< first hour
  Hour until = 0;           ///< first hour that is not meant
  std::string station;      ///< empty: all
};

struct AccountsRows {
  std::vector<AccountRow> hours;      ///< by station, lane and hour; hours in which nothing was counted are not there
  std::vector<Remark> remarks;
  std::vector<Unclaimed> unclaimed;   ///< of the stations, whatever the hours
};

}  // namespace exhaust::projection
