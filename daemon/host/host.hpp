#pragma once

#include <optional>
#include <string>

#include "daemon/core/time.hpp"

/// The machine under the daemon: systemd and the clock.
namespace exhaust::host {

/// Tells systemd: READY=1, STOPPING=1, STATUS=..., WATCHDOG=1. Does nothing when not started by systemd.
void notify(const std::string& state);
/// How often systemd wants to hear of us; absent: never.
std::optional<Duration> watchdog_period();
/// True: stderr goes to the journal, which stamps lines itself.
bool under_systemd();

enum class ClockQuality { kUnknown, kSynchronised, kFree };
struct ClockReport {
  ClockQuality quality = ClockQuality::kUnknown;
  std::optional<double> estimated_error_s;
};
/// What the kernel says of its clock (adjtimex). Synchronised: disciplined now; free: never, or not any more.
ClockReport clock_report();

/// A reader that went away is an error of that write, not the end of the process.
void ignore_broken_pipes();

}  // namespace exhaust::host
