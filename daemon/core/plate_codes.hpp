#pragma once

#include <optional>
#include <span>
#include <string_view>

/// Numbers for plate colours and kinds of plates, as platforms and registries write them (plates.md 4, 5).
namespace exhaust {

/// Who numbered the colours: they contradict each other (networking.md 2).
enum class ColorProfile { kNational, kJtt697, kSfe };

/// Our word for a colour's number ("0" is blue nationally) or for its name in Chinese or English; absent: neither.
/// Where a profile has one number for both new-energy colours the word is "green": the plate's form tells the kind.
std::optional<std::string_view> color_of_code(ColorProfile profile, std::string_view code);

/// A kind of plate in GA 24.7 (hpzl).
struct PlateType {
  std::string_view code;     ///< two digits
  std::string_view name;     ///< as the standard has it
  std::string_view english;
  std::string_view color;    ///< the only one it comes in; empty: several, or not known
};
std::span<const PlateType> plate_types();
/// nullptr: there is none. A leading zero may be missing.
const PlateType* find_plate_type(std::string_view code);

/// How the kind follows from the plate itself.
struct PlateTypeRule {
  std::string_view plate_class;
  std::string_view color;   ///< empty: any
  std::string_view ending;  ///< of the text; empty: any
  std::string_view code;
};
/// plates.md 5. Platforms disagree about 51 and 52, hence data.
std::span<const PlateTypeRule> plate_type_rules();
/// By the first rule that fits, "99" (other) by none. `text` is normalised; class and colour are words of Plate. A guess for
/// platforms that must have one: a blue motorcycle is told from a car by a registry only.
std::string_view plate_type_of(std::string_view text, std::string_view plate_class, std::string_view color,
                               std::span<const PlateTypeRule> rules = plate_type_rules());

}  // namespace exhaust
