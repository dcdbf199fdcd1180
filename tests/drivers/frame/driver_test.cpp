// Integration: a gate at the other end of a pty. Waits are real and short.
#include "drivers/frame/driver.hpp"

#include <gmock/gmock.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "drivers/frame/stdbus.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

using namespace std::chrono_literals;
using stdbus::GateSpeed;
using stdbus::StdbusFrame;

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// devices.md 5
const auto kReadSpeed = hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D");
const auto kSpeedAnswer =
    hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D");

class GateOnAPtyIntegration : public testing::Test {
 protected:
  GateOnAPtyIntegration() : gate(io) {
    termios raw{};
    cfmakeraw(&raw);
    int master = -1;
    char name[128];
    if (openpty(&master, &slave, name, &raw, nullptr) != 0) throw std::runtime_error("no pty");
    gate.assign(master);
    FrameSettings settings;
    settings.endpoint.kind = Endpoint::Kind::kSerial;
    settings.endpoint.path = name;
    settings.endpoint.baud = 115200;
    settings.decoder = "stdbus-gate";
    settings.host_address = 0x00;
    device.name = "gate";
    device.lane = 2;
    device.driver = settings;
  }
  ~GateOnAPtyIntegration() override {
    if (driver) run(driver->close());
    if (slave >= 0) ::close(slave);
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  void pump_until(const std::function<bool()>& reached) {
    io.restart();
    while (!reached()) {
      if (io.run_one_for(2s) == 0) throw std::runtime_error("nothing happened for 2 s");
    }
  }
  void pump_for(Duration time) {
    io.restart();
    io.run_for(time);
  }

  void open() {
    driver = make_frame_driver(
        {io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }}, device);
    const auto opened = run(driver->open(clock.monotonic() + 1s));
    ASSERT_TRUE(opened) << opened.error().detail;
  }
  Result<void> poll(Duration time = 1s) { return run(driver->poll(clock.monotonic() + time)); }
  void gate_sends(const Bytes& bytes) { asio::write(gate, asio::buffer(bytes)); }
  void gate_reports(const GateSpeed& speed) {
    gate_sends(encode(StdbusFrame{.addresses = {0x30, 0x00},
                                  .command = stdbus::kSpeedCommand,
                                  .sub = stdbus::kWrite,
                                  .payload = encode_speed(speed)}));
  }
  /// The next frame that the driver wrote.
  stdbus::Received gate_hears() {
    std::optional<stdbus::Received> received = heard.next();
    std::array<std::uint8_t, 256> chunk;
    while (!received) {
      std::size_t count = 0;
      gate.async_read_some(asio::buffer(chunk), [&](boost::system::error_code, std::size_t n) { count = n; });
      pump_until([&] { return count > 0; });
      heard.feed(ByteView(chunk).first(count));
      received = heard.next();
    }
    return *received;
  }
  const SpeedReading& speed(std::size_t i) const { return std::get<SpeedReading>(readings.at(i).body); }
  std::uint64_t count_of(const std::string& counter) const {
    const auto found = driver->counters().find(counter);
    return found == driver->counters().end() ? 0 : found->second;
  }

  asio::io_context io;
  SystemClock clock;
  asio::posix::stream_descriptor gate;
  int slave = -1;
  stdbus::StdbusReader heard;
  DeviceSettings device;
  std::vector<Reading> readings;
  std::unique_ptr<Driver> driver;
};

TEST_F(GateOnAPtyIntegration, AsksAndDeliversTheAnswer) {
  open();
  std::optional<Result<void>> polled;
  asio::co_spawn(io, driver->poll(clock.monotonic() + 1s),
                 [&](std::exception_ptr, Result<void> result) { polled = std::move(result); });
  EXPECT_EQ(gate_hears().raw, kReadSpeed);
  gate_sends(kSpeedAnswer);
  pump_until([&] { return polled.has_value(); });
  EXPECT_TRUE(*polled);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].device, "gate");
  EXPECT_EQ(readings[0].lane, 2u);
  EXPECT_EQ(readings[0].count, 7u);
  EXPECT_EQ(readings[0].session, 1u);
  EXPECT_EQ(readings[0].frame_sha256, sha256(kSpeedAnswer));
  EXPECT_TRUE(speed(0).solicited);
  EXPECT_EQ(speed(0).direction, 1);
  EXPECT_DOUBLE_EQ(speed(0).speed_km_h.value(), 46.81);
}

TEST_F(GateOnAPtyIntegration, DeliversAndAcknowledgesWhatTheGateReportsItself) {
  open();
  gate_reports({.count = 8, .direction = 1, .speed_km_h = 60.0});
  const auto acknowledgement = gate_hears().frame;
  EXPECT_EQ(acknowledgement.sub, stdbus::kWriteAnswer);
  EXPECT_EQ(acknowledgement.addresses, (std::vector<std::uint8_t>{0x00, 0x30}));
  EXPECT_TRUE(acknowledgement.payload.empty());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].count, 8u);
  EXPECT_FALSE(speed(0).solicited);
  EXPECT_EQ(speed(0).speed_km_h, 60.0);
  EXPECT_EQ(speed(0).acceleration_m_s2, std::nullopt);
}

TEST_F(GateOnAPtyIntegration, ReportsComeThroughNoiseAndInPieces) {
  open();
  auto damaged = kSpeedAnswer;
  damaged[15] ^= 0x10;
  gate_sends(hex("00 FF 7D"));
  gate_sends(damaged);
  gate_sends({kSpeedAnswer.begin(), kSpeedAnswer.begin() + 12});
  gate_reports({.count = 9});
  pump_until([&] { return readings.size() == 1; });
  EXPECT_EQ(readings[0].count, 9u);
  EXPECT_EQ(count_of("bad_checksum"), 1u);
  EXPECT_EQ(count_of("bad_frames"), 1u);
  EXPECT_EQ(count_of("skipped_bytes"), 3 + damaged.size() + 12);
}

TEST_F(GateOnAPtyIntegration, AReportDuringAPollIsNotItsAnswer) {
  open();
  std::optional<Result<void>> polled;
  asio::co_spawn(io, driver->poll(clock.monotonic() + 1s),
                 [&](std::exception_ptr, Result<void> result) { polled = std::move(result); });
  gate_hears();
  gate_reports({.count = 8});
  EXPECT_EQ(gate_hears().frame.sub, stdbus::kWriteAnswer);
  EXPECT_FALSE(polled);
  gate_sends(kSpeedAnswer);
  pump_until([&] { return polled.has_value(); });
  EXPECT_TRUE(*polled);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_FALSE(speed(0).solicited);
  EXPECT_TRUE(speed(1).solicited);
}

TEST_F(GateOnAPtyIntegration, ASilentGateIsATimeout) {
  open();
  EXPECT_EQ(poll(30ms).error().kind, ErrorKind::kTimeout);
}

TEST_F(GateOnAPtyIntegration, AnAnswerAfterTheDeadlineIsDeliveredAsWell) {
  open();
  EXPECT_EQ(poll(20ms).error().kind, ErrorKind::kTimeout);
  gate_sends(kSpeedAnswer);
  pump_until([&] { return readings.size() == 1; });
  EXPECT_TRUE(speed(0).solicited);
  EXPECT_EQ(count_of("late_answers"), 1u);
}

TEST_F(GateOnAPtyIntegration, LeavesFramesOfOthersAlone) {
  open();
  gate_sends(kReadSpeed);  // an echo of our own question
  gate_sends(hex("7B 00 00 00 00 02 01 00 10 18 55 00 00 22 68 7D"));
  pump_until([&] { return count_of("other_frames") == 2; });
  EXPECT_TRUE(readings.empty());
}

TEST_F(GateOnAPtyIntegration, SaysDisconnectedAfterAnUnplugAndOpensAnew) {
  open();
  ::close(slave);
  slave = -1;
  gate.close();
  EXPECT_EQ(poll(500ms).error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(poll(500ms).error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(run(driver->open(clock.monotonic() + 1s)).error().kind, ErrorKind::kDisconnected);
  EXPECT_EQ(poll(500ms).error().kind, ErrorKind::kDisconnected);
}

TEST_F(GateOnAPtyIntegration, UnplugDuringAPollEndsIt) {
  open();
  std::optional<Result<void>> polled;
  asio::co_spawn(io, driver->poll(clock.monotonic() + 10s),
                 [&](std::exception_ptr, Result<void> result) { polled = std::move(result); });
  gate_hears();
  gate.close();
  pump_until([&] { return polled.has_value(); });
  EXPECT_EQ(polled->error().kind, ErrorKind::kDisconnected);
}

TEST_F(GateOnAPtyIntegration, EachOpeningIsASessionOfItsOwn) {
  open();
  run(driver->close());
  run(driver->close());
  ASSERT_TRUE(run(driver->open(clock.monotonic() + 1s)));
  gate_reports({.count = 10});
  pump_until([&] { return readings.size() == 1; });
  EXPECT_EQ(readings[0].session, 2u);
}

TEST_F(GateOnAPtyIntegration, AnUnknownDecoderIsASettingsError) {
  std::get<FrameSettings>(device.driver).decoder = "radar";
  driver = make_frame_driver({io, clock, [](Reading) {}}, device);
  EXPECT_EQ(run(driver->open(clock.monotonic() + 1s)).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust
