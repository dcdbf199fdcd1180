#include "daemon/core/plate_codes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/plate.hpp"

namespace exhaust {
namespace {

const auto by_name = [](const auto& of) { return of.param.name; };

struct ColorCase {
  std::string name, word, national, jtt697, sfe;
};
class PlateColorCode : public testing::TestWithParam<ColorCase> {};

TEST_P(PlateColorCode, IsReadByItsProfile) {
  const auto& c = GetParam();
  const auto reads = [&](ColorProfile profile, const std::string& code) {
    if (code.empty()) return;
    EXPECT_EQ(color_of_code(profile, code), c.word) << code;
  };
  reads(ColorProfile::kNational, c.national);
  reads(ColorProfile::kJtt697, c.jtt697);
  reads(ColorProfile::kSfe, c.sfe);
  reads(ColorProfile::kSfe, c.word);
}

// Where two colours share a number it is read as the first of them; empty here for the second.
INSTANTIATE_TEST_SUITE_P(PlatesMd4, PlateColorCode, testing::ValuesIn(std::vector<ColorCase>{
    {"Blue", "blue", "0", "1", "1"},
    {"Yellow", "yellow", "1", "2", "2"},
    {"White", "white", "2", "4", "3"},
    {"Black", "black", "3", "3", "4"},
    {"Green", "green", "4", "5", "5"},
    {"YellowGreen", "yellow_green", "", "", "6"},
    {"CivilAviation", "civil_aviation", "5", "", ""},
    {"Other", "other", "255", "9", "10"},
}), by_name);

TEST(PlateColorCode, NamesAreReadInEveryProfileAndNonsenseInNone) {
  EXPECT_EQ(color_of_code(ColorProfile::kNational, "蓝色"), "blue");
  EXPECT_EQ(color_of_code(ColorProfile::kJtt697, "渐变绿"), "green");
  EXPECT_EQ(color_of_code(ColorProfile::kNational, "9"), std::nullopt);
  EXPECT_EQ(color_of_code(ColorProfile::kJtt697, "0"), std::nullopt);
  EXPECT_EQ(color_of_code(ColorProfile::kNational, ""), std::nullopt);
}

struct TypeCase {
  std::string name, text, color, code;
};
class PlateTypeFromPlate : public testing::TestWithParam<TypeCase> {};

TEST_P(PlateTypeFromPlate, IsDerivedByTheTable) {
  const auto& c = GetParam();
  const auto plate = parse_plate(c.text, c.color);
  EXPECT_EQ(plate_type_of(plate.text, plate.plate_class, c.color), c.code) << plate.plate_class;
}

INSTANTIATE_TEST_SUITE_P(PlatesMd5, PlateTypeFromPlate, testing::ValuesIn(std::vector<TypeCase>{
    {"NevSmall", "京AD12345", "green", "52"},
    {"NevLarge", "京A12345D", "yellow_green", "51"},
    {"Police", "皖A1234警", "white", "23"},
    {"Learner", "浙A1234学", "yellow", "16"},
    {"Trailer", "冀B1234挂", "yellow", "15"},
    {"Embassy", "使014578", "black", "03"},
    {"EmbassyNew", "224578使", "black", "03"},
    {"Consulate", "沪A0023领", "black", "04"},
    {"HongKong", "粤ZAB12港", "black", "26"},
    {"Macau", "粤Z1234澳", "black", "27"},
    {"ArmedPolice", "WJ京12345", "white", "31"},
    {"Military", "VA12345", "white", "32"},
    {"BlueSeven", "京A12345", "blue", "02"},
    {"YellowSeven", "京A12345", "yellow", "01"},
    {"WhiteSeven", "京A12345", "white", "99"},
    {"NoColour", "京A12345", "unknown", "99"},
    {"Tractor", "京0112345", "green_agri", "99"},
    {"Misread", "京AI2345", "blue", "99"},
    {"NoPlate", "无车牌", "blue", "99"},
}), by_name);

TEST(PlateType, AnotherTableGivesOtherNumbers) {
  const std::array<PlateTypeRule, 1> swapped{{{"nev_small", "", "", "51"}}};
  EXPECT_EQ(plate_type_of("京AD12345", "nev_small", "green", swapped), "51");
}

TEST(PlateType, CodesOfGa24_7AreKnownOnceAndAZeroMayBeMissing) {  // plates.md 5
  std::set<std::string_view> codes;
  for (const auto& type : plate_types()) {
    EXPECT_EQ(type.code.size(), 2u);
    EXPECT_TRUE(codes.insert(type.code).second) << type.code;
    EXPECT_EQ(find_plate_type(type.code), &type);
  }
  EXPECT_EQ(codes.size(), 35u);
  ASSERT_NE(find_plate_type("2"), nullptr);
  EXPECT_EQ(find_plate_type("2")->name, "小型汽车");
  EXPECT_EQ(find_plate_type("52")->color, "green");
  for (const auto* code : {"", "0", "00", "28", "33", "100", "A1"}) EXPECT_EQ(find_plate_type(code), nullptr) << code;
}

}  // namespace
}  // namespace exhaust
