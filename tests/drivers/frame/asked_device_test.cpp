// Integration: devices that are asked, and such that speak by themselves, at the other end of a pty. Waits are real and
// short.
#include <gmock/gmock.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <filesystem>

#include "drivers/frame/stdbus.hpp"
#include "tests/drivers/frame/decoding.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust::frame {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Optional;

const auto kNha503 = hex("81 00 78 00 7B 04 D2 00 38 01 59 03 52 03 25 00 0A 00 00 66 C9");

/// A device on a pty that answers each request as a script says.
class FrameDriverIntegration : public testing::Test {
 protected:
  FrameDriverIntegration() : far(io) {
    plug();
    path = path_of_plug;
  }
  ~FrameDriverIntegration() override {
    if (driver) run(driver->close());
    far.close();
    io.restart();
    io.poll();
    ::close(slave);
  }

  void plug() {
    termios raw{};
    cfmakeraw(&raw);
    int master = -1;
    char name[128];
    if (openpty(&master, &slave, name, &raw, nullptr) != 0) throw std::runtime_error("no pty");
    far.assign(master);
    path_of_plug = name;
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    return run_awaitable(io, std::move(work));
  }
  void open(FrameSettings settings, Duration response_timeout = 40ms, Duration period = 1s) {
    settings.endpoint.kind = Endpoint::Kind::kSerial;
    settings.endpoint.path = path;
    auto device = device_with(std::move(settings));
    device.response_timeout = response_timeout;
    device.period = period;
    const auto tap = [this](const Frame& frame) { tapped.push_back({frame.kind, {frame.bytes.begin(), frame.bytes.end()}}); };
    driver = make_frame_driver({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }, tap}, device);
    ASSERT_TRUE(run(driver->open(clock.monotonic() + 1s)));
    hear();
  }
  void open(std::string decoder) {
    FrameSettings settings;
    settings.decoder = std::move(decoder);
    open(std::move(settings));
  }
  Result<void> poll() { return run(driver->poll(clock.monotonic() + 2s)); }
  void say(ByteView bytes) { asio::write(far, asio::buffer(bytes.data(), bytes.size())); }
  void pump_for(Duration time) {
    io.restart();
    io.run_for(time);
  }
  std::uint64_t count(std::string_view word) const { return driver->counters().find(word)->second; }
  std::vector<Frame::Kind> fates() const {
    std::vector<Frame::Kind> kinds;
    for (const auto& frame : tapped) kinds.push_back(frame.first);
    return kinds;
  }

  asio::io_context io;
  SystemClock clock;
  asio::posix::stream_descriptor far;
  int slave = -1;
  std::string path;  ///< for the settings
  std::string path_of_plug;
  std::function<Bytes()> answer = [] { return Bytes{}; };
  std::vector<Reading> readings;
  std::vector<std::pair<Frame::Kind, Bytes>> tapped;
  Bytes heard;
  std::unique_ptr<Driver> driver;

  void hear() {
    far.async_read_some(asio::buffer(chunk_), [this](boost::system::error_code error, std::size_t bytes) {
      if (error) return;
      heard.insert(heard.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(bytes));
      if (const auto reply = answer(); !reply.empty()) say(reply);
      if (far.is_open()) hear();
    });
  }

 private:
  std::array<std::uint8_t, 256> chunk_{};
};

TEST_F(FrameDriverIntegration, AnAnalyserIsAskedAndItsAnswerIsDelivered) {
  open("nha503");
  answer = [] { return kNha503; };
  ASSERT_TRUE(poll());
  EXPECT_EQ(heard, hex("81"));
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_THAT(std::get<PlumeReading>(readings[0].body).co2_percent, Optional(12.34));
  EXPECT_EQ(readings[0].frame_sha256, sha256(kNha503));
  EXPECT_EQ(count("answers"), 1u);
  EXPECT_THAT(fates(), ElementsAre(Frame::Kind::kSent, Frame::Kind::kMeasurement));
}

TEST_F(FrameDriverIntegration, SilenceIsATimeoutAndALateAnswerIsDropped) {
  open("nha503");
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(count("silent_polls"), 1u);
  say(kNha503);
  pump_for(5ms);
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count("stale"), 1u);
  EXPECT_THAT(fates(), ElementsAre(Frame::Kind::kSent, Frame::Kind::kDropped));
}

TEST_F(FrameDriverIntegration, HalfALateAnswerDoesNotSpoilTheNextOne_F04) {
  open("nha503");
  answer = [] { return Bytes(kNha503.begin(), kNha503.begin() + 9); };
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  answer = [] { return kNha503; };
  ASSERT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("skipped_bytes"), 9u);
}

TEST_F(FrameDriverIntegration, TwoAnswersToOneQuestionAreOneMeasurement) {
  open("nha503");
  answer = [] {
    auto twice = kNha503;
    twice.insert(twice.end(), kNha503.begin(), kNha503.end());
    return twice;
  };
  ASSERT_TRUE(poll());
  pump_for(2ms);
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("stale"), 1u);
}

TEST_F(FrameDriverIntegration, NoiseWrongSumsAndCutFramesAreCountedApart_F04) {
  open("nha503");
  auto damaged = kNha503;
  damaged[5] ^= 0x10;
  for (const auto& [bytes, words] : {std::pair{hex("00 FF 55"), "skipped_bytes"}, {damaged, "bad_checksum"}}) {
    const auto before = count(words);
    answer = [reply = bytes] { return reply; };
    EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
    EXPECT_GT(count(words), before) << words;
  }
  EXPECT_EQ(count("skipped_bytes"), 3 + damaged.size());
  EXPECT_EQ(count("bad_length") + count("bad_frames") + count("bad_values"), 0u);
  answer = [damaged] {
    auto reply = hex("00 FF");
    reply.insert(reply.end(), damaged.begin(), damaged.end());
    reply.insert(reply.end(), kNha503.begin(), kNha503.end());
    return reply;
  };
  EXPECT_TRUE(poll()) << "the good frame behind them is found";
  EXPECT_EQ(readings.size(), 1u);
}

TEST_F(FrameDriverIntegration, ATrickleThatIsTooSlowTimesOutAndTheLineGoesOn_F04) {
  open("nha503");
  asio::steady_timer timer(io);
  std::size_t said = 0;
  const std::function<void(boost::system::error_code)> trickle = [&](boost::system::error_code cancelled) {
    if (cancelled || said == kNha503.size()) return;
    say({&kNha503[said++], 1});
    timer.expires_after(4ms);
    timer.async_wait(trickle);
  };
  trickle({});
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout) << "21 bytes of 4 ms each, in 40 ms";
  timer.cancel();
  answer = [] { return kNha503; };
  EXPECT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u);
}

TEST_F(FrameDriverIntegration, ABusyAnalyserRefuses) {
  open("mqw50a");
  answer = [] { return hex("05"); };
  EXPECT_EQ(poll().error().kind, ErrorKind::kRefusedByDevice);
  EXPECT_EQ(count("refused"), 1u);
  EXPECT_THAT(fates(), ElementsAre(Frame::Kind::kSent, Frame::Kind::kReceived));
}

TEST_F(FrameDriverIntegration, ABenchResultIsDeliveredOnceWhenItHasChanged) {
  FrameSettings settings;
  settings.decoder = "stdbus-bench";
  settings.host_address = 0x00;
  settings.board_address = 0x10;
  open(settings);
  stdbus::BenchState bench{.result = {.co2_percent = 12.5, .co_percent = 1.0, .no_ppm = 300, .hc_ppm = 100}};
  answer = [&] {
    return stdbus::encode({.addresses = {0x10, 0x00},
                           .command = stdbus::kBenchCommand,
                           .sub = stdbus::kReadAnswer,
                           .payload = stdbus::encode_bench(bench)});
  };
  ASSERT_TRUE(poll());
  EXPECT_TRUE(readings.empty()) << "the first result ever seen may be from before the start";
  bench.mean.co2_percent = 3;
  ASSERT_TRUE(poll());
  EXPECT_TRUE(readings.empty());
  bench.result.co2_percent = 13;
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_THAT(std::get<PlumeReading>(readings[0].body).co2_percent, Optional(13.0));
  EXPECT_EQ(count("repeated"), 3u);
}

/// A bench with points. It answers each question, except for the commands in `silent`.
struct BenchWithPoints {
  stdbus::BenchState state{.result = {.co2_percent = 12.5, .co_percent = 1.0, .no_ppm = 300, .hc_ppm = 100}};
  std::vector<std::uint8_t> silent;
  std::vector<std::uint8_t> asked;
  Bytes said;  ///< of the last poll

  static FrameSettings settings() {
    FrameSettings settings;
    settings.decoder = "stdbus-bench";
    settings.host_address = 0x00;
    settings.board_address = 0x10;
    settings.bench_points = true;
    return settings;
  }
  Bytes answer(Bytes& heard) {
    const auto question = stdbus::parse(heard);
    if (!question) return {};
    heard.clear();
    asked.push_back(question->command);
    if (std::ranges::count(silent, question->command) > 0) return {};
    const bool result = question->command == stdbus::kBenchCommand;
    auto payload = result ? stdbus::encode_bench(state) : stdbus::encode_points({0.1 * question->command, 2, 3});
    const auto frame = stdbus::encode(stdbus::answer_to(*question, stdbus::kReadAnswer, std::move(payload)));
    said.insert(said.end(), frame.begin(), frame.end());
    return frame;
  }
};

TEST_F(FrameDriverIntegration, ABenchIsAskedForThePointsOfANewResult) {
  open(BenchWithPoints::settings());
  BenchWithPoints bench;
  answer = [&] { return bench.answer(heard); };
  ASSERT_TRUE(poll());
  EXPECT_THAT(bench.asked, ElementsAre(0x18)) << "the first result is not delivered, nor asked about";
  bench = {};
  bench.state.result.co2_percent = 13;
  tapped.clear();
  ASSERT_TRUE(poll());
  EXPECT_THAT(bench.asked, ElementsAre(0x18, 0xA0, 0xA1, 0xA2, 0xA3, 0x18));
  ASSERT_EQ(readings.size(), 1u);
  const auto& plume = std::get<PlumeReading>(readings[0].body);
  EXPECT_THAT(plume.co2_percent, Optional(13.0));
  EXPECT_THAT(plume.points.co2_percent, ElementsAre(16.0f, 2, 3));
  EXPECT_EQ(plume.points.hc_ppm.size(), 3u);
  EXPECT_EQ(readings[0].frame_sha256, sha256(bench.said));
  EXPECT_EQ(tapped.back(), std::pair(Frame::Kind::kMeasurement, bench.said)) << "and a replay reads the same";
  EXPECT_EQ(count("answers"), 7u);
  ASSERT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("incomplete"), 0u);
}

TEST_F(FrameDriverIntegration, PointsThatDoNotComeAreMissingFromTheirResult) {
  open(BenchWithPoints::settings(), 20ms);
  BenchWithPoints bench;
  answer = [&] { return bench.answer(heard); };
  ASSERT_TRUE(poll());
  bench.state.result.co2_percent = 13;
  bench.silent = {0xA1, 0xA3};
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 1u);
  const auto& points = std::get<PlumeReading>(readings[0].body).points;
  EXPECT_EQ(points.co2_percent.size(), 3u);
  EXPECT_TRUE(points.co_percent.empty());
  EXPECT_EQ(points.no_ppm.size(), 3u);
  EXPECT_TRUE(points.hc_ppm.empty());
  EXPECT_EQ(count("incomplete"), 1u);
  ASSERT_TRUE(poll());
  EXPECT_EQ(readings.size(), 1u) << "the result is known";
}

TEST_F(FrameDriverIntegration, WeatherThatSpeaksByItselfIsDeliveredAsItComes) {
  open("nmea");
  say(text("$WIMWV,39,R,1.3,M,A*06\r\n$GPGGA,,,,,,0,,,,,,,,*66\r\n$WIMWV,39,R,1.3,"));
  pump_for(5ms);
  say(text("M,A*06\r\n$WIMWV,40,R,1.3,M,A*06\r\n"));
  pump_for(5ms);
  EXPECT_EQ(readings.size(), 2u);
  EXPECT_EQ(count("reports"), 2u);
  EXPECT_EQ(count("other_frames"), 1u);
  EXPECT_EQ(count("bad_checksum"), 1u);
  EXPECT_TRUE(poll());
  EXPECT_TRUE(heard.empty()) << "and nothing is asked";
}

TEST_F(FrameDriverIntegration, WeatherThatFallsSilentIsATimeout) {
  FrameSettings settings;
  settings.decoder = "nmea";
  settings.silence_limit = 20ms;
  open(settings);
  EXPECT_TRUE(poll());
  pump_for(25ms);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(count("silent_polls"), 1u);
  say(text("$WIMWV,39,R,1.3,M,A*06\r\n"));
  pump_for(5ms);
  EXPECT_TRUE(poll());
}

FrameSettings lines_of_speed() {
  FrameSettings settings;
  settings.decoder = "delimited";
  settings.delimited.reading = ReadingKind::kSpeed;
  settings.delimited.fields.emplace_back().quantity = "speed_km_h";
  return settings;
}

TEST_F(FrameDriverIntegration, ARadarMayBeSilentWhileNoVehicleComes) {
  open(lines_of_speed(), 5ms, 1ms);
  pump_for(210ms);
  EXPECT_TRUE(poll());
  say(text("fast\r\n46.8\r\n"));
  pump_for(5ms);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("bad_values"), 1u);
  EXPECT_EQ(fates().front(), Frame::Kind::kDropped) << "what gave no reading is no measurement";
}

TEST_F(FrameDriverIntegration, ALineThatBeganBeforeWeListenedIsNoLine) {
  open(lines_of_speed());
  say(text("6.8\r\n"));  // of 46.8
  pump_for(5ms);
  EXPECT_TRUE(readings.empty());
  EXPECT_EQ(count("skipped_bytes"), 5u);
  say(text("52.5\r\n"));
  pump_for(5ms);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<SpeedReading>(readings[0].body).speed_km_h, 52.5);
}

TEST_F(FrameDriverIntegration, AfterASilenceTheFirstLineIsWhole) {
  open(lines_of_speed());
  pump_for(210ms);
  say(text("46.8\r\n"));
  pump_for(5ms);
  ASSERT_EQ(readings.size(), 1u);
}

TEST_F(FrameDriverIntegration, TheRestOfALateLineIsNoAnswer) {
  auto settings = lines_of_speed();
  settings.request = "?";
  answer = [] { return text("4"); };
  open(settings);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  answer = [] { return text("6.8\r\n" "52.5\r\n"); };
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<SpeedReading>(readings[0].body).speed_km_h, 52.5);
}

TEST_F(FrameDriverIntegration, AnAnswerWithoutItsNumberIsNoNewMeasurement) {
  auto settings = lines_of_speed();
  settings.request = "?";
  auto& number = settings.delimited.fields.emplace_back();
  number.position = 1;
  number.quantity = "measurement_number";
  number.not_available = {"---"};
  open(settings);
  for (const auto* line : {"40,6\r\n", "50,7\r\n", "50,\r\n", "50,---\r\n", "50,7\r\n"}) {
    answer = [line] { return text(line); };
    ASSERT_TRUE(poll()) << line;
  }
  EXPECT_EQ(readings.size(), 1u);
  EXPECT_EQ(count("without_number"), 2u);
}

TEST_F(FrameDriverIntegration, EveryByteIsToldOnce) {
  open("wxt");
  answer = [] { return text("\x01\x02" "0R0,Ta=23.6C\r\n0R5,Th=20C\r\n"); };
  ASSERT_TRUE(poll());
  pump_for(2ms);
  Bytes received;
  for (const auto& [kind, bytes] : tapped) {
    if (kind != Frame::Kind::kSent) received.insert(received.end(), bytes.begin(), bytes.end());
  }
  EXPECT_EQ(received, answer());
  EXPECT_THAT(fates(), ElementsAre(Frame::Kind::kSent, Frame::Kind::kDropped, Frame::Kind::kMeasurement, Frame::Kind::kDropped));
}

/// Plugged in again under another number, behind a fixed name.
TEST_F(FrameDriverIntegration, ADeviceThatIsPulledDuringAPollAnswersAgainThroughItsName_F03) {
  const auto link = std::filesystem::temp_directory_path() / ("asked_device_test." + std::to_string(::getpid()));
  const auto real = path;
  path = link;
  std::filesystem::remove(link);
  std::filesystem::create_symlink(real, link);
  answer = [] { return kNha503; };
  open("nha503");
  const int cycles = std::getenv("EXHAUST_LONG") != nullptr ? 1000 : 50;
  for (int i = 0; i < cycles; ++i) {
    ASSERT_TRUE(poll()) << i;
    answer = [this] {
      far.close();  // in the middle of a poll
      return Bytes{};
    };
    EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected) << i;
    ::close(slave);
    std::filesystem::remove(link);
    run(driver->close());
    EXPECT_EQ(run(driver->open(clock.monotonic() + 100ms)).error().kind, ErrorKind::kDisconnected) << i;

    answer = [] { return kNha503; };
    plug();
    std::filesystem::create_symlink(path_of_plug, link);
    ASSERT_TRUE(run(driver->open(clock.monotonic() + 1s))) << i;
    hear();
  }
  EXPECT_EQ(readings.size(), static_cast<std::size_t>(cycles));
  EXPECT_EQ(readings.back().session, static_cast<std::uint32_t>(cycles));
  EXPECT_EQ(count("line_breaks"), static_cast<std::uint64_t>(cycles));
  std::filesystem::remove(link);
}

}  // namespace
}  // namespace exhaust::frame
