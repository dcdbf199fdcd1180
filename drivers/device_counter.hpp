#pragma once

#include <cstdint>
#include <optional>

namespace exhaust {

/// Tells which of a device's measurements are new, by the device's own count of them. Survives reconnecting:
/// it goes on from the last number known. Pure.
class DeviceCounter {
 public:
  /// `history`: how many measurements the device can still tell, the newest included; at least 1.
  /// `runs_over`: the number that the device writes as 0, if it comes so far; with a history of 1 only. 0: never.
  explicit DeviceCounter(std::uint64_t history, std::uint64_t runs_over = 0) : history_(history), runs_over_(runs_over) {}

  /// Going down by running over is believed up to so many measurements; beyond it is a restart.
  static constexpr std::uint64_t kMostOver = 16;

  /// Ask for `first` to `last`, in this order. Each number is asked for until it is done.
  struct News {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
    std::uint64_t lost = 0;   ///< new, but no longer in the history; said once
    bool restarted = false;   ///< the counter went down
    bool empty() const { return first > last; }
  };

  /// `current` is the number of the newest measurement. The first one ever seen, and the first after a
  /// restart of the counter, only says where to begin: nobody knows whether it was delivered before.
  News look(std::uint64_t current);

  /// Measurement `number`, and all before it, was delivered or given up.
  void done(std::uint64_t number) { last_ = number; }

 private:
  std::uint64_t history_, runs_over_;
  std::optional<std::uint64_t> last_;
};

}  // namespace exhaust
