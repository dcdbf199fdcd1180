#include "drivers/anpr/charset.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "daemon/core/utf8.hpp"

namespace exhaust::anpr {

namespace {

bool is_gb_name(std::string_view name) {
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kNames{"gb2312",     "gbk",   "gb18030",
                                                   "gb_2312-80", "cp936", "x-gbk"};
  return std::ranges::find(kNames, lowered) != kNames.end();
}

bool is_utf8_name(std::string_view name) {
  return name.size() >= 4 && (name[0] | 0x20) == 'u' && (name[1] | 0x20) == 't' && (name[2] | 0x20) == 'f' &&
         name.ends_with('8');
}

}  // namespace

std::optional<ConvertedText> convert_if_gbk(std::string_view bytes, AnprSettings::TextCoding coding,
                                            std::string_view declared) {
  using enum AnprSettings::TextCoding;
  if (coding == kUtf8) return std::nullopt;
  const bool says_something_else = !declared.empty() && !is_utf8_name(declared);
  const bool is_gbk = coding == kGbk || is_gb_name(declared) || (!says_something_else && !is_utf8(bytes));
  if (!is_gbk) return std::nullopt;
  return gb18030_to_utf8(bytes);
}

}  // namespace exhaust::anpr
