#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The national codes of a vehicle, in our words (plates.md 5, 6; networking.md 2). Absent: no such code.
namespace exhaust::registry {

/// Our own words, what people write, and the letters of GA 24.9, one or several. Mixed, gaseous, alcohol, hybrid and
/// other fuels are "other": no standard here judges them by a fuel of their own.
std::optional<std::string> fuel_of_code(std::string_view code);
/// GA 24.7, always two digits: hpzl.
std::optional<std::string> plate_type_of_code(std::string_view code);
/// "0" to "6": pfbzjd, as a digit or as 国Ⅲ, 国三, 国3.
std::optional<std::string> emission_stage_of_code(std::string_view code);
/// A letter of GA 24.3: syxz.
std::optional<std::string> use_of_code(std::string_view code);
/// GA 24.4, a letter and two signs, like K33: cllx.
std::optional<std::string> type_of_code(std::string_view code);
/// GB/T 15089: M1 M2 M3 N1 N2 N3.
std::optional<std::string> category_of_code(std::string_view code);

}  // namespace exhaust::registry
