#include "daemon/assessment/phrases.hpp"

#include "daemon/core/utf8.hpp"

namespace exhaust::assessment {

Language language_of(std::string_view locale) {
  const bool zh = locale.starts_with("zh") && (locale.size() == 2 || locale[2] == '_' || locale[2] == '-' || locale[2] == '.' || locale[2] == '@');
  return zh ? Language::kChinese : Language::kEnglish;
}

std::string filled(std::string_view phrase, std::initializer_list<std::string_view> arguments) {
  std::string text;
  for (std::size_t at = 0; at < phrase.size(); ++at) {
    const bool place = phrase[at] == '%' && at + 1 < phrase.size() && phrase[at + 1] >= '1' && phrase[at + 1] <= '9';
    const std::size_t index = place ? static_cast<std::size_t>(phrase[at + 1] - '1') : arguments.size();
    if (index >= arguments.size()) {
      text += phrase[at];
      continue;
    }
    text += arguments.begin()[index];
    ++at;
  }
  return text;
}

std::size_t columns(std::string_view text) {
  const auto characters = decode_utf8(text);
  if (!characters) return text.size();
  std::size_t width = 0;
  for (const char32_t c : *characters) {
    const bool wide = (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) ||
                      (c >= 0xFF01 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x20000 && c <= 0x3FFFD);
    width += wide ? 2 : 1;
  }
  return width;
}

std::string padded(std::string text, std::size_t to_columns) {
  const auto width = columns(text);
  if (width < to_columns) text.append(to_columns - width, ' ');
  return text;
}

std::string_view Speech::phrase(std::string_view english) const {
  if (language_ == Language::kEnglish) return english;
  const auto known = chinese(english);
  if (listener_) listener_(english, known.has_value());
  return known.value_or(english);
}

std::string Speech::coded(std::string_view code) const {
  const auto meaning = phrase(code);
  return meaning == code ? std::string(code) : filled("%1（%2）", {meaning, code});
}

std::string Speech::word(std::string_view context, std::string_view word) const {
  const auto key = std::string(context).append(" ").append(word);
  const auto said = phrase(key);
  return std::string(said == key ? word : said);
}

std::string Speech::with_unit(std::string number, std::string_view unit) const {
  if (!unit.empty()) number.append(" ").append(phrase(unit));
  return number;
}

}  // namespace exhaust::assessment
