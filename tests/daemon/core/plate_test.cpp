#include "daemon/core/plate.hpp"

#include <gmock/gmock.h>

#include "daemon/core/bytes.hpp"

namespace exhaust {
namespace {

struct PlateCase {
  std::string name;
  std::string raw;
  std::string text;
  std::string plate_class;
  std::string color = "unknown";
  bool corrected = false;
};

class Plate : public testing::TestWithParam<PlateCase> {};

TEST_P(Plate, IsNormalisedAndClassified) {
  const auto& expected = GetParam();
  const auto plate = parse_plate(expected.raw, expected.color);
  EXPECT_EQ(plate.text, expected.text);
  EXPECT_EQ(plate.plate_class, expected.plate_class);
  EXPECT_EQ(plate.corrected, expected.corrected);
}

PlateCase plain(std::string name, std::string text, std::string plate_class) {
  return {std::move(name), text, text, std::move(plate_class)};
}

const auto kName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Vectors, Plate, testing::ValuesIn(std::vector<PlateCase>{  // plates.md 2.1
    plain("Ordinary", "京A12345", "ordinary"),
    plain("Official", "京O12345", "ordinary"),
    plain("SmallElectric", "京AD12345", "nev_small"),
    plain("SmallWithTypeA", "粤BAD1234", "nev_small"),
    plain("LetterInLastFour", "沪BD1A234", "unknown"),
    plain("LetterInFifthPlace", "京AF0A234", "unknown"),
    plain("LargeElectric", "京A12345D", "nev_large"),
    plain("LargeOther", "粤B12345F", "nev_large"),
    plain("TwoLettersAtEnd", "粤B1234DD", "unknown"),
    plain("Police", "皖A1234警", "police"),
    plain("Learner", "浙A1234学", "learner"),
    plain("Trailer", "冀B1234挂", "trailer"),
    plain("HongKong", "粤ZAB12港", "hk_macau"),
    plain("Macau", "粤Z1234澳", "hk_macau"),
    plain("EmbassyOld", "使014578", "embassy"),
    plain("EmbassyNew", "224578使", "embassy"),
    plain("Consulate", "沪A0023领", "consulate"),
    plain("ArmedPolice", "WJ京12345", "armed_police"),
    plain("ArmedPoliceLetter", "WJ沪1234X", "armed_police"),
    plain("Military", "VA12345", "military"),
    plain("LetterI", "京AI2345", "unknown"),
    plain("TooShort", "京A1234", "unknown"),
    {"NoPlate", "无车牌", "", "none"},
    {"NotRecognisable", "无法识别", "", "none"},
    {"NotRecognised", "未识别", "", "none"},
    {"Dashes", "---", "", "none"},
    {"TheWordPlate", "车牌", "", "none"},
    {"Empty", "", "", "none"},
}), kName);

INSTANTIATE_TEST_SUITE_P(OtherForms, Plate, testing::ValuesIn(std::vector<PlateCase>{  // plates.md 2
    plain("SmallOther", "京AF12345", "nev_small"),
    plain("SmallWithLetterSecond", "京ADA1234", "nev_small"),
    plain("SmallTypeI", "京AI12345", "unknown"),
    plain("SmallTypeL", "京AL12345", "unknown"),
    plain("SmallFromOfficial", "京OD12345", "unknown"),
    plain("SerialWithO", "京A1234O", "unknown"),
    plain("AuthorityI", "京I12345", "unknown"),
    plain("NoProvince", "台A12345", "unknown"),
    plain("OrdinaryLetters", "琼EZZZZZ", "ordinary"),
    plain("ConsulateShort", "沪023领", "consulate"),
    plain("ConsulateTooLong", "沪A002345领", "unknown"),
    plain("ArmedPoliceNational", "WJ12345", "armed_police"),
    plain("ArmedPoliceBadLetter", "WJ京1234A", "unknown"),
    plain("Emergency", "京X1234应急", "emergency"),
    plain("EmergencyForest", "川S1234应急", "emergency"),
    plain("CivilAviation", "民航A1234", "civil_aviation"),
    plain("HongKongOutsideGuangdong", "京ZAB12港", "unknown"),
    plain("Temporary", "京A1234临", "temporary"),
    plain("TemporaryWithFiveSigns", "京A12345临", "temporary"),
    plain("TemporaryOversize", "京A1234超", "temporary"),
    plain("TemporaryTrial", "京AB2345试", "temporary"),
    plain("TemporaryTooShort", "京A123临", "unknown"),
    plain("TemporaryWithoutItsSignIsOrdinary", "京A12345", "ordinary"),
    plain("Tractor", "京0112345", "tractor"),
    plain("TractorWithLetters", "鲁02A1234", "tractor"),
    plain("TractorTooShort", "京011234", "unknown"),
    plain("TractorWithLetterI", "京01I2345", "unknown"),
    plain("MotorcycleIsOrdinary", "粤A1B2C3", "ordinary"),
    plain("EmbassyTooShort", "使01457", "unknown"),
    plain("ConsulateWithoutLetter", "沪01234领", "consulate"),
    plain("MilitaryTooLong", "VA123456", "unknown"),
    plain("EmergencyOtherLetter", "京A1234应急", "unknown"),
    plain("CivilAviationTooLong", "民航A12345", "unknown"),
    plain("MacauOutsideZ", "粤A1234澳", "unknown"),
    plain("TwoProvinces", "京京12345", "unknown"),
    plain("TooLong", "京A123456", "unknown"),
    plain("Words", "测试", "unknown"),
}), kName);

INSTANTIATE_TEST_SUITE_P(Normalisation, Plate, testing::ValuesIn(std::vector<PlateCase>{  // plates.md 3
    {"NulPadding", std::string("京A12345\0\0\0\0\0\0\0", 16), "京A12345", "ordinary"},
    {"GarbageAfterNul", std::string("京A12345\0\xff\xfe", 12), "京A12345", "ordinary"},
    {"OnlyNul", std::string("\0\0\0", 3), "", "none"},
    {"Spaces", " 京A 12345\t", "京A12345", "ordinary"},
    {"WideSpace", "京A\u300012345", "京A12345", "ordinary"},
    {"MiddleDot", "京A·12345", "京A12345", "ordinary"},
    {"Bullet", "京A•12345", "京A12345", "ordinary"},
    {"KatakanaDot", "京A・12345", "京A12345", "ordinary"},
    {"FullStop", "京A.12345", "京A12345", "ordinary"},
    {"FullWidthFullStop", "京A．12345", "京A12345", "ordinary"},
    {"BlackCircle", "京A●12345", "京A12345", "ordinary"},
    {"Hyphen", "京A-12345", "京A12345", "ordinary"},
    {"FullWidth", "京Ａ１２３４５", "京A12345", "ordinary"},
    {"FullWidthHyphen", "京A－12345", "京A12345", "ordinary"},
    {"LowerCase", "京a1234d", "京A1234D", "ordinary"},
    {"FullWidthLowerCase", "京ａd12345", "京AD12345", "nev_small"},
    {"UnknownWord", "unknown", "", "none"},
    {"UnknownInChinese", "未知", "", "none"},
    {"NoLicence", "无号牌", "", "none"},
    {"NullWord", "null", "", "none"},
    {"PlateNotRecognised", "未识别车牌", "", "none"},
    {"SpacedNoPlate", "无 车 牌", "", "none"},
    {"LetterOIsNotZero", "京AO2345", "京AO2345", "unknown"},
    {"PrefixOfReportedColor", "蓝浙A12345", "浙A12345", "ordinary", "blue", true},
    {"PrefixOfOtherColor", "蓝浙A12345", "蓝浙A12345", "unknown", "yellow"},
    {"PrefixWithoutColor", "蓝浙A12345", "蓝浙A12345", "unknown", "unknown"},
    {"GreenPrefix", "绿京AD12345", "京AD12345", "nev_small", "green", true},
    {"GradientGreenPrefix", "渐变绿京AD12345", "京AD12345", "nev_small", "green", true},
    {"YellowGreenPrefix", "黄绿京A12345D", "京A12345D", "nev_large", "yellow_green", true},
    {"BlackPrefix", "黑使014578", "使014578", "embassy", "black", true},
    {"BlackIsAlsoAProvince", "黑A12345", "黑A12345", "ordinary", "black"},
    {"BlackProvinceMisread", "黑A1234", "黑A1234", "unknown", "black"},
    {"PrefixBeforeNoPlate", "蓝无车牌", "", "none", "blue"},
    {"TraditionalYunnan", "雲A12345", "云A12345", "ordinary", "blue", true},
    {"TraditionalLiaoning", "遼A12345", "辽A12345", "ordinary", "blue", true},
    {"TraditionalJiangsu", "蘇A12345", "苏A12345", "ordinary", "blue", true},
    {"CompatibilityLiaoning", "\xEF\xA7\x83" "A12345", "辽A12345", "ordinary", "blue", true},
    {"TraditionalTrailer", "冀B1234掛", "冀B1234挂", "trailer", "yellow", true},
    {"TraditionalTemporary", "京A1234臨", "京A1234临", "temporary", "unknown", true},
}), kName);

std::string text_of(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  return std::string(as_text(bytes));
}

INSTANTIATE_TEST_SUITE_P(NotUtf8, Plate, testing::ValuesIn(std::vector<PlateCase>{
    {"Gbk", text_of("be a9 41 31 32 33 34 35"), "", "garbled"},
    {"Truncated", text_of("e4 ba"), "", "garbled"},
    {"ReplacedWhileConverted", "京A\uFFFD" "2345", "", "garbled"},
    {"LoneContinuation", text_of("41 80"), "", "garbled"},
    {"Overlong", text_of("c1 81"), "", "garbled"},
    {"OverlongThreeBytes", text_of("e0 81 81"), "", "garbled"},
    {"Surrogate", text_of("ed a0 80"), "", "garbled"},
    {"AboveUnicode", text_of("f4 90 80 80"), "", "garbled"},
    {"OldFiveBytes", text_of("f8 88 80 80 80"), "", "garbled"},
}), kName);

TEST(PlateVectors, HaveTheBytesOfTheDomainPage) {
  EXPECT_EQ(to_hex(as_bytes(parse_plate("京A12345", "blue").text)), "e4baac413132333435");
  EXPECT_EQ(parse_plate("京AD12345", "green").text.size(), 10u);
  EXPECT_EQ(parse_plate("皖A1234警", "white").text.size(), 11u);
  EXPECT_EQ(parse_plate("京X1234应急", "white").text.size(), 14u);  // the longest valid plate
}

TEST(RecordableText, IsHexOnlyWhereTheBytesAreNoUtf8) {
  EXPECT_EQ(recordable_text("蓝京A12345"), "蓝京A12345");
  EXPECT_EQ(recordable_text("\xbe\xa9" "A1"), "hex:bea94131");
}

TEST(PlateColor, AgreesWithTheClassAsInTheTable) {  // plates.md 4
  EXPECT_TRUE(color_matches_class("blue", "ordinary"));
  EXPECT_TRUE(color_matches_class("yellow", "ordinary"));
  EXPECT_TRUE(color_matches_class("green", "nev_small"));
  EXPECT_TRUE(color_matches_class("yellow_green", "nev_large"));
  EXPECT_TRUE(color_matches_class("yellow", "trailer"));
  EXPECT_TRUE(color_matches_class("white", "police"));
  EXPECT_TRUE(color_matches_class("black", "embassy"));
  EXPECT_TRUE(color_matches_class("civil_aviation", "civil_aviation"));
}

TEST(PlateColor, OfTheRarerKinds) {  // plates.md 4, 2
  EXPECT_TRUE(color_matches_class("green_agri", "tractor"));
  EXPECT_FALSE(color_matches_class("blue", "tractor"));
  EXPECT_TRUE(color_matches_class("blue", "temporary")) << "paper says nothing";
  EXPECT_TRUE(color_matches_class("white", "armed_police"));
  EXPECT_TRUE(color_matches_class("white", "military"));
  EXPECT_TRUE(color_matches_class("black", "consulate"));
  EXPECT_TRUE(color_matches_class("black", "hk_macau"));
  EXPECT_FALSE(color_matches_class("yellow", "hk_macau"));
  EXPECT_TRUE(color_matches_class("yellow", "learner"));
  EXPECT_FALSE(color_matches_class("blue", "police"));
}

TEST(PlateColor, DisagreesInBothDirections) {
  EXPECT_FALSE(color_matches_class("blue", "nev_small"));
  EXPECT_FALSE(color_matches_class("green", "ordinary"));
  EXPECT_FALSE(color_matches_class("blue", "learner"));
  EXPECT_FALSE(color_matches_class("yellow", "military"));
  EXPECT_FALSE(color_matches_class("white", "ordinary"));
  EXPECT_FALSE(color_matches_class("blue", "hk_macau"));
  EXPECT_FALSE(color_matches_class("black", "ordinary"));
}

TEST(PlateColor, SaysNothingWhenEitherIsNotKnown) {
  EXPECT_TRUE(color_matches_class("unknown", "police"));
  EXPECT_TRUE(color_matches_class("other", "nev_small"));
  EXPECT_TRUE(color_matches_class("blue", "none"));
  EXPECT_TRUE(color_matches_class("green", "unknown"));
}

TEST(PureElectric, IsTheTypeLetterAToE) {  // plates.md 2
  EXPECT_TRUE(is_pure_electric("京AD12345", "nev_small"));
  EXPECT_TRUE(is_pure_electric("粤BAD1234", "nev_small"));
  EXPECT_FALSE(is_pure_electric("京AF12345", "nev_small"));
  EXPECT_TRUE(is_pure_electric("京A12345D", "nev_large"));
  EXPECT_FALSE(is_pure_electric("粤B12345F", "nev_large"));
  EXPECT_FALSE(is_pure_electric("京A1234D", "ordinary"));
  EXPECT_FALSE(is_pure_electric("", "nev_small"));
}

}  // namespace
}  // namespace exhaust
