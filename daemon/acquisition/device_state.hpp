#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "daemon/core/time.hpp"

/// What a device's polls make of its state, and which changes of state are worth an event. Pure.
namespace exhaust::acquisition {

enum class DeviceState { kUnknown, kUp, kDegraded, kDown };
const char* to_string(DeviceState state);
/// The device can measure, well or badly.
inline bool answers(DeviceState state) { return state == DeviceState::kUp || state == DeviceState::kDegraded; }

/// One lost answer changes nothing; several in a row, or a large share of the last 20, do. One good poll brings a device
/// back, but one that lost many of the last 20 stays degraded until they are forgotten.
class StateRule {
 public:
  StateRule(unsigned degraded_after, unsigned down_after) : degraded_after_(degraded_after), down_after_(down_after) {}

  static constexpr unsigned kWindow = 20;
  static constexpr unsigned kLossy = 8;     ///< so many lost of the window: degraded
  static constexpr unsigned kLossless = 2;  ///< so few: no longer

  /// The state after a poll, or after the line broke.
  DeviceState good();
  DeviceState failed();
  DeviceState broken() { return state_ = DeviceState::kDown; }
  /// A new session: the last one's losses say nothing of it. The state stays until a poll tells.
  void opened();

  DeviceState state() const { return state_; }
  /// In this session so many polls failed in a row that the line itself is doubted.
  bool exhausted() const { return in_a_row_ >= down_after_; }
  /// Why it is degraded although it answers; else empty.
  std::string remark() const;

 private:
  void remember(bool lost);
  unsigned lost() const;

  unsigned degraded_after_, down_after_;
  DeviceState state_ = DeviceState::kUnknown;
  unsigned in_a_row_ = 0;
  std::uint32_t window_ = 0;  ///< a bit for each of the last polls, the newest lowest: lost
  bool lossy_ = false;
};

/// A bound on what one device may say: so many events within a stretch of time.
class EventBudget {
 public:
  EventBudget(std::size_t most, Duration within) : most_(most), within_(within) {}
  bool take(MonotonicTime now);
  void clear() { taken_.clear(); }

 private:
  std::size_t most_;
  Duration within_;
  std::deque<MonotonicTime> taken_;
};

/// Keeps a flapping device from flooding the ledger: after too many changes within a minute the next ones are counted
/// only, until the device has kept its state for a minute. The last state told is right in the end.
class ChangeLimit {
 public:
  static constexpr std::size_t kMostInAMinute = 6;

  enum class Say { kChange, kFlapping, kNothing };
  Say change(DeviceState to, MonotonicTime now);
  /// True, once: the device has settled, and its state is to be told, if it is not the one told last.
  bool settled(MonotonicTime now);

  DeviceState told() const { return told_; }
  void tell(DeviceState state) { told_ = state; }
  std::uint64_t withheld() const { return withheld_; }  ///< since the start

 private:
  EventBudget budget_{kMostInAMinute, std::chrono::minutes{1}};
  DeviceState told_ = DeviceState::kUnknown;
  bool withholding_ = false;
  MonotonicTime last_change_{};
  std::uint64_t withheld_ = 0;
};

}  // namespace exhaust::acquisition
