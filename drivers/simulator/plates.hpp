#pragma once

#include <string>

#include "drivers/simulator/random.hpp"

namespace exhaust::simulator {

/// The kinds of GA 36-2018 plates that pass here (plates.md 2).
enum class PlateKind { kBlue, kYellow, kSmallNewEnergy, kLargeNewEnergy };

/// "blue", "yellow", "green", "yellow_green".
const char* color_of(PlateKind kind);

/// A plate of the kind's grammar. `electric` chooses the letter of new-energy plates: A-E pure electric, F-K not.
std::string draw_plate(Random& random, PlateKind kind, bool electric);

}  // namespace exhaust::simulator
