#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/modbus_settings.hpp"

namespace exhaust::modbus {

/// What became of a request on the line.
enum class Asked {
  kNot,         ///< it never got there: no connection, no time left
  kAnswered,    ///< also by an exception, or by an answer that was damaged on the way
  kUnanswered,  ///< the whole response time-out was spent
};

/// How one unit of a line has been doing, and when it may be asked: the circuit breaker and the guard against
/// late answers. Pure: time is given.
///
/// Closed until `silent_after` requests in a row were not answered; then open: only one request in each
/// `probe_period` is let through. Any answer closes it.
class UnitWatch {
 public:
  /// Whether a request may be asked now. A request that is let through must be reported by `asked`. Error:
  /// kTimeout, which says when the unit is asked again.
  Result<void> admit(MonotonicTime now);

  /// Until then a late answer may still come, and could be taken for the answer to the next question.
  MonotonicTime guarded_until() const { return guarded_until_; }

  /// `guard`: whether late answers cannot be told by their number. `busy`: how long the line was in use for
  /// it.
  void asked(Asked fate, MonotonicTime now, const ModbusPatience& patience, Duration response_timeout,
             bool guard, Duration busy);

  bool silent() const { return silent_since_.has_value(); }

  std::uint64_t requests() const { return requests_; }
  std::uint64_t unanswered() const { return unanswered_; }
  std::uint64_t not_asked() const { return not_asked_; }  ///< failed at once, because silent
  Duration busy() const { return busy_; }                 ///< of the line, altogether

 private:
  unsigned in_a_row_ = 0;
  bool probing_ = false;
  std::optional<MonotonicTime> silent_since_;
  MonotonicTime next_probe_{}, guarded_until_{};
  std::uint64_t requests_ = 0, unanswered_ = 0, not_asked_ = 0;
  Duration busy_{};
};

}  // namespace exhaust::modbus
