#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/reading.hpp"
#include "drivers/reading_kind.hpp"

/// The words that settings use for the numbers in a reading: the names of its members, units included.
namespace exhaust {

using ReadingBody = decltype(Reading::body);

/// Nothing measured yet.
ReadingBody empty_body(ReadingKind kind);

/// Every word of a kind, in the order of the members. A plate has none.
std::vector<std::string_view> quantities(ReadingKind kind);
/// The same for a person: "co_percent, co2_percent, ...".
std::string quantity_list(ReadingKind kind);
bool has_quantity(ReadingKind kind, std::string_view word);

/// Stores one value. Whole numbers (samples, direction) that are none, or out of range, stay absent. False: the body
/// has no such quantity.
bool put_quantity(ReadingBody& body, std::string_view word, std::optional<double> value);

/// A count, if the value is a whole number from 0 to `most` that a double holds exactly.
std::optional<std::uint64_t> whole_number(std::optional<double> value, double most = 9007199254740992.0);

}  // namespace exhaust
