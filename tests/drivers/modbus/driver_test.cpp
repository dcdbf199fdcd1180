// A libmodbus server on a loopback port, and an RTU device on a pty; time-outs are real and short.
#include "drivers/modbus/driver.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <termios.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <filesystem>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/server.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

using namespace modbus;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Answer = ModbusServer::Answer;

class ModbusDriverIntegration : public testing::Test {
 protected:
  ~ModbusDriverIntegration() override {
    if (driver) run(driver->close());
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  Result<void> open() { return run(driver->open(clock.monotonic() + 1s)); }
  Result<void> poll() { return run(driver->poll(clock.monotonic() + 2s)); }
  std::uint64_t count(std::string_view word) { return driver->counters().find(word)->second; }
  std::vector<std::uint64_t> delivered() {
    std::vector<std::uint64_t> numbers;
    for (const auto& reading : readings) numbers.push_back(reading.count.value_or(0));
    return numbers;
  }
  std::unique_ptr<Driver> make(const std::string& endpoint, const ModbusProfile& profile) {
    ModbusSettings settings;
    settings.endpoint = *parse_endpoint(endpoint);
    settings.profile = profile;
    settings.count = CountSource::kShared;
    DeviceSettings device;
    device.name = profile.name;
    device.lane = 2;
    device.response_timeout = 50ms;
    device.driver = settings;
    devices[profile.name] = device;
    auto tap = [this](const Frame& frame) {
      frames.push_back(frame.kind);
      if (frame.kind == Frame::Kind::kMeasurement) measurements.emplace_back(frame.bytes.begin(), frame.bytes.end());
    };
    auto notice = [this](const DeviceNotice& said) { notices.push_back(said.word + ": " + said.detail); };
    return make_modbus_driver(
        {io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }, tap, notice}, device, buses);
  }

  asio::io_context io;
  SystemClock clock;
  BusTable buses{io};
  std::vector<Reading> readings;
  std::vector<Frame::Kind> frames;
  std::vector<Bytes> measurements;
  std::vector<std::string> notices;
  std::map<std::string, DeviceSettings> devices;
  std::unique_ptr<Driver> driver;
};

/// The simulated analyser's map over TCP; vehicle n + 1000 is measurement n.
class AnalyserIntegration : public ModbusDriverIntegration {
 protected:
  AnalyserIntegration() { driver = make(endpoint(), analyser_profile()); }
  ~AnalyserIntegration() override {
    server.answers(nullptr);
  }

  std::string endpoint() const { return "tcp:127.0.0.1:" + std::to_string(server.port()); }

  static std::vector<std::uint16_t> words(std::uint64_t number) {
    std::vector<std::uint16_t> all;
    const auto add = [&all](double value, RegisterType type) {
      for (const auto word : encode(value, type, WordOrder::kABCD)) all.push_back(word);
    };
    add(static_cast<double>(number + 1000), RegisterType::kU32);
    for (const double value : {0.5, -0.001, std::nan(""), 0.003, 0.0, 0.9}) add(value, RegisterType::kF32);
    add(50, RegisterType::kU16);
    add(static_cast<double>(number % 65536), RegisterType::kU16);
    return all;
  }
  void write_slot(std::uint64_t number) { server.put(100 + number % 64 * 16, words(number)); }
  void write_counter(std::uint64_t number) {
    server.put(0, encode(static_cast<double>(number), RegisterType::kU32, WordOrder::kABCD));
  }
  /// The device completes measurements up to `number`.
  void measure(std::uint64_t number) {
    for (auto n = newest + 1; n <= number; ++n) server.set(100 + n % 64 * 16, words(n));
    newest = number;
    server.set(0, encode(static_cast<double>(number), RegisterType::kU32, WordOrder::kABCD));
  }

  std::uint64_t newest = 0;
  ModbusServer server;
};

TEST_F(AnalyserIntegration, EachNewMeasurementIsDeliveredOnceWithTheLanesCount) {
  measure(5);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty()) << "the first counter only says where to begin";
  measure(6);
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_THAT(delivered(), ElementsAre(1006));
  const auto& reading = readings[0];
  EXPECT_EQ(reading.device, "analyser");
  EXPECT_EQ(reading.lane, 2u);
  EXPECT_EQ(reading.session, 1u);
  EXPECT_EQ(reading.frame_sha256, sha256(measurements.at(0))) << "of the frames on the wire";
  const auto& plume = std::get<PlumeReading>(reading.body);
  EXPECT_EQ(plume.co2_excess_percent, 0.5);
  EXPECT_NEAR(*plume.co_per_co2, -0.001, 1e-9);
  EXPECT_EQ(plume.hc_per_co2, std::nullopt);
  EXPECT_EQ(plume.no2_per_co2, 0.0);
  EXPECT_EQ(plume.samples, 50u);
}

TEST_F(AnalyserIntegration, MissedMeasurementsComeFromTheSlotsInOrderAroundTheEnd) {
  measure(60);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(80);
  const auto before = server.requests();
  ASSERT_TRUE(poll());
  std::vector<std::uint64_t> expected;
  for (std::uint64_t n = 61; n <= 80; ++n) expected.push_back(1000 + n);
  EXPECT_EQ(delivered(), expected);
  EXPECT_EQ(server.requests() - before, 1 + 2 * 4) << "61..63, 64..70, 71..77, 78..80, each with the counter after it";
}

TEST_F(AnalyserIntegration, WhatTheSlotsNoLongerHoldIsCounted) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(200);
  ASSERT_TRUE(poll());
  EXPECT_EQ(delivered().size(), 63u);
  EXPECT_EQ(delivered().front(), 1138u) << "the slot of 137 is where 201 may be being written";
  EXPECT_EQ(count("history_missing"), 137u);
}

TEST_F(AnalyserIntegration, AReconnectGoesOnFromTheLastCounter) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.answers([](auto, auto) { return Answer::kHangUp; });
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
  server.answers(nullptr);
  run(driver->close());
  measure(2);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1001, 1002));
  EXPECT_EQ(readings[0].session, 2u);
}

TEST_F(AnalyserIntegration, ACounterThatWentDownBeginsAnew) {
  measure(50);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  newest = 0;
  measure(3);
  ASSERT_TRUE(poll());
  measure(4);
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1004));
  EXPECT_EQ(count("counter_restarts"), 1u);
}

TEST_F(AnalyserIntegration, F07ATornSlotIsReadAgain) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(1);
  server.set(116 + 15, {999});
  server.answers([&, times = 0](std::uint16_t first, auto) mutable {
    if (first == 116 && ++times == 2) write_slot(1);
    return Answer::kHonest;
  });
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1001));
  EXPECT_EQ(count("torn"), 1u);
  EXPECT_EQ(count("torn_skipped"), 0u);
}

TEST_F(AnalyserIntegration, F07ASlotThatStaysTornIsSkippedAndCounted) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(2);
  server.set(116 + 15, {999});
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1002));
  EXPECT_EQ(count("torn"), 2u) << "read, and read again";
  EXPECT_EQ(count("torn_skipped"), 1u);
}

TEST_F(AnalyserIntegration, F07SlotsOverwrittenWhileTheyWereReadAreDropped) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(2);
  server.answers([&](std::uint16_t first, auto) {
    if (first == 116) write_counter(65);  // 65 stands where 1 stood; 66 may be being written over 2
    return Answer::kHonest;
  });
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty());
  EXPECT_EQ(count("overwritten"), 2u);
}

TEST_F(AnalyserIntegration, ABusyDeviceIsAskedLaterOnTheSameConnection) {
  ASSERT_TRUE(open());
  server.answers([](auto, auto) { return Answer::kBusy; });
  const auto refused = poll();
  EXPECT_EQ(refused.error().kind, ErrorKind::kRefusedByDevice);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("later"));
  server.answers(nullptr);
  EXPECT_TRUE(poll());
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(count("refused"), 1u);
}

TEST_F(AnalyserIntegration, AfterSilenceTheConnectionIsFresh) {
  ASSERT_TRUE(open());
  server.answers([](auto, auto) { return Answer::kSilent; });
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  server.answers(nullptr);
  EXPECT_TRUE(poll());
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(AnalyserIntegration, AnAnswerToAnotherQuestionIsABadFrameAndEndsTheConnection) {
  ASSERT_TRUE(open());
  server.answers([](auto, auto) { return Answer::kWrongTransaction; });
  EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame);
  server.answers(nullptr);
  EXPECT_TRUE(poll());
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(count("bad_frames"), 1u);
}

TEST_F(AnalyserIntegration, TwoDriversShareOneBus) {
  auto other = make(endpoint(), weather_profile());
  ASSERT_TRUE(open());
  ASSERT_TRUE(run(other->open(clock.monotonic() + 1s)));
  EXPECT_TRUE(run(other->poll(clock.monotonic() + 1s)));
  run(other->close());
  EXPECT_TRUE(poll());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(AnalyserIntegration, OpeningManyTimesLeavesNoDescriptorBehind) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  ASSERT_TRUE(open());
  run(driver->close());
  const auto before = descriptors();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(open());
    run(driver->close());
  }
  EXPECT_LE(descriptors(), before + 1) << "the server may not have closed its last one yet";
}

TEST_F(AnalyserIntegration, ADescriptorTooHighForLibmodbusIsRefusedNotUsed) {
  std::vector<int> taken;
  while (taken.empty() || taken.back() < FD_SETSIZE) {
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) break;
    taken.push_back(descriptor);
  }
  const bool high = !taken.empty() && taken.back() >= FD_SETSIZE;
  const auto opened = open();
  for (const int descriptor : taken) ::close(descriptor);
  if (!high) GTEST_SKIP() << "the soft limit of open files does not allow such a descriptor";
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kRefused);
  EXPECT_TRUE(open());
}

TEST_F(AnalyserIntegration, AReplayOfTheMeasurementFramesGivesTheSameReadings) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(9);
  server.set(100 + 3 * 16 + 15, {999});  // 3 is torn: read twice, not taken
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 8u);
  std::vector<Reading> replayed;
  for (const auto& bytes : measurements) {
    Frame frame;
    frame.session = 1;
    frame.bytes = bytes;
    const auto again = readings_of(&decode_modbus, devices.at("analyser"), frame);
    ASSERT_TRUE(again) << again.error().detail;
    replayed.insert(replayed.end(), again->begin(), again->end());
  }
  ASSERT_EQ(replayed.size(), readings.size());
  for (std::size_t i = 0; i < readings.size(); ++i) {
    EXPECT_EQ(replayed[i].count, readings[i].count);
    EXPECT_EQ(replayed[i].frame_sha256, readings[i].frame_sha256);
    EXPECT_EQ(std::get<PlumeReading>(replayed[i].body).no_per_co2, std::get<PlumeReading>(readings[i].body).no_per_co2);
  }
}

TEST_F(AnalyserIntegration, EveryFrameIsToldOnce) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  measure(1);
  ASSERT_TRUE(poll());
  using enum Frame::Kind;
  EXPECT_THAT(frames, ElementsAre(kSent, kReceived,              // where the counter stands
                                  kSent, kReceived,              // it has moved
                                  kSent, kReceived, kMeasurement));  // and stands still: the slot is a measurement
}

/// A device without history: counter at 0, two values that need two requests, a mode and a lamp.
class CountedIntegration : public AnalyserIntegration {
 protected:
  CountedIntegration() { driver = make(endpoint(), profile()); }

  static ModbusProfile profile() {
    ModbusProfile made;
    made.name = "counted";
    made.handshake = field("handshake", 0);
    made.fields = {field("vehicle_number", 20, RegisterType::kU32), field("co2_excess_percent", 60, RegisterType::kF32)};
    made.states = {{field("work_mode", 1), {{0, "testing"}, {2, "calibrating"}}, {"testing"}}};
    AlarmField lamp{field("lamp", 2, RegisterType::kBits), {}, {0}};
    lamp.where.first_bit = lamp.where.last_bit = 4;
    made.alarms = {lamp};
    return made;
  }
  /// Vehicle n + 1000 with a plume of n percent: values that belong together say the same n.
  void put_vehicle(std::uint16_t n) {
    server.put(20, encode(1000.0 + n, RegisterType::kU32, WordOrder::kABCD));
    server.put(60, encode(n, RegisterType::kF32, WordOrder::kABCD));
    server.put(0, {n});
  }
  void vehicle(std::uint16_t n) {
    server.answers([this, n](auto, auto) {
      put_vehicle(n);
      return Answer::kHonest;
    });
  }
  bool mixed() const {
    return std::ranges::any_of(readings, [](const Reading& reading) {
      const auto plume = std::get<PlumeReading>(reading.body).co2_excess_percent;
      return static_cast<double>(*reading.count) != 1000 + *plume;
    });
  }
};

TEST_F(CountedIntegration, F07AVehicleThatComesWhileTheOneBeforeIsReadIsReadInstead) {
  vehicle(1);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.answers([&, times = 0](std::uint16_t first, auto) mutable {
    if (times == 0) put_vehicle(2);
    if (first == 60 && ++times == 1) put_vehicle(3);  // between the two halves of vehicle 2
    return Answer::kHonest;
  });
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1003));
  EXPECT_FALSE(mixed());
  EXPECT_EQ(count("torn"), 1u);
  EXPECT_EQ(count("torn_skipped"), 0u);
  EXPECT_EQ(count("history_missing"), 1u) << "vehicle 2 was written over";
}

TEST_F(CountedIntegration, F07ADeviceThatNeverHoldsStillGivesNothingAndIsCounted) {
  vehicle(1);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.answers([&, n = std::uint16_t{1}](std::uint16_t first, auto) mutable {
    if (first == 60 || n == 1) put_vehicle(++n);
    return Answer::kHonest;
  });
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty());
  EXPECT_EQ(count("torn"), 4u) << "read, and three times again";
  EXPECT_EQ(count("torn_skipped"), 1u);
}

/// Counter, values and check in one answer, of a device that does not write them at once.
class AtomicIntegration : public ModbusDriverIntegration {
 protected:
  AtomicIntegration() {
    ModbusProfile made;
    made.name = "atomic";
    made.handshake = field("handshake", 0);
    made.fields = {field("vehicle_number", 1), field("measurement_check", 2)};
    driver = make("tcp:127.0.0.1:" + std::to_string(server.port()), made);
  }
  ~AtomicIntegration() override { server.answers(nullptr); }
  ModbusServer server;
};

TEST_F(AtomicIntegration, F07ATornAnswerIsReadAgain) {
  server.set(0, {1, 1001, 1});
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.answers([&, times = 0](auto, auto) mutable {
    server.put(0, {2, 1002, static_cast<std::uint16_t>(++times == 1 ? 1 : 2)});
    return Answer::kHonest;
  });
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1002));
  EXPECT_EQ(count("torn"), 1u);
  EXPECT_EQ(count("torn_skipped"), 0u);
}

TEST_F(AtomicIntegration, F07AnAnswerThatStaysTornIsSkippedAndCounted) {
  server.set(0, {1, 1001, 1});
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.set(0, {2, 1002, 1});
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty());
  EXPECT_EQ(count("torn"), 4u) << "read, and three times again";
  EXPECT_EQ(count("torn_skipped"), 1u);
}

TEST_F(AtomicIntegration, ACounterOfSixteenBitsThatRunsOverLosesNoVehicle) {
  server.set(0, {65535, 1001, 65535});
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.set(0, {0, 1002, 0});
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1002));
  EXPECT_THAT(notices, IsEmpty()) << "nothing was restarted";
}

TEST_F(CountedIntegration, F07NoRecordIsMixedHoweverTheRequestsFall) {
  vehicle(1);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  for (int change = 1; change <= 12; ++change) {
    server.answers([&, asked = 0, n = static_cast<std::uint16_t>(10 * change)](auto, auto) mutable {
      if (++asked == 1) put_vehicle(n);
      if (asked % change == 0) put_vehicle(++n);
      return Answer::kHonest;
    });
    ASSERT_TRUE(poll());
  }
  EXPECT_FALSE(mixed());
  EXPECT_GE(readings.size(), 8u);
}

TEST_F(CountedIntegration, ADeviceThatDoesNotMeasureDeliversNothing) {
  vehicle(1);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  vehicle(2);
  server.set(1, {2});
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty());
  EXPECT_EQ(count("not_measuring"), 1u);
  server.set(1, {0});
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty()) << "what it counted while calibrating is no vehicle";
  vehicle(3);
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1003));
  EXPECT_THAT(notices, ElementsAre("state: work_mode: calibrating, not measuring", "state: work_mode: testing"));
}

TEST_F(CountedIntegration, AnAlarmIsToldWithoutAnyVehicle) {
  vehicle(1);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.set(2, {0x10});
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  server.set(2, {0});
  ASSERT_TRUE(poll());
  EXPECT_THAT(notices, ElementsAre("error_status: lamp: on", "error_status: lamp: off"));
}

TEST_F(CountedIntegration, ACounterBesideItsValuesIsOneRequest) {
  auto together = profile();
  together.name = "together";
  together.fields = {field("vehicle_number", 3, RegisterType::kU32)};
  driver = make(endpoint(), together);
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  server.set(0, {1, 0, 0, 0, 1001});
  const auto before = server.requests();
  ASSERT_TRUE(poll());
  EXPECT_EQ(server.requests() - before, 1);
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1001));
}

class IdentityIntegration : public AnalyserIntegration {
 protected:
  IdentityIntegration() {
    auto profile = weather_profile();
    IdentityField model{field("model", 300, RegisterType::kString), "GAS-7"};
    model.where.length = 3;
    profile.identities = {model, {field("serial", 303), std::nullopt}};
    driver = make(endpoint(), profile);
  }
  void device_is(std::vector<std::uint16_t> words) { server.set(300, words); }
};

TEST_F(IdentityIntegration, F06AnotherDeviceIsNotOpened) {
  device_is({0x4741, 0x532D, 0x3800, 7});
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kSettings);
  EXPECT_THAT(opened.error().detail, testing::HasSubstr("unit 1 says model 'GAS-8', but profile 'weather' expects 'GAS-7'"));
}

TEST_F(IdentityIntegration, TheExpectedOneIsOpenedAndItsSerialNumberIsToldWhenItChanges) {
  device_is({0x4741, 0x532D, 0x3700, 7});
  ASSERT_TRUE(open());
  EXPECT_THAT(notices, ElementsAre("identity: model: GAS-7", "identity: serial: 7"));
  EXPECT_TRUE(poll());
  run(driver->close());
  ASSERT_TRUE(open());
  EXPECT_EQ(notices.size(), 2u) << "nothing new";
  run(driver->close());
  device_is({0x4741, 0x532D, 0x3700, 8});
  ASSERT_TRUE(open());
  EXPECT_EQ(notices.back(), "identity: serial: 8");
}

TEST_F(ModbusDriverIntegration, NobodyThereIsDisconnectedAndAWrongProfileASettingsError) {
  std::string gone;
  {
    const ModbusServer server;
    gone = "tcp:127.0.0.1:" + std::to_string(server.port());
  }
  driver = make(gone, weather_profile());
  EXPECT_EQ(open().error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
  run(driver->close());
  auto wrong = weather_profile();
  wrong.fields[0].quantity = "wind";
  driver = make(gone, wrong);
  EXPECT_EQ(open().error().kind, ErrorKind::kSettings);
}

/// The weather station of devices.md 3.1 on a pty, with its literal bytes.
class WeatherIntegration : public ModbusDriverIntegration {
 protected:
  WeatherIntegration() {
    char name[128];
    EXPECT_EQ(::openpty(&master, &slave, name, nullptr, nullptr), 0);
    termios raw{};
    ::tcgetattr(slave, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave, TCSANOW, &raw);
    path = name;
    driver = make("rtu:" + path + "?baud=115200", weather_profile());
  }
  ~WeatherIntegration() override {
    station.join();
    ::close(master);
    ::close(slave);
  }
  /// Answers the next requests with these bytes, one each; empty is silence.
  void station_says(std::vector<std::string> answers) {
    if (station.joinable()) station.join();
    station = std::thread([this, answers = std::move(answers)] {
      for (const auto& answer : answers) {
        Bytes request(8);
        for (std::size_t got = 0; got < request.size();) {
          pollfd waiting{master, POLLIN, 0};
          if (::poll(&waiting, 1, 2000) <= 0) return;
          const auto count = ::read(master, request.data() + got, request.size() - got);
          if (count <= 0) return;
          got += static_cast<std::size_t>(count);
        }
        requests.push_back(to_hex(request));
        const auto bytes = *from_hex(answer);
        if (::write(master, bytes.data(), bytes.size()) < 0) return;
      }
    });
  }

  static constexpr const char* kAnswer =
      "01 03 14 00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D 7D 89";
  int master = -1, slave = -1;
  std::string path;
  std::vector<std::string> requests;
  std::thread station;
};

TEST_F(WeatherIntegration, SpeaksTheLiteralBytesOfTheDevicesPage) {
  station_says({kAnswer});
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  station.join();
  EXPECT_THAT(requests, ElementsAre("01030000000ac5cd"));
  station = std::thread([] {});
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).pressure_hpa, 1013.25);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).wind_speed_m_s, 3.25);
}

TEST_F(WeatherIntegration, NoiseAndSilenceCostTheirPollOnly) {
  std::string damaged = kAnswer;
  damaged.back() = 'A';
  // After each of the two, other numbers of registers tell a late answer apart: 1, which is not answered, and 2.
  const std::string two_registers = "01 03 04 00 00 00 00 FA 33";
  station_says({damaged, "", two_registers, kAnswer});
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("bad_frames"), 1u);
}

TEST_F(WeatherIntegration, AnUnpluggedPortIsDisconnected) {
  station_says({});
  ASSERT_TRUE(open());
  station.join();
  ::close(master);
  ::close(slave);
  master = slave = -1;
  station = std::thread([] {});
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
}

TEST_F(WeatherIntegration, OnePortWithTwoSpeedsIsASettingsError) {
  station_says({});
  ASSERT_TRUE(open());
  auto other = make("rtu:" + path + "?baud=9600", weather_profile());
  EXPECT_EQ(run(other->open(clock.monotonic() + 1s)).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust
