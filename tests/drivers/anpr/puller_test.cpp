// Integration: a scripted camera on loopback. Waits are real and short.
#include "drivers/anpr/puller.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <sstream>

#include "drivers/anpr/http_stream.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::anpr {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using testing::HasSubstr;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=boundary\r\n\r\n";

std::string part(const std::string& type, const std::string& content) {
  return "--boundary\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(content.size()) +
         "\r\n\r\n" + content + "\r\n";
}
std::string event(const std::string& plate, const std::string& more = "") {
  return part(
      "application/xml",
      "<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-23T18:02:11+08:00</dateTime>"
      "<UUID>" +
          plate + "</UUID><licensePlate>" + plate + "</licensePlate><line>2</line>" + more +
          "</EventNotificationAlert>");
}
const std::string kHeartbeat = part(
    "application/xml", "<EventNotificationAlert><eventType>videoloss</eventType></EventNotificationAlert>");

class AlertPullerIntegration : public testing::Test {
 protected:
  AlertPullerIntegration() {
    device.name = "camera";
    AnprSettings anpr;
    anpr.mode = AnprSettings::Mode::kPull;
    anpr.endpoint.host = "127.0.0.1";
    anpr.endpoint.port = acceptor.local_endpoint().port();
    anpr.path = "/stream";
    anpr.picture_wait = 40ms;
    device.driver = anpr;
  }
  ~AlertPullerIntegration() override {
    if (puller) run(puller->close());
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  /// The camera says `text` to whoever connects next.
  Result<void> open(const std::string& text) {
    if (!puller) {
      puller = std::make_unique<AlertPuller>(
          DriverContext{io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }},
          device);
    }
    acceptor.async_accept([this, text](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      camera = std::make_unique<tcp::socket>(std::move(socket));
      say(text);
    });
    return run(puller->open(clock.monotonic() + 1s));
  }
  void say(const std::string& text) { asio::write(*camera, asio::buffer(text)); }
  /// Lets everything run until `done`, within a second.
  template <class Done>
  bool until(Done done) {
    io.restart();
    for (const auto end = clock.monotonic() + 1s; !done() && clock.monotonic() < end;) io.run_one_for(10ms);
    return done();
  }
  std::uint64_t count_of(const std::string& counter) const { return puller->counters().at(counter); }
  AnprSettings& settings() { return std::get<AnprSettings>(device.driver); }
  const PlateReading& plate(std::size_t i) const { return std::get<PlateReading>(readings.at(i).body); }

  asio::io_context io;
  SystemClock clock;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<tcp::socket> camera;
  DeviceSettings device;
  std::unique_ptr<AlertPuller> puller;
  std::vector<Reading> readings;
};

/// Found by the fuzzer: eight terabytes were asked of the system for a line in a header.
TEST(CameraReply, AnAnnouncedLengthTakesNoMemory) {
  ReplyReader reader;
  ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 8328656910882\r\n\r\nabc"));
  ASSERT_TRUE(reader.has_header());
  EXPECT_EQ(reader.take_body(), "abc");
  ASSERT_TRUE(reader.feed("de"));
  EXPECT_EQ(reader.take_body(), "de");
  EXPECT_EQ(reader.take_body(), "");
  EXPECT_FALSE(reader.is_done());
}

TEST_F(AlertPullerIntegration, DeliversAnEventWithThePicturesThatFollowIt) {
  ASSERT_TRUE(open(kOk + kHeartbeat + event("京A12345", "<picNum>1</picNum>") +
                   part("image/jpeg", "\xFF\xD8\xFF bytes")));
  ASSERT_TRUE(until([&] { return readings.size() == 1; }));
  EXPECT_EQ(plate(0).raw_text, "京A12345");
  EXPECT_EQ(readings[0].lane, 2u);
  EXPECT_EQ(readings[0].session, 1u);
  ASSERT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(*plate(0).pictures[0].jpeg, "\xFF\xD8\xFF bytes");
  EXPECT_EQ(count_of("other_events"), 1u);
  EXPECT_TRUE(run(puller->poll(clock.monotonic())));
}

TEST_F(AlertPullerIntegration, ReadsAChunkedStreamToo) {
  const auto text = event("京A12345", "<picNum>0</picNum>");
  const auto half = text.size() / 2;
  const auto chunk = [](const std::string& bytes) {
    std::ostringstream out;
    out << std::hex << bytes.size() << "\r\n" << bytes << "\r\n";
    return out.str();
  };
  ASSERT_TRUE(
      open("HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=\"boundary\"\r\nTransfer-Encoding: "
           "chunked\r\n\r\n" +
           chunk(text.substr(0, half)) + chunk(text.substr(half))));
  EXPECT_TRUE(until([&] { return readings.size() == 1; }));
}

TEST_F(AlertPullerIntegration, DoesNotWaitLongForPicturesThatDoNotCome) {
  ASSERT_TRUE(open(kOk + event("京A12345", "<picNum>2</picNum>") + part("image/jpeg", "\xFF\xD8\xFF")));
  ASSERT_TRUE(until([&] { return readings.size() == 1; }));
  EXPECT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(count_of("late_pictures"), 1u);
}

TEST_F(AlertPullerIntegration, AStreamThatEndsIsDisconnectedAndKeepsWhatItSaid) {
  ASSERT_TRUE(open(kOk + event("京A12345")));
  camera.reset();
  ASSERT_TRUE(until([&] { return readings.size() == 1; }));
  ASSERT_TRUE(until([&] { return !run(puller->poll(clock.monotonic())); }));
  EXPECT_EQ(run(puller->poll(clock.monotonic())).error().kind, ErrorKind::kDisconnected);
  ASSERT_TRUE(open(kOk + event("京A12345") + event("京A12346")));  // the camera repeats what it had said
  ASSERT_TRUE(until([&] { return readings.size() == 2; }));
  EXPECT_EQ(plate(1).raw_text, "京A12346");
  EXPECT_EQ(readings[1].session, 2u);
  EXPECT_EQ(count_of("double_posts"), 1u);
}

TEST_F(AlertPullerIntegration, AStreamThatIsSilentForTooLongIsDead) {
  settings().heartbeat_limit = 60ms;
  ASSERT_TRUE(open(kOk + kHeartbeat));
  ASSERT_TRUE(until([&] { return count_of("silent_streams") == 1; }));
  const auto polled = run(puller->poll(clock.monotonic()));
  EXPECT_EQ(polled.error().kind, ErrorKind::kDisconnected);
  EXPECT_THAT(polled.error().detail, HasSubstr("heartbeat"));
}

TEST_F(AlertPullerIntegration, SaysWhyItCannotOpen) {
  EXPECT_EQ(open("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"c\", nonce=\"n\", "
                 "qop=\"auth\"\r\nContent-Length: 0\r\n\r\n")
                .error()
                .kind,
            ErrorKind::kSettings);
  EXPECT_THAT(open("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").error().detail,
              HasSubstr("404 to /stream"));
  EXPECT_EQ(open("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n").error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(open("SSH-2.0-OpenSSH\r\n\r\n").error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(open("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')).error().kind, ErrorKind::kBadFrame);
  run(puller->close());
  std::get<AnprSettings>(device.driver).endpoint.port = 1;
  puller.reset();
  EXPECT_EQ(open("").error().kind, ErrorKind::kDisconnected);
}

TEST_F(AlertPullerIntegration, SurvivesNoiseInItsStream) {
  ASSERT_TRUE(open(kOk + "noise\r\n" + part("application/xml", "<broken") + part("image/jpeg", "lone") +
                   part("application/json", "{}") + event("京A12345", "<picNum>0</picNum>")));
  ASSERT_TRUE(until([&] { return readings.size() == 1; }));
  EXPECT_EQ(count_of("malformed"), 2u);
  EXPECT_EQ(count_of("lone_pictures"), 1u);
  EXPECT_EQ(count_of("skipped_bytes"), 5u);
}

TEST_F(AlertPullerIntegration, CanBeClosedAtAnyTime) {
  ASSERT_TRUE(open(kOk));
  run(puller->close());
  run(puller->close());
  EXPECT_EQ(run(puller->poll(clock.monotonic())).error().kind, ErrorKind::kDisconnected);
}

}  // namespace
}  // namespace exhaust::anpr
