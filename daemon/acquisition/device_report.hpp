#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "daemon/acquisition/device_state.hpp"
#include "daemon/acquisition/poll_times.hpp"
#include "drivers/driver.hpp"

namespace exhaust::acquisition {

/// A device's clock against ours, as far as it is known.
struct ClockReport {
  double offset_s = 0;  ///< device's minus ours: negative is behind
  std::optional<double> drift_s_per_day;
  double limit_s = 0;
  bool off = false;     ///< beyond its limit
};

/// What is known of one device, for people. Counts are since the start.
struct DeviceReport {
  std::string name;
  const char* driver = "";
  Lane lane = 0;
  std::string endpoint, decoder, model, maker, verification_expires;
  Duration period{};

  DeviceState state = DeviceState::kUnknown;
  WallTime state_since{};
  std::string detail;                ///< why, while not up
  std::uint64_t changes = 0;         ///< of state
  std::uint64_t changes_withheld = 0;  ///< of these, not told to the ledger: too many
  std::uint64_t notices = 0;
  std::uint64_t notices_withheld = 0;

  std::uint64_t openings = 0;        ///< that succeeded
  std::uint64_t polls = 0;
  std::uint64_t readings = 0;
  std::uint64_t errors = 0;          ///< failed openings and polls
  std::uint64_t missed_beats = 0;
  std::uint64_t overdue_calls = 0;   ///< that went on long after their deadline
  std::uint64_t driver_failures = 0;  ///< exceptions: a mistake in the program
  PollTimes poll_times;
  std::optional<WallTime> last_good_poll;
  std::optional<WallTime> next_try;  ///< while it waits to be opened again
  Duration backoff{};                ///< the pause it is in; 0: none

  std::map<std::string, std::uint64_t, std::less<>> readings_by_kind;
  std::optional<WallTime> last_reading;
  std::optional<Reading> last;       ///< without pictures
  std::optional<ClockReport> clock;
  Counters counters;
};

}  // namespace exhaust::acquisition
