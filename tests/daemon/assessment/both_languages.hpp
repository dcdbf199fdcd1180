#pragma once

#include <gmock/gmock.h>

#include <cctype>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/assessment/explain.hpp"

/// What must be true of every explanation, whatever it is about.
namespace exhaust::assessment {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Numbers as they are written, in order. Digits that belong to a name (CO2, R2) or a unit (1/m) are none.
inline std::vector<std::string> numbers_in(const std::string& text) {
  const auto is = [&](std::size_t at, auto kind) { return at < text.size() && kind(static_cast<unsigned char>(text[at])) != 0; };
  const auto digit = [](unsigned char c) { return std::isdigit(c); };
  const auto alnum = [](unsigned char c) { return std::isalnum(c); };
  std::vector<std::string> numbers;
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = (is(at, digit) || (text[at] == '-' && is(at + 1, digit))) && (at == 0 || !is(at - 1, alnum));
    std::size_t end = at + 1;
    while (end < text.size() && (is(end, digit) || std::string_view(".eE+-").find(text[end]) != std::string_view::npos)) ++end;
    const bool unit = text.compare(at, 3, "1/m") == 0;
    if (begins && !unit) numbers.push_back(text.substr(at, end - at));
    at = begins ? end : at + 1;
  }
  return numbers;
}

/// The Chinese explanation, after it was held against the English one: nothing is untranslated, and each line has the
/// same numbers.
inline std::string explained_in_both(const v1::Passage& passage, const Standard& standard) {
  std::set<std::string> missing;
  const Speech say(Language::kChinese, [&](std::string_view phrase, bool known) {
    if (!known) missing.emplace(phrase);
  });
  const auto chinese_text = explain(passage, standard, say);
  const auto in_english = lines_of(explain(passage, standard)), in_chinese = lines_of(chinese_text);
  EXPECT_THAT(missing, testing::IsEmpty()) << "no Chinese in chinese.cpp";
  EXPECT_EQ(in_english.size(), in_chinese.size());
  static const std::regex two_english_words("[a-z]{3,} [a-z]{2,}");
  for (std::size_t i = 0; i < std::min(in_english.size(), in_chinese.size()); ++i) {
    EXPECT_EQ(numbers_in(in_english[i]), numbers_in(in_chinese[i])) << in_english[i] << "\n" << in_chinese[i];
    const bool title = in_chinese[i] == "  " + standard.title;
    EXPECT_TRUE(title || !std::regex_search(in_chinese[i], two_english_words)) << in_chinese[i];
  }
  return chinese_text;
}

}  // namespace exhaust::assessment
