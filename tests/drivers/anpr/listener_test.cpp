// Integration: posts over loopback. Waits are real and short.
#include "drivers/anpr/listener.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::anpr {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;
namespace http = boost::beast::http;
using Request = http::request<http::string_body>;

const std::string kJpeg = "\xFF\xD8\xFF\xE0 \r\n--B \r\n-- \xFF\xD9";

std::string event_xml(const std::string& uuid, const std::string& plate = "京A12345", const std::string& line = "1") {
  return "<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-23T18:02:11+08:00</dateTime><UUID>" + uuid +
         "</UUID><ANPR><licensePlate>" + plate + "</licensePlate><line>" + line +
         "</line><plateColor>newEnergyGreen</plateColor><confidenceLevel>93</confidenceLevel><trigger>12</trigger></ANPR>"
         "</EventNotificationAlert>";
}

Request post_of(const std::string& xml, const std::string& target = "/anpr") {
  Request request{http::verb::post, target, 11};
  request.set(http::field::host, "station");
  request.set(http::field::content_type, "multipart/form-data; boundary=MIME");
  request.body() = "--MIME\r\nContent-Disposition: form-data; name=\"anpr.xml\"\r\nContent-Type: text/xml\r\n\r\n" + xml +
                   "\r\n--MIME\r\nContent-Disposition: form-data; name=\"detectionPicture.jpg\"\r\n"
                   "Content-Type: image/jpeg\r\n\r\n" + kJpeg + "\r\n--MIME--\r\n";
  request.prepare_payload();
  return request;
}

std::string post_text(const std::string& xml, const std::string& more = "") {
  return "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\n" + more + "Content-Length: " + std::to_string(xml.size()) +
         "\r\n\r\n" + xml;
}

using Response = http::response<http::string_body>;

/// Status 0 when the server closed without an answer.
asio::awaitable<Response> answer_of(tcp::socket& socket) {
  boost::beast::flat_buffer buffer;
  Response response;
  error_code error;
  co_await http::async_read(socket, buffer, response, asio::redirect_error(asio::use_awaitable, error));
  if (error) response.result(0u);
  co_return response;
}

asio::awaitable<unsigned> status_of_answer(tcp::socket& socket) {
  const auto response = co_await answer_of(socket);
  co_return response.result_int();
}

asio::awaitable<unsigned> send(tcp::socket& socket, Request request) {
  error_code error;
  co_await http::async_write(socket, request, asio::redirect_error(asio::use_awaitable, error));
  co_return co_await status_of_answer(socket);
}

asio::awaitable<unsigned> send_text(tcp::socket& socket, std::string text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  co_return co_await status_of_answer(socket);
}

class AnprListenerIntegration : public testing::Test {
 protected:
  AnprListenerIntegration() {
    device.name = "camera";
    device.lane = 7;
    AnprSettings anpr;
    anpr.picture_limit_bytes = 64 << 10;
    device.driver = anpr;
  }
  ~AnprListenerIntegration() override {
    if (listener) run(listener->close());
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }

  void open() {
    listener = std::make_unique<AnprListener>(
        DriverContext{io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); },
                      [this](const Frame& frame) { kinds.push_back(frame.kind); }},
        device, limits);
    const auto opened = run(listener->open(clock.monotonic() + 1s));
    ASSERT_TRUE(opened) << opened.error().detail;
  }
  AnprSettings& settings() { return std::get<AnprSettings>(device.driver); }
  tcp::socket connected() {
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), listener->port()});
    return socket;
  }
  unsigned posted(Request request) {
    auto socket = connected();
    return run(send(socket, std::move(request)));
  }
  std::uint64_t count_of(const std::string& counter) const {
    const auto found = listener->counters().find(counter);
    return found == listener->counters().end() ? 0 : found->second;
  }
  const PlateReading& plate(std::size_t i) const { return std::get<PlateReading>(readings.at(i).body); }

  asio::io_context io;
  SystemClock clock;
  DeviceSettings device;
  AnprLimits limits;
  std::unique_ptr<AnprListener> listener;
  std::vector<Reading> readings;
  std::vector<Frame::Kind> kinds;  ///< of the frames that the tap was told
};

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
  EXPECT_EQ(readings[0].frame_sha256, sha256(as_bytes("multipart/form-data; boundary=MIME\r\n\r\n" + request.body())));
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
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")), 431u);
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
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
                                      std::string(0x200000, 'x') + "\r\n0\r\n\r\n")),
            413u);
  EXPECT_EQ(count_of("too_large"), 2u);
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);
}

TEST_F(AnprListenerIntegration, TakesChunkedBodiesAndExpectContinue) {
  open();
  auto request = post_of(event_xml("u1"));
  request.chunked(true);
  EXPECT_EQ(posted(request), 200u);
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nExpect: 100-continue\r\n"
                                  "Content-Length: " + std::to_string(event_xml("u2").size()) + "\r\n\r\n")),
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

TEST_F(AnprListenerIntegration, DoesNotWaitLongForASlowRequest) {
  settings().request_time = 30ms;
  open();
  auto socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTT")), 408u);
  socket = connected();
  EXPECT_EQ(run(send_text(socket, "POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<E>")), 408u);
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
    socket.write_some(asio::buffer(std::string("POST /anpr HTTP/1.1\r\nHost: s\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<E>")));
  }
  EXPECT_EQ(posted(post_of(event_xml("u1"))), 200u);
  EXPECT_EQ(count_of("cut_requests"), 1u);
  EXPECT_EQ(readings.size(), 1u);
}

TEST_F(AnprListenerIntegration, AByteNowAndThenBuysNoTime) {
  settings().request_time = 50ms;
  open();
  for (const std::string& text : {std::string("POST /anpr HTTP/1.1\r\nHost: slow"), post_text(std::string(40, 'x')).substr(0, 100)}) {
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
    if (type.empty()) request.erase(http::field::content_type);
    else request.set(http::field::content_type, type);
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

TEST_F(AnprListenerIntegration, LeavesLargePicturesOutAndKeepsThePlate) {
  open();
  auto request = post_of(event_xml("u1"));
  request.body().insert(request.body().find(kJpeg) + 3, std::string(70'000, 'x'));
  request.prepare_payload();
  EXPECT_EQ(posted(request), 200u);
  EXPECT_TRUE(plate(0).pictures.empty());
  EXPECT_EQ(count_of("large_pictures"), 1u);
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

TEST_F(AnprListenerIntegration, ConvertsGbkAndCountsWhatIsNoText) {
  open();
  EXPECT_EQ(posted(post_of("<?xml version=\"1.0\" encoding=\"GB2312\"?>" + event_xml("u1", "\xBE\xA9" "A12345"))), 200u);
  EXPECT_EQ(posted(post_of(event_xml("u2", "\xBE\xA9" "A\xFF" "2345"))), 200u);
  EXPECT_EQ(plate(0).raw_text, "京A12345");
  EXPECT_EQ(plate(1).raw_text, "京A\uFFFD" "2345");
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
  EXPECT_EQ(posted_json("--J\r\nContent-Type: application/json\r\n\r\n{\"Plate\": {\"Number\": \"京A12345\"}}\r\n"
                        "--J\r\nContent-Disposition: form-data; name=\"scene.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + kJpeg +
                            "\r\n--J--\r\n", "multipart/form-data; boundary=J"), 200u);
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

class AnprPasswordIntegration : public AnprListenerIntegration {
 protected:
  AnprPasswordIntegration() {
    file = testing::TempDir() + "anpr_password_" + std::to_string(::getpid());
    std::ofstream(file) << "secret\n";
    settings().user = "cam";
    settings().password_file = file;
  }
  ~AnprPasswordIntegration() override { std::filesystem::remove(file); }

  struct Answer {
    unsigned status = 0;
    std::vector<std::string> challenges;
  };
  Answer answer_to(tcp::socket& socket, const std::string& text) {
    asio::write(socket, asio::buffer(text));
    const auto response = run(answer_of(socket));
    Answer answer{response.result_int(), {}};
    const auto [first, last] = response.equal_range(http::field::www_authenticate);
    for (auto field = first; field != last; ++field) answer.challenges.emplace_back(field->value());
    return answer;
  }
  static std::string authorization(http_auth::Client& client, const std::vector<std::string>& challenges) {
    return "Authorization: " + client.answer(challenges, "POST", "/anpr").value() + "\r\n";
  }
  std::string file;
};

TEST_F(AnprPasswordIntegration, ChallengesAndThenTakesTheSameEventOnTheSameConnection) {
  open();
  auto socket = connected();
  const auto first = answer_to(socket, post_text(event_xml("u1")));
  EXPECT_EQ(first.status, 401u);
  ASSERT_EQ(first.challenges.size(), 2u);
  http_auth::Client client("cam", "secret", false);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), authorization(client, first.challenges))).status, 200u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u2"), authorization(client, first.challenges))).status, 200u);
  EXPECT_EQ(readings.size(), 2u);
  EXPECT_EQ(count_of("challenges"), 1u);
}

TEST_F(AnprPasswordIntegration, KeepsOthersOut) {
  open();
  auto socket = connected();
  const auto first = answer_to(socket, post_text(event_xml("u1")));
  http_auth::Client client("cam", "guess", false);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), authorization(client, first.challenges))).status, 401u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), "Authorization: Basic Y2FtOnNlY3JldA==\r\n")).status, 401u);
  EXPECT_EQ(answer_to(socket, post_text(event_xml("u1"), "Expect: 100-continue\r\n")).status, 401u);  // before the body
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count_of("wrong_password"), 2u);
  EXPECT_TRUE(kinds.empty());
}

TEST_F(AnprPasswordIntegration, DoesNotOpenWithoutItsPassword) {
  std::filesystem::remove(file);
  AnprListener second(DriverContext{io, clock, [](Reading) {}}, device);
  const auto opened = run(second.open(clock.monotonic() + 1s));
  EXPECT_EQ(opened.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(opened.error().detail, testing::HasSubstr(file));
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
