#include "drivers/simulator/fault.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace exhaust::simulator {

namespace {

constexpr std::array<std::pair<FaultKind, const char*>, 13> kWords{{
    {FaultKind::kSilence, "silence"},
    {FaultKind::kDelay, "delay"},
    {FaultKind::kLate, "late"},
    {FaultKind::kWrongChecksum, "wrong_checksum"},
    {FaultKind::kNoise, "noise"},
    {FaultKind::kTruncated, "truncated"},
    {FaultKind::kTrickle, "trickle"},
    {FaultKind::kTorn, "torn"},
    {FaultKind::kReset, "reset"},
    {FaultKind::kHalfOpen, "half_open"},
    {FaultKind::kBusy, "busy"},
    {FaultKind::kDoublePost, "double_post"},
    {FaultKind::kClock, "clock"},
}};

std::string list(std::string& text, std::string_view word) { return text += (text.empty() ? "" : ", ") + std::string(word); }

}  // namespace

const char* to_string(FaultKind kind) { return std::ranges::find(kWords, kind, &decltype(kWords)::value_type::first)->second; }

std::optional<FaultKind> fault_kind(std::string_view word) {
  for (const auto& [kind, name] : kWords) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

bool concerns(const Fault& fault, std::string_view device) {
  if (!device.starts_with(fault.device)) return false;
  const auto rest = device.substr(fault.device.size());
  return rest.empty() || rest.front() == '-';
}

Result<void> check_faults(std::span<const Fault> faults, std::span<const FaultTarget> targets) {
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const auto& fault = faults[i];
    const auto entry = "fault " + std::to_string(i + 1) + ": ";
    std::string devices, kinds;
    bool known = false, possible = false;
    for (const auto& target : targets) {
      list(devices, target.device);
      if (!concerns(fault, target.device)) continue;
      known = true;
      possible = possible || std::ranges::find(target.kinds, fault.kind) != target.kinds.end();
      if (kinds.empty()) {
        for (const auto kind : target.kinds) list(kinds, to_string(kind));
      }
    }
    if (!known) return fail(ErrorKind::kSettings, entry + "'" + fault.device + "' is not one of: " + devices);
    if (!possible) {
      return fail(ErrorKind::kSettings, entry + fault.device + " cannot have '" + to_string(fault.kind) + "', only: " + kinds);
    }
  }
  return {};
}

}  // namespace exhaust::simulator
