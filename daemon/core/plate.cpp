#include "daemon/core/plate.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "daemon/core/bytes.hpp"
#include "daemon/core/utf8.hpp"

namespace exhaust {

namespace {

constexpr std::u32string_view kProvinces = U"京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

/// Traditional and compatibility forms of the characters that stand on plates.
constexpr std::array<std::pair<char32_t, char32_t>, 36> kLookAlikes{{
    {U'滬', U'沪'},    {U'雲', U'云'},    {U'遼', U'辽'},    {U'魯', U'鲁'},    {U'蘇', U'苏'},    {U'贛', U'赣'},
    {U'晉', U'晋'},    {U'陝', U'陕'},    {U'閩', U'闽'},    {U'貴', U'贵'},    {U'寧', U'宁'},    {U'瓊', U'琼'},
    {U'黒', U'黑'},    {U'靑', U'青'},    {U'掛', U'挂'},    {U'學', U'学'},    {U'領', U'领'},    {U'應', U'应'},
    {U'臨', U'临'},    {U'試', U'试'},    {0xF9F6, U'临'},
    {0x2F62, U'甘'},  {0x2FAD, U'青'},  {0x2FCA, U'黑'},  {0xF939, U'鲁'},  {0xF95F, U'宁'},  {0xF9AA, U'宁'},
    {0xF9B4, U'领'},  {0xF9C3, U'辽'},  {0xFA75, U'冀'},  {0x1F21F, U'新'}, {0x2F86F, U'宁'}, {0x2F8CD, U'晋'},
    {0x2F908, U'港'}, {0x2F932, U'琼'}, {0x2F9D6, U'赣'},
}};

/// What cameras say instead of a plate, after normalisation ("---" is empty by then).
constexpr std::array<std::u32string_view, 18> kNoPlate{
    U"",         U"无车牌", U"無車牌", U"无牌",       U"无牌车",   U"无号牌",   U"未悬挂", U"无法识别", U"未识别",
    U"未识别车牌", U"未检测到", U"未知",   U"未知车牌", U"车牌", U"UNKNOWN", U"NOPLATE", U"NONE", U"NULL"};

/// What stands for bytes that could not be converted to UTF-8.
constexpr char32_t kReplacement = 0xFFFD;

/// A form of plates.md 2, one sign for each character:
///   p province   l letter but I     n letter but I and O   k new-energy type letter A-H, J, K
///   s letter (not I, O) or digit    d digit   u any letter   v any letter or digit   t last sign of an armed
///   police plate; every other sign stands for itself.
struct Form {
  std::u32string_view pattern;
  std::string_view plate_class;
};

/// The first that fits counts: the forms do not overlap, except armed police and military. A temporary plate without its
/// last sign looks like an ordinary one, or is too short for any; a motorcycle's is an ordinary one.
constexpr std::array kForms{
    Form{U"plsssss", "ordinary"},    Form{U"pnksdddd", "nev_small"},       Form{U"pndddddk", "nev_large"},
    Form{U"plssss挂", "trailer"},    Form{U"plssss学", "learner"},         Form{U"plssss警", "police"},
    Form{U"粤Zssss港", "hk_macau"},  Form{U"粤Zssss澳", "hk_macau"},       Form{U"使dddddd", "embassy"},
    Form{U"dddddd使", "embassy"},    Form{U"pddd领", "consulate"},         Form{U"pdddd领", "consulate"},
    Form{U"pddddd领", "consulate"},  Form{U"pnddd领", "consulate"},        Form{U"pndddd领", "consulate"},
    Form{U"pnddddd领", "consulate"}, Form{U"WJddddt", "armed_police"},     Form{U"WJpddddt", "armed_police"},
    Form{U"uuddddd", "military"},    Form{U"pXdddd应急", "emergency"},     Form{U"pSdddd应急", "emergency"},
    Form{U"民航vvvvv", "civil_aviation"},  Form{U"pddsssss", "tractor"},    Form{U"plssss临", "temporary"},
    Form{U"plsssss临", "temporary"}, Form{U"plssss超", "temporary"},       Form{U"plsssss超", "temporary"},
    Form{U"plssss试", "temporary"},  Form{U"plsssss试", "temporary"},
};

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_letter(char32_t c) { return c >= U'A' && c <= U'Z'; }

/// Signs are lower case or themselves: a normalised text has no lower-case letters.
bool fits(char32_t sign, char32_t c) {
  switch (sign) {
    case U'p': return kProvinces.contains(c);
    case U'l': return is_letter(c) && c != U'I';
    case U'n': return is_letter(c) && c != U'I' && c != U'O';
    case U'k': return c >= U'A' && c <= U'K' && c != U'I';
    case U's': return is_digit(c) || fits(U'n', c);
    case U'd': return is_digit(c);
    case U'u': return is_letter(c);
    case U'v': return is_letter(c) || is_digit(c);
    case U't': return is_digit(c) || std::u32string_view(U"TDSHBXJ").contains(c);
    default: return sign == c;
  }
}

bool fits(const Form& form, std::u32string_view text) {
  return std::ranges::equal(form.pattern, text, [](char32_t sign, char32_t c) { return fits(sign, c); });
}

/// Spaces, middle dots and hyphens in the forms that cameras and their editors produce.
bool is_separator(char32_t c) {
  if (c == U' ' || (c >= U'\t' && c <= U'\r') || c == 0xA0) return true;
  if ((c >= 0x2000 && c <= 0x200B) || c == 0x3000 || c == 0xFEFF) return true;
  if (c == U'.' || c == 0xB7 || c == 0x2022 || c == 0x2027 || c == 0x2219 || c == 0x22C5) return true;
  if (c == 0x25CF || c == 0x30FB || c == 0xFF65) return true;
  return c == U'-' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212;
}

char32_t half_width_upper(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
  return c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
}

/// Cameras know one green for both kinds of new-energy plate, so either word of ours agrees with it.
bool is_prefix_of_color(std::u32string_view prefix, std::string_view color) {
  static constexpr std::array<std::pair<std::string_view, std::u32string_view>, 10> kPrefixes{{
      {"blue", U"蓝"}, {"yellow", U"黄"}, {"white", U"白"}, {"black", U"黑"}, {"green", U"绿"}, {"green", U"渐变绿"},
      {"yellow_green", U"黄绿"}, {"yellow_green", U"黄绿双拼"}, {"yellow_green", U"绿"}, {"green_agri", U"绿"}}};
  return std::ranges::find(kPrefixes, std::pair{color, prefix}) != kPrefixes.end();
}

bool fits_any_form(std::u32string_view text) {
  return std::ranges::any_of(kForms, [&](const Form& form) { return fits(form, text); });
}

/// The length of the colour that stands before the plate; 0 if there is none to drop. 黑 is a province as
/// well, so it stays where the text is a plate with it, or a letter follows as after a province.
std::size_t color_prefix(std::u32string_view text, std::string_view color) {
  if (fits_any_form(text) || (text.starts_with(U'黑') && text.size() > 1 && is_letter(text[1]))) return 0;
  for (const std::size_t length : {4u, 3u, 2u, 1u}) {
    if (text.size() > length && is_prefix_of_color(text.substr(0, length), color)) return length;
  }
  return 0;
}

}  // namespace

PlateText parse_plate(std::string_view raw_utf8, std::string_view color) {
  // What follows the first NUL is the padding of a fixed field.
  const auto decoded = decode_utf8(raw_utf8.substr(0, raw_utf8.find('\0')));
  if (!decoded || decoded->contains(kReplacement)) return {"", "garbled", false};

  std::u32string text;
  bool corrected = false;
  for (char32_t c : *decoded) {
    c = half_width_upper(c);
    if (is_separator(c)) continue;
    const auto* like = std::ranges::find(kLookAlikes, c, [](const auto& pair) { return pair.first; });
    corrected = corrected || like != kLookAlikes.end();
    text.push_back(like != kLookAlikes.end() ? like->second : c);
  }
  if (const std::size_t length = color_prefix(text, color); length > 0) {
    text.erase(0, length);
    corrected = true;
  }
  if (std::ranges::find(kNoPlate, text) != kNoPlate.end()) return {"", "none", false};
  const auto* form = std::ranges::find_if(kForms, [&](const Form& f) { return fits(f, text); });
  return {encode_utf8(text), form == kForms.end() ? "unknown" : std::string(form->plate_class), corrected};
}

std::string recordable_text(std::string_view raw) {
  return is_utf8(raw) ? std::string(raw) : "hex:" + to_hex(as_bytes(raw));
}

bool color_matches_class(std::string_view color, std::string_view plate_class) {
  static constexpr std::array<std::string_view, 3> kSaysNothing{"", "unknown", "other"};
  const auto is_one_of = [](std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
  };
  if (std::ranges::find(kSaysNothing, color) != kSaysNothing.end()) return true;
  if (is_one_of(plate_class, {"", "none", "garbled", "unknown"})) return true;
  if (is_one_of(plate_class, {"nev_small", "nev_large"})) return is_one_of(color, {"green", "yellow_green"});
  if (is_one_of(plate_class, {"trailer", "learner"})) return color == "yellow";
  if (is_one_of(plate_class, {"police", "armed_police", "military", "emergency"})) return color == "white";
  if (is_one_of(plate_class, {"embassy", "consulate", "hk_macau"})) return color == "black";
  if (plate_class == "civil_aviation") return is_one_of(color, {"civil_aviation", "black"});
  if (plate_class == "tractor") return is_one_of(color, {"green_agri", "green"});
  if (plate_class == "temporary") return true;  // paper, in several colours
  return is_one_of(color, {"blue", "yellow"});
}

bool is_pure_electric(std::string_view text, std::string_view plate_class) {
  const auto decoded = decode_utf8(text);
  if (!decoded || decoded->size() != 8) return false;
  if (plate_class != "nev_small" && plate_class != "nev_large") return false;
  const char32_t type = plate_class == "nev_small" ? (*decoded)[2] : (*decoded)[7];
  return type >= U'A' && type <= U'E';
}

}  // namespace exhaust
