#include "daemon/host/host.hpp"

#include <sys/timex.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdlib>

namespace exhaust::host {

void notify(const std::string& state) { sd_notify(0, state.c_str()); }

std::optional<Duration> watchdog_period() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

bool under_systemd() { return std::getenv("JOURNAL_STREAM") != nullptr; }

ClockReport clock_report() {
  timex state{};
  const int result = adjtimex(&state);
  if (result < 0) return {};
  ClockReport report;
  report.quality = result == TIME_ERROR || (state.status & STA_UNSYNC) != 0 ? ClockQuality::kFree : ClockQuality::kSynchronised;
  // The kernel's estimate is meaningless while nothing disciplines the clock.
  if (report.quality == ClockQuality::kSynchronised) report.estimated_error_s = static_cast<double>(state.esterror) * 1e-6;
  return report;
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

}  // namespace exhaust::host
