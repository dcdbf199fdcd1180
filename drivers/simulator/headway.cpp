#include "drivers/simulator/headway.hpp"

#include <algorithm>

namespace exhaust::simulator {

Arrivals::Arrivals(std::uint64_t seed, HeadwaySettings settings)
    : settings_(settings), random_(seed, Random::Purpose::kHeadway, 0) {
  for (Lane lane = 1; lane <= settings_.lanes; ++lane) next_of_lane_s_.push_back(headway());
}

Arrivals::Arrival Arrivals::next() {
  const auto soonest = std::min_element(next_of_lane_s_.begin(), next_of_lane_s_.end());
  const Arrival arrival{static_cast<Lane>(soonest - next_of_lane_s_.begin()) + 1, *soonest};
  *soonest += headway();
  return arrival;
}

double Arrivals::headway() {
  // Two vehicles of a lane cannot be closer than a car's length: 0.4 s at town speed, less only if the mean asks for it.
  const double least = std::min(0.4, settings_.mean_s / 4);
  return std::min(least + random_.exponential(settings_.mean_s - least), settings_.longest_s);
}

}  // namespace exhaust::simulator
