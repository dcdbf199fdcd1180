#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"

namespace exhaust::simulator {

/// What can go wrong with a device or its line (field-failures F01 to F07).
enum class FaultKind {
  kSilence,        ///< no answer, no report, no post
  kDelay,          ///< everything comes `delay` late
  kLate,           ///< an answer comes after `late_by` further requests, on whatever connection they use
  kWrongChecksum,  ///< the check sum does not fit; where a protocol has none, its header or end is damaged
  kNoise,          ///< `noise_bytes` random bytes before or inside the frame
  kTruncated,      ///< the first half, and no more
  kTrickle,        ///< one byte each `interval`
  kTorn,           ///< registers of two vehicles in one answer
  kReset,          ///< the connection is reset instead of an answer
  kHalfOpen,       ///< the connection stays, but nothing is ever answered on it again
  kBusy,           ///< Modbus exception 6, AK "BS"
  kDoublePost,     ///< the camera posts the same event twice
  kClock,          ///< the camera's clock is off by `off_by`
};

/// Faults of any line; of TCP connections; of cameras that post.
inline constexpr FaultKind kLineFaults[] = {FaultKind::kSilence, FaultKind::kDelay,     FaultKind::kLate, FaultKind::kWrongChecksum,
                                            FaultKind::kNoise,   FaultKind::kTruncated, FaultKind::kTrickle};
inline constexpr FaultKind kConnectionFaults[] = {FaultKind::kReset, FaultKind::kHalfOpen};
inline constexpr FaultKind kPostFaults[] = {FaultKind::kSilence, FaultKind::kDelay, FaultKind::kDoublePost, FaultKind::kClock};

/// Of a camera's alertStream.
inline constexpr FaultKind kStreamFaults[] = {FaultKind::kSilence,    FaultKind::kDelay, FaultKind::kReset,
                                              FaultKind::kHalfOpen, FaultKind::kDoublePost, FaultKind::kClock};

/// "silence", "wrong_checksum", ...: in files, logs and counts.
const char* to_string(FaultKind kind);
std::optional<FaultKind> fault_kind(std::string_view word);

/// One entry of a fault file. Windows are in simulated time; what happens on the wire is in real time, since the time-outs
/// of whoever reads it are.
struct Fault {
  std::string device;  ///< "gate-2"; "gate" is those of all lanes
  FaultKind kind = FaultKind::kSilence;
  double from_s = 0;               ///< simulated seconds since the traffic (a lone device: the program) began
  std::optional<double> for_s;     ///< absent: to the end
  std::optional<double> every_s;   ///< the window comes again; absent: once
  double probability = 1;          ///< of each answer in the window
  std::optional<std::uint64_t> count;  ///< at most so many in all
  Duration delay{std::chrono::milliseconds{700}};
  unsigned late_by = 1;
  unsigned noise_bytes = 7;
  bool noise_inside = false;
  Duration interval{std::chrono::milliseconds{100}};
  Duration off_by{};
};

/// A device of this run and what can be done to it.
struct FaultTarget {
  std::string device;
  std::vector<FaultKind> kinds;
};

/// True for "gate-2" and "gate" as the fault's device and "gate-2" as the device's name.
bool concerns(const Fault& fault, std::string_view device);

/// Error: kSettings, when an entry names no device of this run or a kind that the device cannot have.
Result<void> check_faults(std::span<const Fault> faults, std::span<const FaultTarget> targets);

}  // namespace exhaust::simulator
