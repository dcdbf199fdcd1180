#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulator/fault.hpp"
#include "drivers/simulator/random.hpp"

namespace exhaust::simulator {

/// A fault that happens now.
struct Strike {
  const Fault* fault;  ///< lives as long as the schedule
  Random random;       ///< for what the fault leaves to chance
};

/// Which fault happens to which device at which moment, and how many have happened. The same questions in the same order
/// have the same answers for the same seed. Pure: no I/O, no clock.
class FaultSchedule {
 public:
  /// Device, kind, simulated seconds.
  using OnStrike = std::function<void(std::string_view, FaultKind, double)>;
  using Counts = std::map<std::string, std::map<std::string, std::uint64_t>, std::less<>>;

  explicit FaultSchedule(std::vector<Fault> faults = {}, std::uint64_t seed = 1, OnStrike on_strike = {});

  /// What happens to one answer (report, post) of this device: at most one of `kinds`, the first in the file. Counted.
  std::optional<Strike> strike(std::string_view device, std::span<const FaultKind> kinds, double at_s);
  std::optional<Strike> strike(std::string_view device, FaultKind kind, double at_s) { return strike(device, {&kind, 1}, at_s); }

  /// Device -> kind -> how often.
  const Counts& counts() const { return counts_; }
  bool empty() const { return faults_.empty(); }

 private:
  struct Planned {
    Fault fault;
    std::uint64_t tried = 0;
    std::uint64_t struck = 0;
  };

  std::vector<Planned> faults_;
  std::uint64_t seed_;
  OnStrike on_strike_;
  Counts counts_;
};

/// Whether `at_s` is in a window of the fault. Before 0 nothing is.
bool in_window(const Fault& fault, double at_s);

}  // namespace exhaust::simulator
