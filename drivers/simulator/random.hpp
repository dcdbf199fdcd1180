#pragma once

#include <cstddef>
#include <cstdint>

namespace exhaust::simulator {

/// Random numbers that are the same on every machine and with every standard library (SplitMix64). Each
/// (seed, purpose, index) has a stream of its own, so that vehicle 1000 can be made without the 999 before it.
class Random {
 public:
  enum class Purpose : std::uint64_t { kVehicle = 1, kHeadway = 2, kDeviceTimes = 3, kMeasuredVehicle = 4, kFaults = 5 };

  Random(std::uint64_t seed, Purpose purpose, std::uint64_t index);

  std::uint64_t bits();
  double uniform();  ///< 0 <= x < 1
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal(double mean, double deviation);
  double exponential(double mean);
  bool chance(double probability) { return uniform() < probability; }
  std::size_t below(std::size_t count);  ///< 0 .. count-1; count > 0

 private:
  std::uint64_t state_;
};

}  // namespace exhaust::simulator
