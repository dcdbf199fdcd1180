#include "drivers/simulator/random.hpp"

#include <cmath>
#include <numbers>

namespace exhaust::simulator {

namespace {

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;

}  // namespace

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t index)
    : state_(mix(mix(mix(seed + kStep) ^ (static_cast<std::uint64_t>(purpose) * kStep)) + index * kStep)) {}

std::uint64_t Random::bits() { return mix(state_ += kStep); }

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

double Random::normal(double mean, double deviation) {
  // Box-Muller; 1 - u keeps the logarithm finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return mean + deviation * radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double Random::exponential(double mean) { return -mean * std::log(1.0 - uniform()); }

std::size_t Random::below(std::size_t count) {
  return static_cast<std::size_t>(uniform() * static_cast<double>(count));
}

}  // namespace exhaust::simulator
