#include "drivers/anpr/charset.hpp"

#include <gmock/gmock.h>

#include "daemon/core/bytes.hpp"

namespace exhaust::anpr {
namespace {

using enum AnprSettings::TextCoding;

std::string bytes_of(std::string_view hex) {
  const auto bytes = from_hex(hex).value();
  return std::string(as_text(bytes));
}

const std::string kGbkPlate = bytes_of("be a9 41 31 32 33 34 35");  // 京A12345, plates.md 3.1

TEST(Charset, GbkBecomesUtf8) {
  EXPECT_EQ(gb18030_to_utf8(kGbkPlate).utf8, "京A12345");
  EXPECT_EQ(gb18030_to_utf8(bytes_of("c0 b6 d5 e3 41 a1 a4 31 32 33 34 35 b9 d2")).utf8, "蓝浙A·12345挂");
  EXPECT_EQ(gb18030_to_utf8("").utf8, "");
  EXPECT_EQ(gb18030_to_utf8(kGbkPlate).replaced, 0u);
}

TEST(Charset, BytesThatAreNoTextAreReplacedOneByOneAndCounted) {
  const auto text = gb18030_to_utf8(bytes_of("be a9 ff 41 31 be"));
  EXPECT_EQ(text.utf8, "京\uFFFDA1\uFFFD");
  EXPECT_EQ(text.replaced, 2u);
  EXPECT_EQ(gb18030_to_utf8(bytes_of("be 3c 41")).utf8,
            "\uFFFD<A");  // a cut character does not eat the mark-up
}

TEST(Charset, WhatIsNoTextAtAllIsGivenUpSoon) {
  const auto text = gb18030_to_utf8(std::string(33u << 20, '\xFF'));
  EXPECT_EQ(text.replaced, kMostReplaced + 1);
  EXPECT_LE(text.utf8.size(), 3 * text.replaced);
}

TEST(Charset, LongTextsAreConvertedWhole) {
  std::string gbk, utf8;
  for (int i = 0; i < 5000; ++i) {
    gbk += kGbkPlate;
    utf8 += "京A12345";
  }
  EXPECT_EQ(gb18030_to_utf8(gbk).utf8, utf8);
}

TEST(Charset, AutoBelievesTheDeclarationThenTheBytes) {
  EXPECT_EQ(convert_if_gbk(kGbkPlate, kAuto, "")->utf8, "京A12345");
  EXPECT_EQ(convert_if_gbk(kGbkPlate, kAuto, "UTF-8")->utf8, "京A12345");  // the declaration is wrong
  EXPECT_EQ(convert_if_gbk(kGbkPlate, kAuto, "gb2312")->utf8, "京A12345");
  EXPECT_FALSE(convert_if_gbk("京A12345", kAuto, ""));
  EXPECT_FALSE(convert_if_gbk("京A12345", kAuto, "utf-8"));
  EXPECT_FALSE(convert_if_gbk(kGbkPlate, kAuto, "ISO-8859-1"));
  // Two GBK characters that happen to be UTF-8 as well: only the declaration can tell.
  EXPECT_EQ(convert_if_gbk(bytes_of("c1 aa cd a8"), kAuto, "GBK")->utf8, "联通");
}

TEST(Charset, TheSettingsHaveTheLastWord) {
  EXPECT_FALSE(convert_if_gbk(kGbkPlate, kUtf8, "GBK"));
  EXPECT_EQ(convert_if_gbk(bytes_of("c1 aa cd a8"), kGbk, "UTF-8")->utf8, "联通");
}

}  // namespace
}  // namespace exhaust::anpr
