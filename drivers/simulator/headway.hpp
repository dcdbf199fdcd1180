#pragma once

#include <cstdint>
#include <vector>

#include "daemon/core/ids.hpp"
#include "drivers/simulator/random.hpp"

namespace exhaust::simulator {

struct HeadwaySettings {
  Lane lanes = 2;
  double mean_s = 4.0;      ///< of one lane
  double longest_s = 10.0;  ///< longer ones are cut to this, so that no run waits long
};

/// When vehicles come, in seconds of simulated time: each lane has a headway process of its own (shifted
/// exponential, some below 1 s), and the lanes' arrivals are merged in the order of time. The n-th arrival depends on
/// seed and settings only; after a restart the first n are drawn again and thrown away, which takes no time.
class Arrivals {
 public:
  struct Arrival {
    Lane lane = 0;
    double at_s = 0;
  };

  Arrivals(std::uint64_t seed, HeadwaySettings settings);
  Arrival next();

 private:
  double headway();

  HeadwaySettings settings_;
  Random random_;
  std::vector<double> next_of_lane_s_;
};

}  // namespace exhaust::simulator
