#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/quality/quality_settings.hpp"
#include "exhaust/v1/capture.pb.h"

namespace exhaust::quality {

/// How large the plumes of a lane are, by their CO2: a slow median against the one learnt before. A mirror
/// that gets dirty or moves shrinks all plumes; traffic alone does not. What has drifted is not learnt.
class Co2Level {
 public:
  enum class News { kNone, kDrifted, kBack };

  explicit Co2Level(const SanitySettings& settings) : settings_(settings) {}

  /// Of one plume; what is not positive is no size.
  News take(double co2_excess_percent);
  /// The instrument was adjusted: what was learnt is of another one. True: it had drifted.
  bool learn_anew();

  bool drifted() const { return drifted_; }
  /// A block has just been full: what was learnt may have changed.
  bool block_begins() const { return block_.empty(); }
  /// Slow median over learnt median. 0: not known yet.
  double ratio() const;

  void save(v1::SanityState& state) const;
  void restore(const v1::SanityState& state);
  void save(v1::Learnt& learnt) const;
  void restore(const v1::Learnt& learnt);

 private:
  static constexpr std::size_t kRecent = 3;          ///< blocks in the slow median
  static constexpr std::uint32_t kMostWeight = 100;  ///< blocks that the learnt median remembers

  void learn(double log_median);

  const SanitySettings& settings_;
  std::vector<double> block_;
  std::vector<double> recent_;  ///< medians, the newest last
  std::uint32_t blocks_ = 0;    ///< learnt
  double log_median_ = 0;
  bool drifted_ = false;
};

}  // namespace exhaust::quality
