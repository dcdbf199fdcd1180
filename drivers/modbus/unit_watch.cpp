#include "drivers/modbus/unit_watch.hpp"

#include <algorithm>
#include <string>

namespace exhaust::modbus {

namespace {

/// One response time-out of every 25: a silent unit costs the line 4 %.
constexpr int kProbeEvery = 25;

std::string seconds(Duration duration) {
  const auto tenths = std::chrono::ceil<std::chrono::duration<std::int64_t, std::deci>>(duration).count();
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

Result<void> UnitWatch::admit(MonotonicTime now) {
  if (!silent_since_) return {};
  if (probing_ || now < next_probe_) {
    ++not_asked_;
    const auto again = probing_ ? "is being asked again" : "is asked again in " + seconds(next_probe_ - now);
    return fail(ErrorKind::kTimeout, "silent for " + seconds(now - *silent_since_) + ", " + again);
  }
  probing_ = true;
  return {};
}

void UnitWatch::asked(Asked fate, MonotonicTime now, const ModbusPatience& patience,
                      Duration response_timeout, bool guard, Duration busy) {
  probing_ = false;
  busy_ += busy;
  if (fate == Asked::kNot) return;
  ++requests_;
  if (fate == Asked::kAnswered) {
    in_a_row_ = 0;
    silent_since_.reset();
    return;
  }
  ++unanswered_;
  ++in_a_row_;
  if (guard) guarded_until_ = now + patience.late_answer_guard.value_or(response_timeout);
  if (in_a_row_ < patience.silent_after) return;
  if (!silent_since_) silent_since_ = now;
  next_probe_ = now + patience.probe_period.value_or(kProbeEvery * response_timeout);
}

}  // namespace exhaust::modbus
