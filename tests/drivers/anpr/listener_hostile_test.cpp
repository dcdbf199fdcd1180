// Integration: slow, huge, cut, malformed and hostile requests over loopback. Waits are real and short.
#include "tests/drivers/anpr/listener_fixture.hpp"

namespace exhaust::anpr {
namespace {

TEST_F(AnprListenerIntegration, RefusesWhatIsNotForIt) {
  open();
  EXPECT_EQ(posted(post_of(event_xml("u1"), "/other")), 404u);
  Request get{http::verb::get, "/anpr", 11};
  EXPECT_EQ(posted(get), 405u);
  EXPECT_EQ(posted(post_of("<E>")), 400u);
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\n\r\n")), 411u);
  socket = connected();
  EXPECT_EQ(run(send_text(socket, "\x16\x03\x01 this is not HTTP\r\n\r\n")), 400u);
  socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")),
            431u);
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count_of("wrong_path"), 1u);
  EXPECT_EQ(count_of("wrong_method"), 1u);
  EXPECT_EQ(count_of("no_length"), 1u);
  EXPECT_EQ(count_of("malformed"), 2u);
  EXPECT_EQ(count_of("large_headers"), 1u);
}

TEST_F(AnprListenerIntegration, RefusesTooLargeBodiesAndGoesOn) {
  open();
  EXPECT_EQ(posted(post_of(std::string(3'000'000, 'x'))), 413u);
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket,
                          "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n200000\r\n" +
                              std::string(0x200000, 'x') + "\r\n0\r\n\r\n")),
            413u);
  EXPECT_EQ(count_of("too_large"), 2u);
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);
}

TEST_F(AnprListenerIntegration, DoesNotWaitLongForASlowRequest) {
  settings().request_time = 30ms;
  open();
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTT")), 408u);
  socket = connected();
  EXPECT_EQ(
      run(send_text(
          socket,
          "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<E>")),
      408u);
  EXPECT_EQ(count_of("slow_requests"), 2u);
}

TEST_F(AnprListenerIntegration, ClosesConnectionsThatSayNothing) {
  limits.idle_time = 30ms;
  open();
  auto socket = connected();
  EXPECT_EQ(run(status_of_answer(socket)), 0u);
  EXPECT_EQ(count_of("slow_requests"), 0u);
}

TEST_F(AnprListenerIntegration, SurvivesAClientThatLeavesInTheMiddle) {
  open();
  {
    auto socket = connected();
    socket.write_some(asio::buffer(std::string(
        "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<E>")));
  }
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);
  EXPECT_EQ(count_of("cut_requests"), 1u);
  EXPECT_EQ(readings.size(), 1u);
}

TEST_F(AnprListenerIntegration, AByteNowAndThenBuysNoTime) {
  settings().request_time = 50ms;
  open();
  for (const std::string& text :
       {std::string("POST /anpr HTTP/1.1\r\nHost: slow"), post_text(std::string(40, 'x')).substr(0, 100)}) {
    auto socket = connected();
    const auto begin = clock.monotonic();
    std::size_t sent = 0;
    error_code error;
    for (; sent < text.size() && !error && socket.available(error) == 0; ++sent) {
      asio::write(socket, asio::buffer(&text[sent], 1), error);
      io.restart();
      io.run_for(5ms);
    }
    EXPECT_LT(sent, text.size());
    EXPECT_EQ(run(status_of_answer(socket)), 408u);
    EXPECT_LT(clock.monotonic() - begin, 2s);
  }
  EXPECT_EQ(count_of("slow_requests"), 2u);
}

TEST_F(AnprListenerIntegration, TakesOnlyTheContentTypesOfEvents) {
  open();
  for (const std::string type : {"application/json", "text/plain", "application/octet-stream", ""}) {
    auto request = post_of(event_xml("u1"));
    if (type.empty())
      request.erase(http::field::content_type);
    else
      request.set(http::field::content_type, type);
    EXPECT_EQ(posted(request), 415u) << type;
  }
  auto request = post_of(event_xml("u1"));
  request.set(http::field::content_type, "multipart/form-data");  // no boundary
  EXPECT_EQ(posted(request), 400u);
  EXPECT_EQ(count_of("wrong_content_type"), 4u);
  EXPECT_EQ(count_of("malformed"), 1u);
}

TEST_F(AnprListenerIntegration, AnswersHostileXmlWithASentence) {
  open();
  std::string deep, entities = "<!DOCTYPE a [<!ENTITY l0 \"ha\">";
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  for (int i = 1; i < 20; ++i) {
    const auto before = "&l" + std::to_string(i - 1) + ";";
    entities += "<!ENTITY l" + std::to_string(i) + " \"" + before + before + before + "\">";
  }
  entities += "]><E><eventType>ANPR</eventType><licensePlate>&l19;</licensePlate></E>";
  std::string wide = "<E>";
  for (int i = 0; i < 10'000; ++i) wide += "<a/>";
  EXPECT_EQ(posted(post_of(deep)), 400u);
  EXPECT_EQ(posted(post_of(wide + "</E>")), 400u);
  EXPECT_EQ(posted(post_of(std::string(300'000, ' '))), 400u);
  EXPECT_EQ(posted(post_of(entities)), 200u);  // nothing is expanded: a plate that nobody can read
  EXPECT_EQ(plate(0).raw_text, "&l19;");
  EXPECT_EQ(count_of("malformed"), 3u);
}

TEST_F(AnprListenerIntegration, HoldsABoundedAmountOfBodies) {
  limits.body_bytes = 100'000;
  open();
  auto first = connected();
  const auto large = post_text(std::string(300'000, 'x'));
  EXPECT_EQ(run(send_text(first, large)), 503u);
  EXPECT_EQ(count_of("refused_memory"), 1u);
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);  // what was held is given back
}

TEST_F(AnprListenerIntegration, AConnectionThatIsIdleGivesWayToANewOne) {
  limits.connections = 2;
  limits.idle_grace = 0ms;
  open();
  auto first = connected();
  auto second = connected();
  io.restart();
  io.run_for(5ms);
  auto third = connected();
  EXPECT_EQ(run(send(third, post_of(event_xml("u1")))), 200u);
  EXPECT_EQ(run(status_of_answer(first)), 0u);
  EXPECT_EQ(count_of("idle_closed"), 1u);
  EXPECT_EQ(count_of("refused_connections"), 0u);
}

TEST_F(AnprListenerIntegration, HoldsABoundedNumberOfConnections) {
  limits.connections = 2;
  open();
  auto first = connected();
  auto second = connected();
  auto third = connected();
  EXPECT_EQ(run(status_of_answer(third)), 503u);
  EXPECT_EQ(count_of("refused_connections"), 1u);
  EXPECT_EQ(run(send(first, post_of(event_xml("u1")))), 200u);
}

}  // namespace
}  // namespace exhaust::anpr
