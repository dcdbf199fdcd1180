#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/quality/co2_level.hpp"
#include "daemon/quality/quality_settings.hpp"
#include "daemon/quality/traffic_profile.hpp"
#include "exhaust/v1/capture.pb.h"
#include "exhaust/v1/passage.pb.h"

namespace exhaust::quality {

/// Watches what the passages of one lane look like: stuck, all zero, at odds with themselves, drifted; and
/// whether as many come as are usual (networking.md 7). Each that begins is a device event, once, and another
/// when it ends; while it lasts the passages name it among their conditions, so that a standard may call them
/// invalid. No value is ever changed.
///
/// An unusual hour is told of and is no condition of a passage: a holiday does not make measurements wrong.
///
/// No I/O and no clock: hours end by the stamps that come with the calls.
class Sanity {
 public:
  Sanity(const SanitySettings& settings, WallTime start);

  /// Adds the conditions to `passage`; returns what the ledger is to be told. `device`: gave the plume, for
  /// the words.
  std::vector<v1::DeviceEvent> look(v1::Passage& passage, const std::string& device);
  /// The instrument was adjusted.
  std::vector<v1::DeviceEvent> adjusted();

  /// A moment on both clocks: hours end by the last one. `dark`: the lane cannot measure.
  std::vector<v1::DeviceEvent> moment(MonotonicTime at, WallTime wall, bool dark);
  std::optional<MonotonicTime> due() const;
  std::vector<v1::DeviceEvent> tick(bool dark);
  void spoil_hour() { traffic_.spoil(); }

  /// What was learnt, when it has changed since the last call.
  std::optional<v1::Learnt> learnt();
  void restore(const v1::Learnt& learnt);

  void save(v1::SanityState& state) const;
  void restore(const v1::SanityState& state);

 private:
  static constexpr std::size_t kGases = 8;  ///< four ratios, then four concentrations: a unit gives either or both
  using Gases = std::array<std::optional<double>, kGases>;
  using Events = std::vector<v1::DeviceEvent>;

  static Gases gases_of(const v1::Plume& plume);
  std::optional<std::string> mismatch(const v1::Plume& plume) const;
  void look_at_sameness(const Gases& gases, const std::string& device, Events& events);
  bool look_at_agreement(const v1::Plume& plume, const std::string& device, std::string& detail,
                         Events& events);
  void hour_over(Events& events);

  const SanitySettings& settings_;
  Co2Level co2_;
  TrafficProfile traffic_;
  Gases last_;
  std::uint32_t same_ = 0, zeros_ = 0, since_stuck_ = 0;
  bool stuck_ = false, all_zero_ = false;
  bool mismatch_ = false;
  std::uint32_t matched_ = 0, mismatched_ = 0;
  bool learnt_changed_ = false;
  MonotonicTime anchor_at_{};
  WallTime anchor_wall_{};
};

}  // namespace exhaust::quality
