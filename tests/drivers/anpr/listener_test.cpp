// Integration: posts over loopback. Waits are real and short.
#include "tests/drivers/anpr/listener_fixture.hpp"

namespace exhaust::anpr {
namespace {

TEST_F(AnprListenerIntegration, DeliversAPostedPlateBeforeItAnswers) {
  open();
  const auto request = post_of(event_xml("u1", "京AD12345", "2"));
  EXPECT_EQ(posted(request), 200u);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].device, "camera");
  EXPECT_EQ(readings[0].lane, 2u);
  EXPECT_EQ(readings[0].session, 1u);
  EXPECT_EQ(kinds, (std::vector{Frame::Kind::kMeasurement}));
  EXPECT_EQ(readings[0].count, std::nullopt);
  EXPECT_EQ(readings[0].frame_sha256,
            sha256(as_bytes("multipart/form-data; boundary=MIME\r\n\r\n" + request.body())));
  EXPECT_EQ(to_rfc3339(readings[0].device_time.value()), "2026-11-23T10:02:11.000000Z");
  EXPECT_EQ(plate(0).raw_text, "京AD12345");
  EXPECT_EQ(plate(0).color, "green");
  EXPECT_EQ(plate(0).confidence, 93.0);
  EXPECT_EQ(plate(0).event_id, "u1");
  ASSERT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(plate(0).pictures[0].name, "detectionPicture.jpg");
  EXPECT_EQ(*plate(0).pictures[0].jpeg, kJpeg);
}

TEST_F(AnprListenerIntegration, TakesLaneAndCountAsTheSettingsSay) {
  settings().lane_of_line = {{"A", 3}};
  settings().count_element = "trigger";
  settings().count = CountSource::kShared;
  open();
  EXPECT_EQ(posted(post_of(event_xml("u1", "京A12345", "A"))), 200u);
  EXPECT_EQ(posted(post_of(event_xml("u2", "京A12345", "4"))), 200u);
  EXPECT_EQ(posted(post_of(event_xml("u3", "京A12345", "left"))), 200u);
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_EQ(readings[0].lane, 3u);
  EXPECT_EQ(readings[0].count, 12u);
  EXPECT_EQ(readings[1].lane, 4u);
  EXPECT_EQ(readings[2].lane, 7u);
}

TEST_F(AnprListenerIntegration, DeliversARepeatedPostOnce) {
  open();
  auto socket = connected();
  EXPECT_EQ(run(send(socket, post_of(event_xml("u1")))), 200u);
  EXPECT_EQ(run(send(socket, post_of(event_xml("u1")))), 200u);
  EXPECT_EQ(run(send(socket, post_of(event_xml("")))), 200u);
  EXPECT_EQ(run(send(socket, post_of(event_xml("")))), 200u);
  EXPECT_EQ(run(send(socket, post_of(event_xml("", "京A54321")))), 200u);
  EXPECT_EQ(readings.size(), 3u);
  EXPECT_EQ(count_of("double_posts"), 2u);
  EXPECT_EQ(std::ranges::count(kinds, Frame::Kind::kDropped), 2);
  EXPECT_EQ(std::ranges::count(kinds, Frame::Kind::kMeasurement), 3);
}

TEST_F(AnprListenerIntegration, RemembersABoundedNumberOfPosts) {
  limits.remembered_posts = 2;
  open();
  for (const std::string uuid : {"a", "b", "c", "a"}) EXPECT_EQ(posted(post_of(event_xml(uuid))), 200u);
  EXPECT_EQ(readings.size(), 4u);
}

TEST_F(AnprListenerIntegration, DeliversTheNoPlateEventsToo) {
  open();
  EXPECT_EQ(posted(post_of(event_xml("u1", "无车牌"))), 200u);
  EXPECT_EQ(plate(0).raw_text, "无车牌");
}

TEST_F(AnprListenerIntegration, AnswersOtherEventsWithoutDelivering) {
  open();
  EXPECT_EQ(posted(post_of("<E><eventType>videoloss</eventType></E>")), 200u);
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count_of("other_events"), 1u);
  EXPECT_EQ(kinds, (std::vector{Frame::Kind::kReceived}));
}

TEST_F(AnprListenerIntegration, AnswersWithTheBodyOfTheSettings) {
  settings().answer = "{\"code\": 0}";
  open();
  auto socket = connected();
  const auto text = post_text(event_xml("u1"));
  asio::write(socket, asio::buffer(text));
  const auto response = run(answer_of(socket));
  EXPECT_EQ(response.body(), "{\"code\": 0}");
  EXPECT_EQ(std::string(response[http::field::content_type]), "application/json");
}

TEST_F(AnprListenerIntegration, TakesChunkedBodiesAndExpectContinue) {
  open();
  auto request = post_of(event_xml("u1"));
  request.chunked(true);
  EXPECT_EQ(posted(request), 200u);
  auto socket = connected();
  EXPECT_EQ(
      run(send_text(socket,
                    "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\n"
                    "Content-Length: " +
                        std::to_string(event_xml("u2").size()) + "\r\n\r\n")),
      100u);
  EXPECT_EQ(run(send_text(socket, event_xml("u2"))), 200u);
  EXPECT_EQ(readings.size(), 2u);
}

TEST_F(AnprListenerIntegration, AnswersTwoRequestsThatComeTogether) {
  open();
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket, post_text(event_xml("u1")) + post_text(event_xml("u2")))), 200u);
  EXPECT_EQ(run(send_text(socket, post_text(event_xml("u3")))), 200u);
  while (readings.size() < 3) ASSERT_GT(io.run_one_for(1s), 0u);
}

TEST_F(AnprListenerIntegration, LeavesLargePicturesOutAndKeepsThePlate) {
  open();
  auto request = post_of(event_xml("u1"));
  request.body().insert(request.body().find(kJpeg) + 3, std::string(70'000, 'x'));
  request.prepare_payload();
  EXPECT_EQ(posted(request), 200u);
  EXPECT_TRUE(plate(0).pictures.empty());
  EXPECT_EQ(count_of("large_pictures"), 1u);
}

TEST_F(AnprListenerIntegration, ConvertsGbkAndCountsWhatIsNoText) {
  open();
  EXPECT_EQ(posted(post_of("<?xml version=\"1.0\" encoding=\"GB2312\"?>" + event_xml("u1",
                                                                                     "\xBE\xA9"
                                                                                     "A12345"))),
            200u);
  EXPECT_EQ(posted(post_of(event_xml("u2",
                                     "\xBE\xA9"
                                     "A\xFF"
                                     "2345"))),
            200u);
  EXPECT_EQ(plate(0).raw_text, "京A12345");
  EXPECT_EQ(plate(1).raw_text,
            "京A\uFFFD"
            "2345");
  EXPECT_EQ(count_of("replaced_characters"), 1u);
}

class AnprJsonListenerIntegration : public AnprListenerIntegration {
 protected:
  AnprJsonListenerIntegration() {
    settings().mode = AnprSettings::Mode::kJson;
    settings().json.plate = "Plate.Number";
    settings().json.lane = "Lane";
  }
  unsigned posted_json(const std::string& json, const std::string& type = "application/json;charset=UTF-8") {
    Request request{http::verb::post, "/anpr", 11};
    request.set(http::field::content_type, type);
    request.body() = json;
    request.prepare_payload();
    return posted(request);
  }
};

TEST_F(AnprJsonListenerIntegration, TakesJsonWithThePathsOfTheSettings) {
  open();
  EXPECT_EQ(posted_json("{\"Plate\": {\"Number\": \"京A12345\"}, \"Lane\": \"3\"}"), 200u);
  EXPECT_EQ(readings.at(0).lane, 3u);
  EXPECT_EQ(plate(0).raw_text, "京A12345");
}

TEST_F(AnprJsonListenerIntegration, TakesPicturesBesideTheJson) {
  open();
  EXPECT_EQ(
      posted_json(
          "--J\r\nContent-Type: application/json\r\n\r\n{\"Plate\": {\"Number\": \"京A12345\"}}\r\n"
          "--J\r\nContent-Disposition: form-data; name=\"scene.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" +
              kJpeg + "\r\n--J--\r\n",
          "multipart/form-data; boundary=J"),
      200u);
  ASSERT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(plate(0).pictures[0].name, "scene.jpg");
  EXPECT_EQ(readings.at(0).lane, 7u);
}

TEST_F(AnprJsonListenerIntegration, SaysWhyItRefuses) {
  open();
  EXPECT_EQ(posted_json("{\"Plate\": {}}"), 400u);
  EXPECT_EQ(posted_json("{"), 400u);
  EXPECT_EQ(posted_json(std::string(50'000, '[')), 400u);
  EXPECT_EQ(posted_json("<E/>", "text/xml"), 415u);
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count_of("malformed"), 3u);
  EXPECT_EQ(kinds, (std::vector(3, Frame::Kind::kDropped)));
}

TEST_F(AnprListenerIntegration, EndsItsConnectionsOnCloseAndOpensAgain) {
  open();
  auto socket = connected();
  EXPECT_EQ(run(send(socket, post_of(event_xml("u1")))), 200u);
  run(listener->close());
  run(listener->close());
  EXPECT_EQ(run(status_of_answer(socket)), 0u);
  EXPECT_EQ(run(listener->poll(clock.monotonic() + 1s)).error().kind, ErrorKind::kDisconnected);

  ASSERT_TRUE(run(listener->open(clock.monotonic() + 1s)));
  EXPECT_TRUE(run(listener->poll(clock.monotonic() + 1s)));
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);  // repeated over the sessions: still known
  EXPECT_EQ(posted(post_of(event_xml("u2"))), 200u);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[1].session, 2u);
}

TEST_F(AnprListenerIntegration, SaysWhyItCannotListen) {
  open();
  const auto taken = listener->port();
  auto other = device;
  std::get<AnprSettings>(other.driver).listen_port = taken;
  AnprListener second(DriverContext{io, clock, [](Reading) {}}, other);
  EXPECT_EQ(run(second.open(clock.monotonic() + 1s)).error().kind, ErrorKind::kDisconnected);
  std::get<AnprSettings>(other.driver).listen_host = "nowhere";
  AnprListener third(DriverContext{io, clock, [](Reading) {}}, other);
  EXPECT_EQ(run(third.open(clock.monotonic() + 1s)).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust::anpr
