#include "drivers/simulator/fault_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace exhaust::simulator {

bool in_window(const Fault& fault, double at_s) {
  if (at_s < 0 || at_s < fault.from_s) return false;
  auto since = at_s - fault.from_s;
  if (fault.every_s) since = std::fmod(since, *fault.every_s);
  return !fault.for_s || since < *fault.for_s;
}

FaultSchedule::FaultSchedule(std::vector<Fault> faults, std::uint64_t seed, OnStrike on_strike)
    : seed_(seed), on_strike_(std::move(on_strike)) {
  for (auto& fault : faults) faults_.push_back({std::move(fault)});
}

std::optional<Strike> FaultSchedule::strike(std::string_view device, std::span<const FaultKind> kinds, double at_s) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    auto& planned = faults_[i];
    const auto& fault = planned.fault;
    if (std::ranges::find(kinds, fault.kind) == kinds.end() || !concerns(fault, device) || !in_window(fault, at_s)) continue;
    if (fault.count && planned.struck >= *fault.count) continue;
    Random random(seed_, Random::Purpose::kFaults, (std::uint64_t{i} << 40) + planned.tried++);
    if (fault.probability < 1 && !random.chance(fault.probability)) continue;
    ++planned.struck;
    ++counts_[std::string(device)][to_string(fault.kind)];
    if (on_strike_) on_strike_(device, fault.kind, at_s);
    return Strike{&fault, random};
  }
  return std::nullopt;
}

}  // namespace exhaust::simulator
