#include "drivers/anpr/part_reader.hpp"

#include <gmock/gmock.h>

namespace exhaust::anpr {
namespace {

std::string xml_of(const std::string& text) {
  return "<EventNotificationAlert><t>" + text + "</t></EventNotificationAlert>";
}

std::string part(const std::string& type, const std::string& content, bool with_length = true) {
  return "--boundary\r\nContent-Type: " + type + "\r\n" +
         (with_length ? "Content-Length: " + std::to_string(content.size()) + "\r\n" : "") + "\r\n" +
         content + "\r\n";
}

class Parts : public testing::Test {
 protected:
  std::vector<std::string> contents() {
    std::vector<std::string> all;
    while (const auto part = reader.next()) {
      if (!part->skipped) all.push_back(part->content);
    }
    return all;
  }
  std::vector<std::string> fed(const std::string& bytes) {
    reader.feed(bytes);
    return contents();
  }
  Counters counters;
  PartReader reader{"boundary", 1000, counters};
};

TEST_F(Parts, WithALengthAreGivenOutWhenTheyAreComplete) {
  const auto text =
      part("application/xml; charset=\"UTF-8\"", xml_of("a")) + part("image/jpeg", "\xFF\xD8\xFF picture");
  reader.feed(text.substr(0, text.size() - 2));  // not even the line end
  auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->content_type, "application/xml");
  EXPECT_TRUE(first->is_xml());
  EXPECT_EQ(first->content, xml_of("a"));
  auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->content, "\xFF\xD8\xFF picture");
  EXPECT_FALSE(second->is_xml());
  EXPECT_FALSE(reader.next());
}

TEST_F(Parts, OfXmlWithoutALengthEndWithTheirRoot) {
  auto text = part("application/xml", xml_of("a"), false);
  text.resize(text.size() - 2);
  for (std::size_t i = 0; i + 1 < text.size(); ++i) EXPECT_TRUE(fed(text.substr(i, 1)).empty()) << i;
  EXPECT_THAT(fed(">"), testing::ElementsAre(xml_of("a")));
}

TEST_F(Parts, WithoutALengthEndAtTheNextBoundary) {
  EXPECT_TRUE(fed(part("image/jpeg", "one", false)).empty());
  EXPECT_THAT(fed(part("image/jpeg", "two", false)), testing::ElementsAre("one"));
  EXPECT_THAT(fed("--boundary--\r\n"), testing::ElementsAre("two"));
  EXPECT_THAT(fed(part("image/jpeg", "three")), testing::ElementsAre("three"));  // some begin again
}

TEST_F(Parts, AreTheSameHoweverTheirBytesCome) {
  const auto text = "noise\r\n" + part("text/xml", xml_of("a")) +
                    part("image/jpeg", "--boundary \r\n-- x\r\n--boundar", false) +
                    part("image/jpeg", "\r\n\r\n", true) + part("", "<b/>", true) +
                    "--boundary\r\n\r\n<headless/>\r\n--boundary\r\n";
  const auto all = fed(text);
  EXPECT_EQ(all.size(), 5u);
  PartReader slow("boundary", 1000, counters);
  std::vector<std::string> again;
  for (const char c : text) {
    slow.feed({&c, 1});
    while (const auto part = slow.next()) again.push_back(part->content);
  }
  EXPECT_EQ(again, all);
}

TEST_F(Parts, WithAWrongLengthDoNotSwallowTheNextOne) {
  EXPECT_THAT(fed("--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: 500\r\n\r\nshort\r\n" +
                  part("image/png", "next")),
              testing::ElementsAre("short", "next"));
  EXPECT_EQ(counters["wrong_lengths"], 1u);
}

TEST_F(Parts, ThatAreTooLargeAreSkippedWithBoundedMemory) {
  EXPECT_TRUE(fed("--boundary\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x') + "\r\n").empty());
  EXPECT_TRUE(fed("--boundary\r\nContent-Type: image/jpeg\r\n\r\n" + std::string(5000, 'x')).empty());
  EXPECT_THAT(fed("\r\n" + part("image/png", "next")), testing::ElementsAre("next"));
  EXPECT_TRUE(fed("--boundary\r\n" + std::string(5000, 'h')).empty());
  EXPECT_EQ(counters["large_parts"], 3u);
  EXPECT_GT(counters["skipped_bytes"], 5000u);
}

}  // namespace
}  // namespace exhaust::anpr
