// Integration: an AK device at the other end of a pty.
#include <gmock/gmock.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "drivers/ak/driver.hpp"
#include "drivers/ak/telegram.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

using namespace ak;
using namespace std::chrono_literals;

class AkOnAPtyIntegration : public testing::Test {
 protected:
  AkOnAPtyIntegration() : far(io) {
    termios raw{};
    cfmakeraw(&raw);
    int master = -1;
    char name[128];
    if (openpty(&master, &slave, name, &raw, nullptr) != 0) throw std::runtime_error("no pty");
    far.assign(master);
    AkSettings ak;
    ak.endpoint.kind = Endpoint::Kind::kSerial;
    ak.endpoint.path = name;
    ak.channel = "K1";
    ak.values = {"vehicle_number", "opacity_percent"};
    DeviceSettings device;
    device.response_timeout = 50ms;
    device.driver = ak;
    driver = make_ak_driver({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }}, device);
  }
  ~AkOnAPtyIntegration() override {
    run_awaitable(io, driver->close());
    far.close();
    io.restart();
    io.poll();
    ::close(slave);
  }

  void hear() {
    far.async_read_some(asio::buffer(chunk), [this](boost::system::error_code error, std::size_t bytes) {
      if (error) return;
      reader.feed({chunk.data(), bytes});
      while (reader.next()) answer();
      hear();
    });
  }
  Result<void> open() {
    auto opened = run_awaitable(io, driver->open(clock.monotonic() + 1s));
    hear();
    return opened;
  }
  Result<void> poll() { return run_awaitable(io, driver->poll(clock.monotonic() + 1s)); }
  void say(std::string_view bytes) { asio::write(far, asio::buffer(bytes)); }

  asio::io_context io;
  SystemClock clock;
  asio::posix::stream_descriptor far;
  int slave = -1;
  std::array<char, 256> chunk{};
  TelegramReader reader;
  std::function<void()> answer;
  std::vector<Reading> readings;
  std::unique_ptr<Driver> driver;
};

TEST_F(AkOnAPtyIntegration, AsksAndDelivers) {
  int number = 7;
  answer = [&] { say(encode_reply("AKON", 0, {std::to_string(number), "35.2"})); };
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  ++number;
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<SmokeReading>(readings[0].body).opacity_percent, 35.2);
}

TEST_F(AkOnAPtyIntegration, ATrickleThatIsTooSlowTimesOutAndTheNextPollIsClean_F04) {
  const auto telegram = encode_reply("AKON", 0, {"7", "35.2"});
  asio::steady_timer timer(io);
  std::size_t said = 0;
  const std::function<void(boost::system::error_code)> trickle = [&](boost::system::error_code cancelled) {
    if (cancelled || said == telegram.size()) return;
    say(telegram.substr(said++, 1));
    timer.expires_after(6ms);
    timer.async_wait(trickle);
  };
  answer = [&] { trickle({}); };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout) << "18 bytes of 6 ms each, in 50 ms";
  timer.cancel();
  answer = [&] { say(telegram); };
  EXPECT_TRUE(poll());
}

TEST_F(AkOnAPtyIntegration, AnUnpluggedPortIsDisconnected) {
  ASSERT_TRUE(open());
  far.close();
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
}

}  // namespace
}  // namespace exhaust
