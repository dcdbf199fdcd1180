#include "drivers/anpr/envelope.hpp"

#include <gmock/gmock.h>

#include "drivers/anpr/driver.hpp"

namespace exhaust::anpr {
namespace {

AnprSettings counting() {
  AnprSettings settings;
  settings.count_element = "triggerNumber";
  settings.count = CountSource::kShared;
  return settings;
}

const std::string kEvent =
    "<E><eventType>ANPR</eventType><dateTime>2026-11-23T18:02:11+08:00</dateTime><UUID>u1</"
    "UUID><licensePlate>蓝浙A12345"
    "</licensePlate><plateColor>blue</plateColor><line>2</line><triggerNumber>4711</triggerNumber></E>";

std::string part(const std::string& headers, const std::string& content) {
  return "--B\r\n" + headers + "\r\n" + content + "\r\n";
}

const std::string kXmlPart = part(
    "Content-Disposition: form-data; name=\"anpr.xml\"; filename=\"anpr.xml\"\r\nContent-Type: text/xml\r\n",
    kEvent);
const std::string kMultipart = "multipart/form-data; boundary=B";

TEST(Post, HasThePlateAndItsPictures) {
  const std::string jpeg = "\xFF\xD8\xFF\xE0 \r\n-- \xFF\xD9";
  const auto body =
      kXmlPart +
      part("Content-Disposition: form-data; name=\"licensePlatePicture.jpg\"\r\nContent-Type: image/jpeg\r\n",
           jpeg) +
      part("Content-Disposition: form-data; name=\"p\"; filename=\"../detection Picture.jpg\"\r\n", jpeg) +
      part("Content-Disposition: form-data; name=\"note\"\r\n", "hello") + "--B--\r\n";
  const auto post = decode_post(counting(), kMultipart, body);
  ASSERT_TRUE(post);
  EXPECT_EQ(post->event.plate, "蓝浙A12345");
  EXPECT_EQ(post->event.count, 4711u);
  ASSERT_EQ(post->pictures.size(), 2u);
  EXPECT_EQ(post->pictures[0].name, "licensePlatePicture.jpg");
  EXPECT_EQ(*post->pictures[0].jpeg, jpeg);
  EXPECT_EQ(post->pictures[1].name, ".._detection_Picture.jpg");
  EXPECT_EQ(post->unknown_parts, 1u);
}

TEST(Post, WithTwoEventsMixesNoPictures) {
  const std::string picture = part("Content-Type: image/jpeg\r\n", "\xFF\xD8\xFF");
  const std::string notes = part("Content-Type: text/xml\r\n", "<notes/>");
  const auto post = decode_post(counting(), kMultipart, kXmlPart + notes + picture + kXmlPart + picture + picture + "--B--\r\n");
  ASSERT_TRUE(post);
  EXPECT_EQ(post->pictures.size(), 1u);
  EXPECT_EQ(post->unknown_parts, 1u);
  EXPECT_EQ(post->further_events, 1u);
}

TEST(Post, MayBeXmlAlone) {
  EXPECT_EQ(decode_post({}, "application/xml; charset=\"UTF-8\"", kEvent)->event.plate, "蓝浙A12345");
}

TEST(Post, FindsAnXmlPartThatHasNoName) {
  EXPECT_TRUE(decode_post({}, kMultipart, part("", kEvent) + "--B--"));
  EXPECT_TRUE(decode_post({}, kMultipart, part("Content-Type: application/xml\r\n", kEvent) + "--B--"));
}

TEST(Post, IsMalformedWithoutXmlOrEnd) {
  EXPECT_EQ(decode_post({}, kMultipart, part("Content-Type: image/jpeg\r\n", "\xFF\xD8\xFF") + "--B--")
                .error()
                .kind,
            ErrorKind::kBadFrame);
  EXPECT_EQ(decode_post({}, kMultipart, kXmlPart).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_post({}, "", kEvent).error().kind, ErrorKind::kBadFrame);
}

}  // namespace
}  // namespace exhaust::anpr
