#include "daemon/registry/vehicle_codes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/core/plate_codes.hpp"

namespace exhaust::registry {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string upper(std::string_view text) {
  std::string word(trimmed(text));
  for (char& c : word) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return word;
}

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

using Pair = std::pair<std::string_view, std::string_view>;

template <std::size_t N>
std::optional<std::string> in(const std::array<Pair, N>& table, std::string_view word) {
  const auto* found = std::ranges::find(table, word, &Pair::first);
  return found == table.end() ? std::nullopt : std::optional(std::string(found->second));
}

constexpr std::array<Pair, 33> kFuels{{
    {"GASOLINE", "gasoline"}, {"PETROL", "gasoline"}, {"汽油", "gasoline"},   {"A", "gasoline"},
    {"DIESEL", "diesel"},     {"柴油", "diesel"},     {"B", "diesel"},
    {"ELECTRIC", "electric"}, {"电", "electric"},     {"纯电动", "electric"}, {"C", "electric"},
    {"NEV", "nev"},
    {"D", "other"}, {"E", "other"}, {"F", "other"}, {"L", "other"}, {"M", "other"}, {"N", "other"},
    {"O", "other"}, {"P", "other"}, {"Y", "other"}, {"Z", "other"},
    {"OTHER", "other"},       {"其他", "other"},      {"HYBRID", "other"},    {"混合动力", "other"},
    {"混合油", "other"},      {"天然气", "other"},    {"液化石油气", "other"}, {"甲醇", "other"},
    {"乙醇", "other"},        {"氢", "other"},
    {"UNKNOWN", "unknown"},
}};

constexpr std::array<Pair, 19> kStages{{
    {"0", "0"}, {"1", "1"}, {"2", "2"}, {"3", "3"}, {"4", "4"}, {"5", "5"}, {"6", "6"},
    {"一", "1"}, {"二", "2"}, {"三", "3"}, {"四", "4"}, {"五", "5"}, {"六", "6"},
    {"Ⅰ", "1"}, {"Ⅱ", "2"}, {"Ⅲ", "3"}, {"Ⅳ", "4"}, {"Ⅴ", "5"}, {"Ⅵ", "6"},
}};

}  // namespace

std::optional<std::string> fuel_of_code(std::string_view code) {
  const auto word = upper(code);
  if (auto fuel = in(kFuels, word)) return fuel;
  // A vehicle with several: each must be a letter of the list.
  const auto is_fuel_letter = [](char c) { return in(kFuels, std::string_view(&c, 1)).has_value(); };
  if (word.size() < 2 || word.size() > 4 || !std::ranges::all_of(word, is_fuel_letter)) return std::nullopt;
  return "other";
}

std::optional<std::string> plate_type_of_code(std::string_view code) {
  const auto* type = find_plate_type(trimmed(code));
  return type == nullptr ? std::nullopt : std::optional(std::string(type->code));
}

std::optional<std::string> emission_stage_of_code(std::string_view code) {
  auto word = trimmed(code);
  constexpr std::string_view kNation = "国";
  if (word.starts_with(kNation)) word.remove_prefix(kNation.size());
  return in(kStages, word);
}

std::optional<std::string> use_of_code(std::string_view code) {
  auto word = upper(code);
  return word.size() == 1 && is_letter(word[0]) ? std::optional(std::move(word)) : std::nullopt;
}

std::optional<std::string> type_of_code(std::string_view code) {
  auto word = upper(code);
  const auto fits = [](char c) { return is_letter(c) || is_digit(c); };
  const bool is_type = word.size() == 3 && is_letter(word[0]) && fits(word[1]) && fits(word[2]);
  return is_type ? std::optional(std::move(word)) : std::nullopt;
}

std::optional<std::string> category_of_code(std::string_view code) {
  auto word = upper(code);
  const bool is_category = word.size() == 2 && (word[0] == 'M' || word[0] == 'N') && word[1] >= '1' && word[1] <= '3';
  return is_category ? std::optional(std::move(word)) : std::nullopt;
}

}  // namespace exhaust::registry
