#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exhaust::registry {

/// A plate and its colour as one number: seven bits for each of at most eight signs, first sign highest, then four bits
/// for the colour. The order of the signs is part of the registry's format.
using PlateKey = std::int64_t;

/// Keys from first to last, both included: one when the colour is told, else all colours of a text.
struct PlateKeys {
  PlateKey first = 0, last = 0;
};

/// Absent: no plate (more than eight signs, or signs that stand on none). Only a plate of the ordinary form comes in
/// several colours; of all others the text is enough, and a misread colour loses nothing.
std::optional<PlateKeys> plate_keys(std::string_view plate, std::string_view color);
/// Of one vehicle. Absent as well where the colour must be told and is not.
std::optional<PlateKey> plate_key(std::string_view plate, std::string_view color);
/// Every colour of a text.
std::optional<PlateKeys> all_colors(std::string_view plate);

/// The way back, for people. The colour is empty where the key holds none.
std::string plate_of(PlateKey key);
std::string_view color_of(PlateKey key);

}  // namespace exhaust::registry
