#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is said to people, in their language. The English phrase is the key: rules and explanations write it where they
/// say it, and its Chinese one stands in chinese.cpp. A phrase with numbers has numbered places: "%1 is less than %2".
namespace exhaust::assessment {

enum class Language { kEnglish, kChinese };

/// By the name of a locale: "zh_CN.UTF-8" is Chinese; any other, and none, is English.
Language language_of(std::string_view locale);

/// The Chinese phrase of an English one; absent: there is none.
std::optional<std::string_view> chinese(std::string_view english);
/// The English of all that have a Chinese one.
std::vector<std::string_view> phrases_with_chinese();
/// "%1" to "%9" become the arguments, whose own per cent signs stay; a place without an argument stays as it is.
std::string filled(std::string_view phrase, std::initializer_list<std::string_view> arguments);
/// Columns in a terminal: Han characters and full-width punctuation take two. `text` is UTF-8.
std::size_t columns(std::string_view text);
std::string padded(std::string text, std::size_t to_columns);

/// Says phrases in one language. What has no Chinese phrase is said in English.
class Speech {
 public:
  /// Told each phrase that is asked for in Chinese, and whether there is one. For tests: nothing may be missing.
  using Listener = std::function<void(std::string_view english, bool known)>;

  Speech(Language language, Listener listener = {}) : language_(language), listener_(std::move(listener)) {}  // NOLINT: a language is enough

  std::string operator()(std::string_view english) const { return std::string(phrase(english)); }
  template <class... Arguments>
  std::string operator()(std::string_view english, const Arguments&... arguments) const {
    return filled(phrase(english), {std::string_view(arguments)...});
  }
  /// A code name that records and interfaces use: as it is, and in Chinese in brackets behind what it means.
  std::string coded(std::string_view code) const;
  /// A word that means different things in different places: looked up as "context word", said as the word.
  std::string word(std::string_view context, std::string_view word) const;
  /// "1.36 %"; the number alone where it has no unit.
  std::string with_unit(std::string number, std::string_view unit) const;

 private:
  std::string_view phrase(std::string_view english) const;

  Language language_;
  Listener listener_;
};

/// Parts of a sentence, one behind the other: "a, b".
class Enumeration {
 public:
  explicit Enumeration(const Speech& say, std::string_view between = ", ") : between_(say(between)) {}
  void add(std::string_view part) { text_.append(text_.empty() ? "" : between_).append(part); }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string between_, text_;
};

}  // namespace exhaust::assessment
