#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/reading.hpp"

/// Readings for people: names, values, units. Pure.
namespace exhaust {

/// One value of a reading. Neither number nor text: the device did not measure it.
struct ReadingValue {
  std::string_view name;  ///< as in profiles: wind_speed_m_s
  std::string_view unit;  ///< m/s; empty for counts and words
  std::optional<double> number;
  std::string text;       ///< of values that are words: a plate, a colour
  bool measured() const { return number.has_value() || !text.empty(); }
};

/// "plume", "smoke", "speed", "plate", "weather", "self_check", "beam".
const char* kind_of(const Reading& reading);

/// The values that this kind of reading always has, measured or not, and the optional ones where they were measured.
std::vector<ReadingValue> values_of(const Reading& reading);

}  // namespace exhaust
