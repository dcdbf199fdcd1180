#include "daemon/core/plate_codes.hpp"

#include <algorithm>
#include <array>

namespace exhaust {

namespace {

struct ColorRow {
  std::string_view word;
  std::array<std::string_view, 3> codes;  ///< national, JT/T 697.7, SFE; empty: none of its own
};

/// Where a number stands twice, the first row is what it is read as.
constexpr std::array<ColorRow, 8> kColors{{
    {"blue", {"0", "1", "1"}},
    {"yellow", {"1", "2", "2"}},
    {"white", {"2", "4", "3"}},
    {"black", {"3", "3", "4"}},
    {"green", {"4", "5", "5"}},
    {"yellow_green", {"", "", "6"}},
    {"civil_aviation", {"5", "", ""}},
    {"other", {"255", "9", "10"}},
}};

struct NameRow {
  std::string_view name, word;
};
constexpr std::array<NameRow, 23> kNames{{
    {"蓝", "blue"},          {"蓝色", "blue"},        {"blue", "blue"},           {"黄", "yellow"},
    {"黄色", "yellow"},      {"yellow", "yellow"},    {"白", "white"},            {"白色", "white"},
    {"white", "white"},      {"黑", "black"},         {"黑色", "black"},          {"black", "black"},
    {"绿", "green"},         {"绿色", "green"},       {"渐变绿", "green"},        {"green", "green"},
    {"黄绿", "yellow_green"}, {"黄绿双拼", "yellow_green"}, {"yellow_green", "yellow_green"},
    {"green_agri", "green_agri"}, {"civil_aviation", "civil_aviation"}, {"其他", "other"}, {"other", "other"},
}};

constexpr std::array<PlateType, 35> kTypes{{
    {"01", "大型汽车", "large vehicle", "yellow"},
    {"02", "小型汽车", "small vehicle", "blue"},
    {"03", "使馆汽车", "embassy car", "black"},
    {"04", "领馆汽车", "consulate car", "black"},
    {"05", "境外汽车", "vehicle from abroad", "black"},
    {"06", "外籍汽车", "foreigner's vehicle", ""},
    {"07", "普通摩托车", "motorcycle", ""},
    {"08", "轻便摩托车", "light motorcycle", ""},
    {"09", "使馆摩托车", "embassy motorcycle", "black"},
    {"10", "领馆摩托车", "consulate motorcycle", "black"},
    {"11", "境外摩托车", "motorcycle from abroad", ""},
    {"12", "外籍摩托车", "foreigner's motorcycle", ""},
    {"13", "低速车", "low-speed vehicle", ""},
    {"14", "拖拉机", "tractor", ""},
    {"15", "挂车", "trailer", "yellow"},
    {"16", "教练汽车", "learner's vehicle", "yellow"},
    {"17", "教练摩托车", "learner's motorcycle", ""},
    {"18", "试验汽车", "test vehicle", ""},
    {"19", "试验摩托车", "test motorcycle", ""},
    {"20", "临时入境汽车", "vehicle entered temporarily", ""},
    {"21", "临时入境摩托车", "motorcycle entered temporarily", ""},
    {"22", "临时行驶车", "temporary", ""},
    {"23", "警用汽车", "police car", "white"},
    {"24", "警用摩托", "police motorcycle", "white"},
    {"25", "原农机", "former farm machine", ""},
    {"26", "香港入出境车", "Hong Kong vehicle", "black"},
    {"27", "澳门入出境车", "Macau vehicle", "black"},
    {"31", "武警", "armed police", "white"},
    {"32", "军队", "military", "white"},
    {"41", "无号牌", "no plate", ""},
    {"42", "假号牌", "false plate", ""},
    {"43", "挪用号牌", "plate of another vehicle", ""},
    {"51", "大型新能源汽车", "large new-energy vehicle", "yellow_green"},
    {"52", "小型新能源汽车", "small new-energy vehicle", "green"},
    {"99", "其他", "other", ""},
}};

constexpr std::array<PlateTypeRule, 13> kRules{{
    {"nev_small", "", "", "52"},
    {"nev_large", "", "", "51"},
    {"police", "", "", "23"},
    {"learner", "", "", "16"},
    {"trailer", "", "", "15"},
    {"embassy", "", "", "03"},
    {"consulate", "", "", "04"},
    {"hk_macau", "", "港", "26"},
    {"hk_macau", "", "澳", "27"},
    {"armed_police", "", "", "31"},
    {"military", "", "", "32"},
    {"ordinary", "blue", "", "02"},
    {"ordinary", "yellow", "", "01"},
}};

}  // namespace

std::optional<std::string_view> color_of_code(ColorProfile profile, std::string_view code) {
  if (code.empty()) return std::nullopt;
  for (const auto& row : kColors) {
    if (row.codes[static_cast<std::size_t>(profile)] == code) return row.word;
  }
  const auto* named = std::ranges::find(kNames, code, &NameRow::name);
  return named == kNames.end() ? std::nullopt : std::optional(named->word);
}

std::span<const PlateType> plate_types() { return kTypes; }

const PlateType* find_plate_type(std::string_view code) {
  const auto is = [code](const PlateType& type) {
    return type.code == code || (code.size() == 1 && type.code[0] == '0' && type.code.substr(1) == code);
  };
  const auto* found = std::ranges::find_if(kTypes, is);
  return found == kTypes.end() ? nullptr : found;
}

std::span<const PlateTypeRule> plate_type_rules() { return kRules; }

std::string_view plate_type_of(std::string_view text, std::string_view plate_class, std::string_view color,
                               std::span<const PlateTypeRule> rules) {
  const auto fits = [&](const PlateTypeRule& rule) {
    return rule.plate_class == plate_class && (rule.color.empty() || rule.color == color) && text.ends_with(rule.ending);
  };
  const auto found = std::ranges::find_if(rules, fits);
  return found == rules.end() ? "99" : found->code;
}

}  // namespace exhaust
