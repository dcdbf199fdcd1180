#pragma once

#include <string>
#include <string_view>

namespace exhaust {

/// A licence plate as the rest of the house knows it (plates.md).
struct PlateText {
  std::string text;         ///< normalised UTF-8; empty when the camera read none or its bytes are no UTF-8
  std::string plate_class;  ///< a word of Plate.class in passage.proto
  bool corrected = false;   ///< `text` differs from what was read by more than spacing, width and case
};

/// Normalises (plates.md 3) and classifies (plates.md 2) what a camera said.
///
/// `color` is the internal colour word that came with it ("unknown" when none did); a colour character before
/// the plate is dropped only when it says the same. O and I are never "repaired" to 0 and 1. Class: "none"
/// for the words cameras use when there is no plate, "garbled" when the bytes are no UTF-8 or hold U+FFFD, "unknown" for a
/// text of no known form.
PlateText parse_plate(std::string_view raw_utf8, std::string_view color);

/// `raw` itself when it is UTF-8, else "hex:" and its bytes: proto3 strings take nothing else (plates.md
/// 3.5).
std::string recordable_text(std::string_view raw);

/// False when plates of this class do not come in this colour (plates.md 4): the reading is less credible,
/// the plate stays what it is. True when either says nothing.
bool color_matches_class(std::string_view color, std::string_view plate_class);

/// New-energy type letters A to E (plates.md 2). Such a vehicle has no exhaust of its own. `text` is
/// normalised.
bool is_pure_electric(std::string_view text, std::string_view plate_class);

}  // namespace exhaust
