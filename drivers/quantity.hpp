#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "drivers/reading.hpp"
#include "drivers/reading_kind.hpp"

/// The words by which settings name what a reading holds, for devices whose readings are put together from single
/// numbers: one table from word to member, with the units that a device may say it in. Pure.
namespace exhaust {

using ReadingBody = decltype(Reading::body);
/// With nothing measured.
ReadingBody empty_body(ReadingKind kind);

/// A number in a device's unit, times `factor`, plus `shift`, is the number in the quantity's own.
struct Unit {
  std::string_view word;
  double factor = 1.0;
  double shift = 0.0;
};

using QuantityPlace =
    std::variant<std::optional<double> PlumeReading::*, std::optional<std::uint32_t> PlumeReading::*,
                 std::optional<double> SmokeReading::*, std::optional<double> SpeedReading::*,
                 std::optional<std::uint8_t> SpeedReading::*, std::optional<double> WeatherReading::*>;

struct Quantity {
  std::string_view word;  ///< carries its unit: pressure_hpa
  ReadingKind kind;
  QuantityPlace place;
  std::span<const Unit> units;  ///< the first is the quantity's own; empty: a count, without unit
};

/// All of them, each word once.
std::span<const Quantity> quantities();
/// Null: no such word.
const Quantity* find_quantity(std::string_view word);
bool has_quantity(ReadingKind kind, std::string_view word);
/// "co2_excess_percent, co_per_co2, ...", for a person. A plate has none.
std::string quantity_words(ReadingKind kind);

/// Null: the quantity is not told in this unit.
const Unit* find_unit(const Quantity& quantity, std::string_view word);
/// "hPa, kPa, ...", for a person.
std::string unit_words(const Quantity& quantity);

/// A count that is negative, too large or no whole number stays absent. False: the body is of another kind.
bool put(const Quantity& quantity, std::optional<double> value, ReadingBody& body);
/// The same by its word. False: there is no such quantity in this body.
bool put(std::string_view word, std::optional<double> value, ReadingBody& body);

/// `value` as a count, exactly. Absent: negative, beyond `most` or what a double tells apart, or no whole number.
std::optional<std::uint64_t> whole_number(std::optional<double> value, double most = HUGE_VAL);

}  // namespace exhaust
