#include "drivers/anpr/json_event.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "daemon/core/bytes.hpp"

namespace exhaust::anpr {
namespace {

using testing::HasSubstr;

AnprSettings settings() {
  AnprSettings settings;
  settings.mode = AnprSettings::Mode::kJson;
  settings.json.plate = "Picture.Plate.PlateNumber";
  settings.json.color = "Picture.Plate.PlateColor";
  settings.json.confidence = "Picture.Plate.Confidence";
  settings.json.lane = "Picture.SnapInfo.LanNo";
  settings.json.time = "Picture.SnapInfo.AccurateTime";
  settings.json.event_id = "Picture.SnapInfo.TriggerId";
  settings.json.count = "Picture.SnapInfo.Number";
  settings.json.pictures = {"Picture.CutoutPic.Content", "Pictures.1.Content"};
  settings.count = CountSource::kShared;
  return settings;
}

const std::string kEvent = R"({"Picture": {
  "CutoutPic": {"Content": "/9j/2Q==", "PicName": "a.jpg"},
  "Plate": {"PlateNumber": "京AD12345", "PlateColor": "绿色", "Confidence": 96, "IsExist": true},
  "SnapInfo": {"AccurateTime": "2026-11-23T18:02:11.250+08:00", "LanNo": 2, "TriggerId": "t-1", "Number": "4711"}},
  "Pictures": [{"Content": null}, {"Content": "data:image/jpeg;base64,/9j/\r\n2Q=="}]})";

Result<PlatePost> decode(const std::string& text, const AnprSettings& with = settings()) {
  return decode_json_event(text, with, true);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(JsonEvent, IsReadByThePathsOfTheSettings) {
  const auto post = decode(kEvent);
  ASSERT_TRUE(post) << post.error().detail;
  const auto& event = post->event;
  EXPECT_EQ(event.plate, "京AD12345");
  EXPECT_EQ(event.color, "绿色");
  EXPECT_EQ(event.confidence, 96.0);
  EXPECT_EQ(event.line, "2");
  EXPECT_EQ(event.uuid, "t-1");
  EXPECT_EQ(event.count, 4711u);
  EXPECT_EQ(to_rfc3339(event.time.value()), "2026-11-23T10:02:11.250000Z");
  ASSERT_EQ(post->pictures.size(), 2u);
  EXPECT_EQ(post->pictures[0].name, "Picture.CutoutPic.Content.jpg");
  EXPECT_EQ(to_hex(as_bytes(*post->pictures[0].jpeg)), "ffd8ffd9");
  EXPECT_EQ(to_hex(as_bytes(*post->pictures[1].jpeg)), "ffd8ffd9");

  const auto reading = reading_of(settings(), *post);
  EXPECT_EQ(reading.lane, 2u);
  EXPECT_EQ(reading.count, 4711u);
  EXPECT_EQ(std::get<PlateReading>(reading.body).color, "green");
}

TEST(JsonEvent, NeedsItsPlateAndWhatTheSettingsRequire) {
  EXPECT_EQ(decode("{}").error().detail, "Picture.Plate.PlateNumber is missing");
  EXPECT_EQ(decode(R"({"Picture": {"Plate": {"PlateNumber": null}}})").error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode(replaced(kEvent, "京AD12345", ""))->event.plate, "");  // said to be none
  auto strict = settings();
  strict.json.required = {"Picture.SnapInfo.Direction"};
  EXPECT_EQ(decode(kEvent, strict).error().detail, "Picture.SnapInfo.Direction is missing");
}

TEST(JsonEvent, LeavesAbsentWhatIsNotSaid) {
  const auto post = decode(R"({"Picture": {"Plate": {"PlateNumber": "京A12345"}}})");
  ASSERT_TRUE(post);
  EXPECT_EQ(post->event.confidence, std::nullopt);
  EXPECT_EQ(post->event.time, std::nullopt);
  EXPECT_EQ(post->event.count, std::nullopt);
  EXPECT_EQ(reading_of(settings(), *post).lane, 0u);
  EXPECT_EQ(std::get<PlateReading>(reading_of(settings(), *post).body).color, "unknown");
}

TEST(JsonEvent, SaysWhatIsWrong) {
  EXPECT_THAT(decode("{\"Picture\"").error().detail, HasSubstr("not well-formed JSON"));
  EXPECT_THAT(decode(replaced(kEvent, "\"京AD12345\"", "{}")).error().detail,
              HasSubstr("PlateNumber is not a text or a number"));
  EXPECT_THAT(decode(replaced(kEvent, "京AD12345", std::string(257, 'A'))).error().detail,
              HasSubstr("is too long"));
  EXPECT_THAT(decode(replaced(kEvent, "/9j/2Q==", "/9j/2")).error().detail,
              HasSubstr("CutoutPic.Content: the text is not base64"));
  EXPECT_THAT(decode(replaced(kEvent, "\"/9j/2Q==\"", "5")).error().detail,
              HasSubstr("CutoutPic.Content is not a text"));
  EXPECT_FALSE(decode("[1, 2]"));
  EXPECT_FALSE(decode("7"));
  EXPECT_FALSE(decode(""));
}

TEST(JsonEvent, HasBounds) {
  EXPECT_THAT(decode(std::string(100'000, '[')).error().detail, HasSubstr("too deeply"));
  EXPECT_THAT(decode("[1" + std::string(0, ' ') +
                     [] {
                       std::string many;
                       for (int i = 0; i < 40'000; ++i) many += ",1";
                       return many;
                     }() +
                     "]")
                  .error()
                  .detail,
              HasSubstr("too many"));
}

/// Peak memory that the process has ever had.
long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(JsonEvent, ThatIsHostileCostsNoMoreThanItsOwnSize) {
  for (const auto* bad : {"[", "{\"a\":", "1,", "[1,"}) {
    std::string text = bad[0] == '1' ? "[" : "";
    while (text.size() < (33u << 20)) text += bad;
    const auto before = peak_kib();
    EXPECT_FALSE(decode(text));
    EXPECT_LT(peak_kib() - before, 8 << 10) << bad;
  }
}

TEST(JsonEvent, OfBytesThatAreNoTextIsRefused) {
  EXPECT_THAT(decode("{\"a\": \"" + std::string(1 << 20, '\xFF') + "\"}").error().detail, HasSubstr("no text"));
}

TEST(JsonEvent, LeavesLargePicturesOutAndKeepsThePlate) {
  auto small = settings();
  small.picture_limit_bytes = 3;
  const auto post = decode(kEvent, small);
  ASSERT_TRUE(post);
  EXPECT_EQ(post->event.plate, "京AD12345");
  EXPECT_TRUE(post->pictures.empty());
  EXPECT_EQ(post->large_pictures, 2u);
}

TEST(JsonEvent, OfAnotherTypeIsRefused) {
  auto typed = settings();
  typed.json.type = "Type";
  typed.json.type_value = "snap";
  EXPECT_EQ(decode("{\"Type\": \"heartbeat\"}", typed).error().kind, ErrorKind::kRefused);
  EXPECT_TRUE(decode(replaced(kEvent, "{\"Picture\"", "{\"Type\": \"snap\", \"Picture\""), typed));
}

TEST(JsonEvent, MayBeGbk) {
  auto gbk = kEvent;
  gbk = replaced(gbk, "京AD12345",
                 "\xBE\xA9"
                 "A12345");
  gbk = replaced(gbk, "绿色", "\xC0\xB6\xC9\xAB");
  const auto post = decode(gbk);
  ASSERT_TRUE(post) << post.error().detail;
  EXPECT_EQ(post->event.plate, "京A12345");
  EXPECT_EQ(color_of(post->event.color, {}), "blue");
}

TEST(JsonEvent, ScalesItsConfidence) {
  auto scaled = settings();
  scaled.json.confidence_scale = 100;
  EXPECT_EQ(decode(replaced(kEvent, "96", "0.5"), scaled)->event.confidence, 50.0);
  EXPECT_EQ(decode(replaced(kEvent, "96", "101"))->event.confidence, std::nullopt);
  EXPECT_EQ(decode(replaced(kEvent, "96", "true"))->event.confidence, std::nullopt);
}

}  // namespace
}  // namespace exhaust::anpr
