// Integration: a unit on loopback, in the same thread. Waits are real and short.
#include "drivers/mq007/driver.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <list>

#include "drivers/mq007/command.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/result.hpp"
#include "drivers/mq007/status.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using testing::ElementsAre;
namespace type = mq007::type;

/// The unit's side: keeps what each connection has said, in the order of connecting.
class FakeUnit {
 public:
  struct Connection {
    explicit Connection(tcp::socket accepted) : socket(std::move(accepted)) {}
    tcp::socket socket;
    std::string heard;
    std::array<char, 4096> chunk{};
  };

  explicit FakeUnit(asio::io_context& io)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}), search_(io, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    listen_to_searches();
  }
  std::uint16_t tcp_port() const { return acceptor_.local_endpoint().port(); }
  std::uint16_t udp_port() const { return search_.local_endpoint().port(); }
  void say(std::size_t connection, ByteView bytes) { asio::write(at(connection).socket, asio::buffer(bytes.data(), bytes.size())); }
  void say(std::string_view frame_type, ByteView data = {}) { say(0, mq007::encode(frame_type, data)); }
  Connection& at(std::size_t i) { return *std::next(connections.begin(), static_cast<std::ptrdiff_t>(i)); }

  std::list<Connection> connections;
  std::vector<std::string> answers;  ///< to each search, all of them
  int searches = 0;
  bool shakes_hands = true;

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return;
      connections.emplace_back(std::move(socket));
      listen(connections.back(), connections.size() % 3 == 0);
      accept();
    });
  }
  void listen(Connection& connection, bool keep_alive) {
    connection.socket.async_read_some(asio::buffer(connection.chunk), [this, &connection, keep_alive](error_code error, std::size_t count) {
      if (error) return;
      connection.heard.append(connection.chunk.data(), count);
      if (keep_alive && shakes_hands) asio::write(connection.socket, asio::buffer(std::string("SHAKE_HAND")));
      listen(connection, keep_alive);
    });
  }
  void listen_to_searches() {
    search_.async_receive_from(asio::buffer(question_), from_, [this](error_code error, std::size_t count) {
      if (error) return;
      if (std::string_view(question_.data(), count) == "I_AM_YAOGAN_TESTER") ++searches;
      for (const auto& answer : answers) search_.send_to(asio::buffer(answer), from_);
      listen_to_searches();
    });
  }

  tcp::acceptor acceptor_;
  udp::socket search_;
  udp::endpoint from_;
  std::array<char, 100> question_{};
};

class Mq007DriverIntegration : public testing::Test {
 protected:
  Mq007DriverIntegration() : unit(io) {
    device.name = "unit";
    device.lane = 2;
    settings.endpoint = parse_endpoint("tcp:127.0.0.1:" + std::to_string(unit.tcp_port())).value();
  }
  ~Mq007DriverIntegration() override {
    if (driver) run(driver->close());
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  void pump_until(const std::function<bool()>& reached) {
    io.restart();
    const auto deadline = std::chrono::steady_clock::now() + 3s;
    while (!reached()) {
      io.run_one_for(100ms);
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("nothing happened for 3 s");
    }
  }
  void look_for_it() {
    settings.endpoint.reset();
    settings.broadcast = "127.0.0.1";
    settings.discovery_port = unit.udp_port();
    settings.discovery_ports = 1;
  }
  std::string answer(const std::string& name) { return mq007::encode_answer({unit.tcp_port(), name}); }

  Result<void> open(Duration time = 1s) {
    device.driver = settings;
    DriverContext context{io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); },
                          [this](const Frame& frame) { frames.emplace_back(frame.kind, std::string(as_text(frame.bytes))); },
                          [this](const DeviceNotice& notice) { notices.push_back(notice.word + ": " + notice.detail); }};
    driver = make_mq007_driver(std::move(context), device);
    return run(driver->open(std::chrono::steady_clock::now() + time));
  }
  void connect() {
    const auto opened = open();
    ASSERT_TRUE(opened) << opened.error().detail;
    pump_until([&] { return unit.connections.size() == 3; });
  }
  Result<void> poll() { return run(driver->poll(std::chrono::steady_clock::now() + 1s)); }
  std::uint64_t count_of(const std::string& counter) const { return driver->counters().at(counter); }
  /// Told to the tap as of this kind.
  std::vector<std::string> told(Frame::Kind kind) const {
    std::vector<std::string> texts;
    for (const auto& [of, text] : frames) {
      if (of == kind && text != "SHAKE_HAND") texts.push_back(text);
    }
    return texts;
  }
  void unit_says_its_mode(mq007::WorkMode mode) {
    mq007::UnitStatus status;
    status.name = "fake";
    status.work_mode = mode;
    status.infrared_connected = status.ultraviolet_connected = status.green_connected = true;
    const auto before = count_of("statuses");
    unit.say(type::kStatus, mq007::encode_status(status));
    pump_until([&] { return count_of("statuses") == before + 1; });
  }

  asio::io_context io;
  FakeUnit unit;
  SystemClock clock;
  DeviceSettings device;
  Mq007Settings settings;
  std::vector<Reading> readings;
  std::vector<std::pair<Frame::Kind, std::string>> frames;
  std::vector<std::string> notices;
  std::unique_ptr<Driver> driver;
};

TEST_F(Mq007DriverIntegration, ConnectsThreeTimesTellsTheTimeAndShakesHands) {
  connect();
  pump_until([&] { return count_of("shake_answers") >= 1 && !unit.at(0).heard.empty(); });
  const auto time = mq007::parse(as_bytes(unit.at(0).heard));
  ASSERT_TRUE(time);
  EXPECT_EQ(time->type, type::kTimeSync);
  EXPECT_EQ(time->data.size(), 9u);
  EXPECT_EQ(unit.at(1).heard, "");
  EXPECT_EQ(unit.at(2).heard, "SHAKE_HAND");
  EXPECT_TRUE(poll());
  EXPECT_EQ(told(Frame::Kind::kSent), std::vector<std::string>{unit.at(0).heard});
}

TEST_F(Mq007DriverIntegration, TellsNoTimeAndAsksForCalibrationDataWhenSetSo) {
  settings.time_sync = false;
  settings.ask_calibration = true;
  connect();
  pump_until([&] { return !unit.at(1).heard.empty(); });
  EXPECT_EQ(unit.at(1).heard, "PACKAGE_START0000003011GET_ALL_CALI_DATAPACKAGE_END");
  EXPECT_EQ(unit.at(0).heard, "");
}

TEST_F(Mq007DriverIntegration, AVehicleIsTwoBeamEventsAndThreeReadings) {
  connect();
  mq007::TestResult result;
  result.co2 = 14.5;
  result.opacity_max = 3.5;
  result.speed_km_h = 44.5;
  const auto frame = mq007::encode(type::kResult, mq007::encode_result(result));
  unit.say(type::kTrigger);
  unit.say(type::kCarLeft);
  unit.say(0, frame);
  pump_until([&] { return readings.size() == 5; });
  EXPECT_EQ(std::get<BeamEvent>(readings[0].body).edge, BeamEvent::Edge::kBlocked);
  EXPECT_EQ(std::get<BeamEvent>(readings[1].body).edge, BeamEvent::Edge::kCleared);
  EXPECT_EQ(std::get<PlumeReading>(readings[2].body).co2_percent, 14.5);
  EXPECT_EQ(std::get<SmokeReading>(readings[3].body).opacity_percent, 3.5);
  EXPECT_EQ(std::get<SpeedReading>(readings[4].body).speed_km_h, 44.5);
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(readings[i].device, "unit");
    EXPECT_EQ(readings[i].lane, 2u);
    EXPECT_EQ(readings[i].session, 1u);
    EXPECT_EQ(readings[i].count, std::nullopt);
    EXPECT_EQ(readings[i].frame_sha256, sha256(frame));
    EXPECT_EQ(readings[i].delivered, readings[2].delivered);
  }
  EXPECT_EQ(told(Frame::Kind::kMeasurement).size(), 3u);
  EXPECT_EQ(count_of("triggers"), 1u);
  EXPECT_EQ(count_of("car_left"), 1u);
  EXPECT_EQ(count_of("results"), 1u);
}

TEST_F(Mq007DriverIntegration, DamagedBytesAreDroppedAndTheNextFrameIsFound) {
  connect();
  unit.say(0, as_bytes("PACKAGE_START00x0001315PACKAGE_END"));
  unit.say(0, as_bytes("PACKAGE_START0000001815PACKAGE_END"));
  unit.say(type::kTrigger);
  unit.say(type::kResult, Bytes(20));
  unit.say("99");
  pump_until([&] { return count_of("other_messages") == 1; });
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count_of("bad_length"), 1u);
  EXPECT_EQ(count_of("bad_tail"), 1u);
  EXPECT_EQ(count_of("skipped_bytes"), 68u);
  EXPECT_EQ(count_of("bad_results"), 1u);
  std::size_t dropped_bytes = 0;
  for (const auto& text : told(Frame::Kind::kDropped)) dropped_bytes += text.size();
  EXPECT_EQ(dropped_bytes, 68u + 20 + 34);
}

TEST_F(Mq007DriverIntegration, WhileTheUnitDoesNotTestNothingIsAReading) {
  connect();
  unit_says_its_mode(mq007::WorkMode::kCalibrating);
  unit.say(type::kTrigger);
  unit.say(type::kResult, mq007::encode_result({}));
  pump_until([&] { return count_of("not_testing") == 2; });
  EXPECT_TRUE(readings.empty());
  unit_says_its_mode(mq007::WorkMode::kTesting);
  unit.say(type::kTrigger);
  pump_until([&] { return readings.size() == 1; });
  EXPECT_THAT(notices, ElementsAre("identity: name 'fake', software ''", "work_mode: calibrating",
                                   "work_mode: testing, before calibrating"));
}

TEST_F(Mq007DriverIntegration, TheEndOfACalibrationIsASelfCheckWithTheUnitsWord) {
  connect();
  unit_says_its_mode(mq007::WorkMode::kCalibrating);
  unit.say(type::kCalibrationStatus, mq007::encode_calibration_status({false, false, 50, "NO"}));
  unit.say(type::kCalibrationStatus, mq007::encode_calibration_status({true, false, 50, "no gas"}));
  pump_until([&] { return readings.size() == 1; });
  const auto& check = std::get<SelfCheckReading>(readings[0].body);
  EXPECT_FALSE(check.passed);
  EXPECT_EQ(check.remark, "calibration: no gas");
}

TEST_F(Mq007DriverIntegration, AStatusOfAnotherBuildIsCountedAndNothingElse) {
  connect();
  unit.say(type::kStatus, as_bytes("something new"));
  unit.say(type::kCalibrationStatus, as_bytes("new too"));
  pump_until([&] { return count_of("calibration_not_understood") == 1; });
  EXPECT_EQ(count_of("status_not_understood"), 1u);
  EXPECT_EQ(count_of("statuses"), 1u);
  EXPECT_TRUE(poll());
  EXPECT_TRUE(notices.empty());
}

TEST_F(Mq007DriverIntegration, ALinkWithoutAnswersIsDead) {
  settings.shake_hand_period = 10ms;
  settings.link_timeout = 50ms;
  unit.shakes_hands = false;
  connect();
  pump_until([&] { return count_of("dead_links") == 1; });
  EXPECT_GE(count_of("shake_hands"), 3u);
  EXPECT_EQ(count_of("shake_answers"), 0u);
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
}

TEST_F(Mq007DriverIntegration, TheEndOfOneConnectionIsTheEndOfTheSession) {
  for (const std::size_t ended : {0u, 1u, 2u}) {
    unit.connections.clear();
    connect();
    unit.at(ended).socket.close();
    pump_until([&] { return !poll(); });
    EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected) << ended;
    run(driver->close());
  }
}

TEST_F(Mq007DriverIntegration, AfterTheEndItOpensAsANewSession) {
  connect();
  run(driver->close());
  run(driver->close());
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
  ASSERT_TRUE(run(driver->open(std::chrono::steady_clock::now() + 1s)));
  pump_until([&] { return unit.connections.size() == 6; });
  unit.say(3, mq007::encode(type::kTrigger));
  pump_until([&] { return readings.size() == 1; });
  EXPECT_EQ(readings[0].session, 2u);
  EXPECT_TRUE(poll());
}

TEST_F(Mq007DriverIntegration, AUnitIsFoundByItsAnswer) {
  look_for_it();
  unit.answers = {answer("MQ-007-12")};
  connect();
  EXPECT_GE(unit.searches, 1);
  EXPECT_THAT(told(Frame::Kind::kReceived), ElementsAre(answer("MQ-007-12")));
}

TEST_F(Mq007DriverIntegration, OfSeveralUnitsOnlyTheOneThatIsWantedIsTaken) {
  look_for_it();
  settings.tester_name = "MQ-007-12";
  unit.answers = {"rubbish", "TCPSERVER_PORT=1,TESTER_NAME=MQ-007-13,", answer("MQ-007-12")};
  connect();
  EXPECT_EQ(count_of("bad_answers"), 1u);
  EXPECT_EQ(count_of("other_units"), 1u);
}

TEST_F(Mq007DriverIntegration, NobodyAnsweringIsATimeout) {
  look_for_it();
  EXPECT_EQ(open(30ms).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(count_of("discovery_rounds"), 1u);
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
}

TEST_F(Mq007DriverIntegration, AUnitThatIsNotThereIsDisconnected) {
  settings.endpoint->port = unit.udp_port();  // nobody listens there by TCP
  EXPECT_EQ(open().error().kind, ErrorKind::kDisconnected);
}

}  // namespace
}  // namespace exhaust
