#include "daemon/registry/plate_key.hpp"

#include <algorithm>
#include <array>

#include "daemon/core/utf8.hpp"

namespace exhaust::registry {

namespace {

/// Format 1. What comes later goes to the end; 127 at most.
constexpr std::u32string_view kSigns =
    U"京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
    U"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    U"挂学警港澳使领应急民航临超试";
constexpr std::size_t kProvinces = 31, kLettersAndDigits = 36;
constexpr std::size_t kMostSigns = 8, kOrdinarySigns = 7;
constexpr int kSignBits = 7, kColorBits = 4;

/// By number, as in plates.md 4; 0 and "other" tell nothing.
constexpr std::array<std::string_view, 9> kColors{"",      "blue",         "yellow",     "white",         "black",
                                                  "green", "yellow_green", "green_agri", "civil_aviation"};

/// Signs by code point; the common ones without a search.
std::uint8_t number_of(char32_t c) {
  if (c >= U'A' && c <= U'Z') return static_cast<std::uint8_t>(kProvinces + 1 + (c - U'A'));
  if (c >= U'0' && c <= U'9') return static_cast<std::uint8_t>(kProvinces + 27 + (c - U'0'));
  const auto at = kSigns.find(c);
  return at == std::u32string_view::npos ? 0 : static_cast<std::uint8_t>(at + 1);
}

struct Packed {
  PlateKey key = 0;
  bool ordinary = false;  ///< seven signs: a province, then letters and digits
};

std::optional<Packed> pack(std::string_view plate) {
  if (plate.size() > kMostSigns * 3) return std::nullopt;  // three bytes each at most
  const auto text = decode_utf8(plate);
  if (!text || text->empty() || text->size() > kMostSigns) return std::nullopt;
  Packed packed{0, text->size() == kOrdinarySigns};
  for (std::size_t i = 0; i < kMostSigns; ++i) {
    const std::uint8_t number = i < text->size() ? number_of((*text)[i]) : 0;
    if (i < text->size() && number == 0) return std::nullopt;
    packed.key = packed.key << kSignBits | number;
    if (i < text->size() && (i == 0) != (number <= kProvinces)) packed.ordinary = false;
    if (number > kProvinces + kLettersAndDigits) packed.ordinary = false;
  }
  packed.key <<= kColorBits;
  return packed;
}

}  // namespace

std::optional<PlateKeys> plate_keys(std::string_view plate, std::string_view color) {
  const auto packed = pack(plate);
  if (!packed) return std::nullopt;
  if (!packed->ordinary) return PlateKeys{packed->key, packed->key};
  const auto* found = std::ranges::find(kColors, color);
  const auto number = found == kColors.end() ? 0 : found - kColors.begin();
  if (number == 0) return PlateKeys{packed->key, packed->key | ((1 << kColorBits) - 1)};
  return PlateKeys{packed->key | number, packed->key | number};
}

std::optional<PlateKey> plate_key(std::string_view plate, std::string_view color) {
  const auto keys = plate_keys(plate, color);
  return keys && keys->first == keys->last ? std::optional(keys->first) : std::nullopt;
}

std::optional<PlateKeys> all_colors(std::string_view plate) { return plate_keys(plate, ""); }

std::string plate_of(PlateKey key) {
  std::u32string text;
  for (int i = static_cast<int>(kMostSigns) - 1; i >= 0; --i) {
    const auto number = static_cast<std::size_t>(key >> (kColorBits + i * kSignBits)) & ((1u << kSignBits) - 1);
    if (number > 0 && number <= kSigns.size()) text.push_back(kSigns[number - 1]);
  }
  return encode_utf8(text);
}

std::string_view color_of(PlateKey key) {
  const auto number = static_cast<std::size_t>(key) & ((1u << kColorBits) - 1);
  return number < kColors.size() ? kColors[number] : "";
}

}  // namespace exhaust::registry
