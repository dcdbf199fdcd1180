#pragma once

#include <cstdint>
#include <string_view>

#include "daemon/core/plate.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/passage.pb.h"

/// What a reading adds to a passage.
namespace exhaust::assembly {

/// The parts of a passage that a device gives: of each, one reading.
enum Part : std::uint32_t { kNoPart = 0, kPlumePart = 1, kSmokePart = 2, kPlatePart = 4, kSpeedPart = 8 };
/// `kNoPart`: triggers, weather, self-checks.
Part part_of(const Reading& reading);
inline bool is_part(const Reading& reading) {
  return part_of(reading) != kNoPart;
}
/// A front, or a gate's report of a vehicle with its count.
bool is_trigger(const Reading& reading);
/// In answer to our question: the vehicle went by at an unknown earlier time.
bool is_solicited(const Reading& reading);

/// Nothing for what is no part, and for weather, which is not one device's.
void put(v1::Passage& passage, const Reading& reading);
/// Over what is there already.
void put(v1::Passage& passage, const WeatherReading& weather);
/// What `to` has not; false: nothing.
bool add_missing(WeatherReading& to, const WeatherReading& from);
v1::Plate to_message(const PlateReading& plate);
v1::Source source_of(const Reading& reading);

/// By the digits (plates.md 3.7): the same authority, and the trailer's four signs stand together in those of
/// the vehicle [A]. Both texts are normalised.
bool is_trailer_of(std::string_view trailer, std::string_view vehicle);

}  // namespace exhaust::assembly
