#include "drivers/anpr/event_assembler.hpp"

#include <gmock/gmock.h>

#include "drivers/anpr/envelope.hpp"

namespace exhaust::anpr {
namespace {

StreamPart xml(const std::string& plate, const std::string& more = "") {
  return {"Content-Type: application/xml", "application/xml", "",
          "<EventNotificationAlert><eventType>ANPR</eventType><UUID>u</UUID><licensePlate>" + plate +
              "</licensePlate>" + more + "</EventNotificationAlert>"};
}
StreamPart picture(const std::string& name, const std::string& bytes = "\xFF\xD8\xFF bytes") {
  return {"Content-Disposition: form-data; name=\"" + name + "\"\r\nContent-Type: image/jpeg", "image/jpeg",
          name, bytes};
}

class Events : public testing::Test {
 protected:
  static PlatePost decoded(const HttpPost& post) {
    return decode_post({}, post.content_type, post.body).value();
  }
  AnprSettings settings;
  Counters counters;
  EventAssembler assembler{settings, counters};
};

TEST_F(Events, AreCompleteWithThePicturesTheyAnnounce) {
  EXPECT_TRUE(assembler.take(xml("京A12345", "<picNum>2</picNum>")).empty());
  EXPECT_TRUE(assembler.take(picture("a.jpg")).empty());
  const auto complete = assembler.take(picture("b.jpg"));
  ASSERT_EQ(complete.size(), 1u);
  const auto post = decoded(complete[0]);
  EXPECT_EQ(post.event.plate, "京A12345");
  ASSERT_EQ(post.pictures.size(), 2u);
  EXPECT_EQ(post.pictures[1].name, "b.jpg");
  EXPECT_EQ(*post.pictures[1].jpeg, "\xFF\xD8\xFF bytes");
  EXPECT_FALSE(assembler.is_waiting());
}

TEST_F(Events, TakeTheNumberFromTheListOfPicturesToo) {
  EXPECT_TRUE(assembler.take(xml("京A12345", "<pictureInfoList><pictureInfo/></pictureInfoList>")).empty());
  EXPECT_EQ(assembler.take(picture("a.jpg")).size(), 1u);
}

TEST_F(Events, WithoutPicturesAreCompleteAtOnce) {
  EXPECT_EQ(assembler.take(xml("京A12345", "<picNum>0</picNum>")).size(), 1u);
  auto heartbeat = xml("");
  heartbeat.content = "<EventNotificationAlert><eventType>videoloss</eventType></EventNotificationAlert>";
  EXPECT_EQ(assembler.take(heartbeat).size(), 1u);
  heartbeat.content = "<broken";
  EXPECT_EQ(assembler.take(heartbeat).size(), 1u);  // goes on, to be counted as malformed
}

TEST_F(Events, EndWhereTheNextOneBegins) {
  EXPECT_TRUE(assembler.take(xml("京A12345")).empty());
  EXPECT_TRUE(assembler.take(picture("a.jpg")).empty());
  const auto complete = assembler.take(xml("京A12346", "<picNum>0</picNum>"));
  ASSERT_EQ(complete.size(), 2u);
  EXPECT_EQ(decoded(complete[0]).pictures.size(), 1u);
  EXPECT_EQ(decoded(complete[1]).event.plate, "京A12346");
}

TEST_F(Events, TakeNoPicturesThatFollowSomethingElse) {
  EXPECT_TRUE(assembler.take(xml("京A12345")).empty());
  EXPECT_TRUE(assembler.take(picture("a.jpg")).empty());
  const StreamPart other{"Content-Type: application/json", "application/json", "", "{\"eventType\": \"VMD\"}"};
  const auto complete = assembler.take(other);
  ASSERT_EQ(complete.size(), 2u);
  EXPECT_EQ(decoded(complete[0]).pictures.size(), 1u);
  EXPECT_FALSE(decode_post({}, complete[1].content_type, complete[1].body)) << "goes on, to be counted as malformed";
  EXPECT_TRUE(assembler.take(picture("of-the-other.jpg")).empty());
  EXPECT_EQ(counters["lone_pictures"], 1u);
}

TEST_F(Events, TakeNoPicturesThatFollowASkippedPart) {
  EXPECT_TRUE(assembler.take(xml("京A12345")).empty());
  EXPECT_TRUE(assembler.take(picture("a.jpg")).empty());
  PartReader reader("B", 1000, counters);
  reader.feed("--B\r\nContent-Type: application/xml\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, ' ') +
              "\r\n--B\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\n\r\n\xFF\xD8\xFF b");
  std::vector<HttpPost> complete;
  while (auto part = reader.next()) {
    for (auto& post : assembler.take(std::move(*part))) complete.push_back(std::move(post));
  }
  ASSERT_EQ(complete.size(), 1u);
  EXPECT_EQ(decoded(complete[0]).pictures.size(), 1u) << "the second is of the event that was too large";
  EXPECT_EQ(counters["large_parts"], 1u);
  EXPECT_EQ(counters["lone_pictures"], 1u);
}

TEST_F(Events, CanBeGivenOutUnfinished) {
  EXPECT_FALSE(assembler.finish());
  assembler.take(xml("京A12345", "<picNum>2</picNum>"));
  assembler.take(picture("a.jpg"));
  EXPECT_TRUE(assembler.is_waiting());
  EXPECT_EQ(decoded(*assembler.finish()).pictures.size(), 1u);
}

TEST_F(Events, AreBoundedAndKeepTheirPlate) {
  EXPECT_TRUE(assembler.take(picture("lone.jpg")).empty());
  EXPECT_EQ(counters["lone_pictures"], 1u);
  settings.picture_limit_bytes = 64 << 10;
  EventAssembler small(settings, counters);
  small.take(xml("京A12345", "<picNum>3</picNum>"));
  const std::string large(600'000, 'x');
  small.take(picture("a.jpg", large));
  small.take(picture("b.jpg", large));
  const auto complete = small.take(picture("c.jpg", large));
  ASSERT_EQ(complete.size(), 1u);
  EXPECT_LE(complete[0].body.size(), settings.body_limit_bytes() + 200);
  EXPECT_EQ(counters["dropped_pictures"], 1u);  // 1.2 MB of 1.8 fit
  EXPECT_EQ(decoded(complete[0]).event.plate, "京A12345");

  EventAssembler many(settings, counters);
  many.take(xml("京A12345"));
  std::size_t finished = 0;
  for (int i = 0; i < 40; ++i) finished += many.take(picture("p.jpg")).size();
  EXPECT_EQ(finished, 1u);  // at the most pictures of one event; the rest has none
}

}  // namespace
}  // namespace exhaust::anpr
