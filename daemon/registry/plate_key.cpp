#include "daemon/registry/plate_key.hpp"

#include <algorithm>
#include <array>

namespace exhaust::registry {

namespace {

/// Format 1: provinces, letters, digits, then the other characters. What comes later goes to the end; 127 at most.
constexpr std::string_view kProvinces = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
constexpr std::string_view kOthers = "挂学警港澳使领应急民航临超试";
constexpr std::size_t kBytes = 3;  ///< of each of these characters in UTF-8
constexpr std::size_t kFirstLetter = kProvinces.size() / kBytes + 1, kFirstDigit = kFirstLetter + 26, kFirstOther = kFirstDigit + 10;
constexpr std::size_t kMostSigns = 8, kOrdinarySigns = 7;
constexpr int kSignBits = 7, kColorBits = 4;

/// By number, as in plates.md 4; 0 and "other" tell nothing.
constexpr std::array<std::string_view, 9> kColors{"",      "blue",         "yellow",     "white",         "black",
                                                  "green", "yellow_green", "green_agri", "civil_aviation"};

/// Where `character` stands in a row of them; npos: nowhere.
std::size_t place_in(std::string_view row, std::string_view character) {
  for (std::size_t at = 0; at < row.size(); at += kBytes) {
    if (row.substr(at, kBytes) == character) return at / kBytes;
  }
  return std::string_view::npos;
}

/// Takes a sign off `plate`; 0: it is none.
std::size_t take_sign(std::string_view& plate) {
  const char c = plate.front();
  if (static_cast<unsigned char>(c) < 0x80) {
    plate.remove_prefix(1);
    if (c >= 'A' && c <= 'Z') return kFirstLetter + static_cast<std::size_t>(c - 'A');
    return c >= '0' && c <= '9' ? kFirstDigit + static_cast<std::size_t>(c - '0') : 0;
  }
  const auto character = plate.substr(0, kBytes);
  plate.remove_prefix(character.size());
  if (const auto at = place_in(kProvinces, character); at != std::string_view::npos) return at + 1;
  const auto at = place_in(kOthers, character);
  return at == std::string_view::npos ? 0 : kFirstOther + at;
}

struct Packed {
  PlateKey key = 0;
  bool ordinary = false;  ///< seven signs: a province, then letters and digits
};

std::optional<Packed> pack(std::string_view plate) {
  Packed packed{0, true};
  std::size_t signs = 0;
  for (; !plate.empty(); ++signs) {
    const auto number = signs < kMostSigns ? take_sign(plate) : 0;
    if (number == 0) return std::nullopt;
    packed.key = packed.key << kSignBits | static_cast<PlateKey>(number);
    packed.ordinary = packed.ordinary && (signs == 0 ? number < kFirstLetter : number >= kFirstLetter && number < kFirstOther);
  }
  if (signs == 0) return std::nullopt;
  packed.ordinary = packed.ordinary && signs == kOrdinarySigns;
  packed.key <<= static_cast<int>(kMostSigns - signs) * kSignBits + kColorBits;
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
  std::string text;
  for (int i = static_cast<int>(kMostSigns) - 1; i >= 0; --i) {
    const auto number = static_cast<std::size_t>(key >> (kColorBits + i * kSignBits)) & ((1u << kSignBits) - 1);
    if (number == 0) continue;
    if (number < kFirstLetter) text += kProvinces.substr((number - 1) * kBytes, kBytes);
    else if (number < kFirstDigit) text.push_back(static_cast<char>('A' + (number - kFirstLetter)));
    else if (number < kFirstOther) text.push_back(static_cast<char>('0' + (number - kFirstDigit)));
    else if ((number - kFirstOther) * kBytes < kOthers.size()) text += kOthers.substr((number - kFirstOther) * kBytes, kBytes);
  }
  return text;
}

std::string_view color_of(PlateKey key) {
  const auto number = static_cast<std::size_t>(key) & ((1u << kColorBits) - 1);
  return number < kColors.size() ? kColors[number] : "";
}

}  // namespace exhaust::registry
