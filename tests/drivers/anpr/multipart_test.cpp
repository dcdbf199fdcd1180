#include "drivers/anpr/multipart.hpp"

#include <gmock/gmock.h>

namespace exhaust::anpr::multipart {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

TEST(Boundary, MayBeQuotedOrNot) {
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=MIME_boundary"), "MIME_boundary");
  EXPECT_EQ(boundary_of("multipart/form-data; boundary=\"MIME boundary; 7e1\""), "MIME boundary; 7e1");
  EXPECT_EQ(boundary_of("multipart/form-data;boundary=---------------------------7e13971310878"),
            "---------------------------7e13971310878");
  EXPECT_EQ(boundary_of("Multipart/Form-Data; charset=utf-8; Boundary=b ; x=y"), "b");
  EXPECT_EQ(boundary_of("multipart/form-data; note=\"boundary=no\"; boundary=yes"), "yes");
}

TEST(Boundary, IsAnErrorWhereThereIsNone) {
  for (const std::string type : {"", "text/xml", "multipart/form-data",
                                 "multipart/form-data; boundary=", "multipart/form-data; boundary=\"",
                                 "multipart/form-data; boundary=\"unclosed", "multipart/form-data; boundary",
                                 "text/xml; boundary=b"}) {
    EXPECT_FALSE(boundary_of(type)) << type;
  }
  EXPECT_FALSE(boundary_of("multipart/form-data; boundary=" + std::string(71, 'b')));
}

TEST(Split, GivesThePartsWithTheirNames) {
  const auto parts = split(
      "--B\r\n"
      "Content-Disposition: form-data; name=\"anpr.xml\"; filename=\"anpr.xml\"\r\n"
      "Content-Type: text/xml; charset=\"UTF-8\"\r\n"
      "Content-Length: 4\r\n"
      "\r\n"
      "<a/>\r\n"
      "--B\r\n"
      "content-disposition:form-data;filename=plate.jpg;name=licensePlatePicture\r\n"
      "CONTENT-TYPE:Image/JPEG\r\n"
      "\r\n"
      "\xFF\xD8jpeg\r\n"
      "--B--\r\n",
      "B");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "anpr.xml");
  EXPECT_EQ((*parts)[0].content_type, "text/xml");
  EXPECT_EQ((*parts)[0].content, "<a/>");
  EXPECT_EQ((*parts)[1].name, "licensePlatePicture");
  EXPECT_EQ((*parts)[1].file_name, "plate.jpg");
  EXPECT_EQ((*parts)[1].content_type, "image/jpeg");
  EXPECT_EQ((*parts)[1].content, "\xFF\xD8jpeg");
}

TEST(Split, KeepsEveryByteOfAPicture) {
  const auto jpeg = "\xFF\xD8\r\n--\r\n--BX\r\n--B jpeg\0\r\n\r\n--C--\r\n"s;
  const auto body = "--B\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg + "\r\n--B--";
  const auto parts = split(body, "B");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ((*parts)[0].content, jpeg);
}

TEST(Split, IgnoresPreambleEpilogueAndBlanksAfterABoundary) {
  const auto parts =
      split("\r\nhello --B\r\n--B \t\r\n\r\none\r\n--B--\r\nbye\r\n--B\r\n\r\ntwo\r\n--B--", "B");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1u);
  EXPECT_EQ((*parts)[0].content, "one");
}

TEST(Split, TakesPartsWithoutNameOrHeaders) {
  const auto parts = split("--B\r\nContent-Type: text/xml\r\n\r\nx\r\n--B\r\n\r\n\r\n--B--", "B");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].name, "");
  EXPECT_EQ((*parts)[1].content_type, "");
  EXPECT_EQ((*parts)[1].content, "");
}

TEST(Split, UnderstandsQuotedNames) {
  const auto parts = split(
      "--B\r\nContent-Disposition: form-data; filename=\"a;name=x\"; name=\"q\\\"q\"\r\n\r\n\r\n--B--", "B");
  ASSERT_TRUE(parts);
  EXPECT_EQ((*parts)[0].name, "q\"q");
  EXPECT_EQ((*parts)[0].file_name, "a;name=x");
}

TEST(Split, TakesNoPartsFromNoParts) {
  const auto parts = split("--B--\r\n", "B");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->empty());
}

struct BadBody {
  std::string name;
  std::string body;
  std::string reason;
};

class HostileBody : public testing::TestWithParam<BadBody> {};

TEST_P(HostileBody, IsAnError) {
  const auto parts = split(GetParam().body, "B");
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().kind, ErrorKind::kBadFrame);
  EXPECT_THAT(parts.error().detail, HasSubstr(GetParam().reason));
}

std::string repeated(int times, const std::string& text) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

INSTANTIATE_TEST_SUITE_P(Bodies, HostileBody,
                         testing::ValuesIn(std::vector<BadBody>{
                             {"Empty", "", "boundary"},
                             {"OtherBoundary", "--C\r\n\r\nx\r\n--C--", "boundary"},
                             {"LineFeedsOnly", "--B\n\nx\n--B--\n", "boundary"},
                             {"NoLastBoundary", "--B\r\n\r\nx\r\n--B\r\n\r\ny\r\n", "last boundary"},
                             {"CutInLastBoundary", "--B\r\n\r\nx\r\n--B-", "last boundary"},
                             {"CutInHeader", "--B\r\nContent-Ty", "last boundary"},
                             {"NoEmptyLine", "--B\r\nContent-Type: text/xml\r\n--B--", "empty line"},
                             {"NothingBetweenBoundaries", "--B\r\n--B--", "empty line"},
                             {"LongHeader", "--B\r\nX: " + std::string(5000, 'x') + "\r\n\r\nx\r\n--B--",
                              "too long"},
                             {"ManyParts", repeated(17, "--B\r\n\r\nx\r\n") + "--B--", "too many"},
                         }),
                         [](const auto& tested) { return tested.param.name; });

TEST(Split, SurvivesACutAtAnyByte) {
  const std::string whole =
      "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B\r\n\r\ny\r\n--B--\r\n";
  for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
    EXPECT_FALSE(split(whole.substr(0, length), "B")) << length;
  }
  EXPECT_TRUE(split(whole, "B"));
}

}  // namespace
}  // namespace exhaust::anpr::multipart
