// F01, F04, F05, F08: what happens to lines at the roadside. Real, short time-outs.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <random>

#include "drivers/line/serial_port.hpp"
#include "tests/drivers/modbus/line_fixture.hpp"

namespace exhaust::modbus {
namespace {

using testing::HasSubstr;
using Say = ScriptedPeer::Say;
using Says = std::vector<Say>;
using std::chrono::steady_clock;

Says answer(ByteView request) { return {{honest_answer(Framing::kRtu, request)}}; }
Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

class FieldFailureIntegration : public ModbusLineTest {
 protected:
  /// Polls three units side by side for a while, as three drivers would; how often each was answered.
  std::map<std::uint8_t, int> poll_three(Duration how_long) {
    std::map<std::uint8_t, int> answered;
    std::vector<std::future<void>> done;
    for (std::uint8_t unit = 1; unit <= 3; ++unit) {
      done.push_back(asio::co_spawn(io, keep_polling(unit, steady_clock::now() + how_long, answered), asio::use_future));
    }
    io.restart();
    io.run();
    for (auto& each : done) each.get();
    return answered;
  }
  asio::awaitable<void> keep_polling(std::uint8_t unit, MonotonicTime until, std::map<std::uint8_t, int>& answered) {
    asio::steady_timer pause(io);
    while (steady_clock::now() < until) {
      std::vector<BusFrame> told;
      const ReadRequest request{unit, RegisterFunction::kInput, {unit, 2}, timeout, patience};
      auto exchange = co_await bus->read(request, steady_clock::now() + 1s, told);
      if (exchange) {
        EXPECT_EQ(exchange->registers, honest(unit, 2));
        ++answered[unit];
      }
      pause.expires_after(1ms);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
};

TEST_F(FieldFailureIntegration, F01ASilentUnitCostsTheOthersLessThanATwentieth) {
  std::atomic<bool> silent = true;
  rtu([&silent](ByteView request) { return request[0] == 3 && silent ? Says{} : answer(request); });
  for (int i = 0; i < 3; ++i) bus->join();
  timeout = 20ms;
  poll_three(150ms);  // until it is known to be silent
  ASSERT_TRUE(bus->unit(3).silent());
  const auto before = bus->unit(3).busy();
  const auto span = long_run() ? 1h : Duration{1500ms};
  const auto begin = steady_clock::now();
  const auto answered = poll_three(span);
  const auto share = std::chrono::duration<double>(bus->unit(3).busy() - before) / (steady_clock::now() - begin);
  EXPECT_LT(share, 0.05);
  EXPECT_GT(bus->unit(3).requests(), 3u) << "it is asked now and then";
  EXPECT_FALSE(answered.contains(3));
  EXPECT_GT(answered.at(1), 20);
  EXPECT_NEAR(answered.at(1), answered.at(2), 2 + answered.at(1) / 20) << "fair turns";
  RecordProperty("share_of_the_silent_unit", std::to_string(share));

  silent = false;
  const auto period = 25 * timeout;
  const auto back = steady_clock::now();
  while (bus->unit(3).silent() && steady_clock::now() < back + 2 * period) poll_three(20ms);
  EXPECT_LE(steady_clock::now() - back, period + 200ms) << "asked again within one probe period";
  EXPECT_FALSE(bus->unit(3).silent());
}

TEST_F(FieldFailureIntegration, F01ALoneUnitIsAskedAsOftenAsItsDriverLikes) {
  rtu([](ByteView) { return Says{}; });
  bus->join();
  patience.late_answer_guard = 0ms;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(read(1, 0, 2).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(peer->requests().size(), 5u);
}

TEST_F(FieldFailureIntegration, F01AGatewayThatSpeaksForASilentDeviceCountsAsSilence) {
  tcp([](ByteView request) { return Says{{exception_answer(Framing::kTcp, request, 11)}}; });
  const auto nobody = read(1, 0, 2);
  EXPECT_EQ(nobody.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(bus->unit(1).unanswered(), 1u);
  EXPECT_EQ(peer->connections(), 1);
}

TEST_F(FieldFailureIntegration, F04OtherFramesNoiseAndEchoesDoNotHideTheAnswer) {
  const auto other_request = compose(Framing::kRtu, 0, {9, RegisterFunction::kHolding, {0, 4}});
  int asked = 0;
  rtu([&](ByteView request) -> Says {
    const auto good = honest_answer(Framing::kRtu, request);
    const Bytes own(request.begin(), request.end());
    switch (asked++) {
      case 0: return {{Bytes{0x00} + good}};
      case 1: return {{Bytes{0xFF, 0x01, 0x7F} + good + Bytes{0xFF}}};
      case 2: return {{other_request + honest_answer(Framing::kRtu, other_request) + good}};
      case 3: return {{own + good}};
      case 4: return {{wrap(Framing::kRtu, request, {0, 6, 0, 1, 0, 2}) + good}};
      default: return {{good}};
    }
  });
  timeout = 100ms;
  for (std::uint16_t i = 0; i < 6; ++i) {
    const auto registers = read(1, i, 3);
    ASSERT_TRUE(registers) << i << ": " << registers.error().detail;
    EXPECT_EQ(*registers, honest(i, 3));
  }
  EXPECT_EQ(dropped["foreign_frames"], 3u) << "request and answer of the other, and a broadcast";
  EXPECT_EQ(dropped["echoes"], 1u);
  EXPECT_GE(dropped["noise_bytes"], 4u);
}

TEST_F(FieldFailureIntegration, F04ASecondMastersExchangeBeforeOurAnswerIsSkippedAtTheGap) {
  const auto other = compose(Framing::kRtu, 0, {9, RegisterFunction::kHolding, {0, 4}});
  rtu([other](ByteView request) -> Says {
    return {{other}, {honest_answer(Framing::kRtu, other), 5ms}, {honest_answer(Framing::kRtu, request), 60ms}};
  });
  timeout = 200ms;
  EXPECT_EQ(*read(1, 7, 3), honest(7, 3));
  EXPECT_EQ(dropped["foreign_frames"], 2u);
}

TEST_F(FieldFailureIntegration, F04DamageTruncationAndATrickleAreCountedApartAndTheNextPollIsRight) {
  int asked = 0;
  rtu([&asked](ByteView request) -> Says {
    auto good = honest_answer(Framing::kRtu, request);
    switch (asked++) {  // after each that is not answered whole, one more that tells a late answer apart
      case 0: good[4] ^= 0x40; return {{good}};
      case 3: return {{Bytes(good.begin(), good.begin() + 6)}};
      case 6: {
        Says trickle;
        for (std::size_t i = 0; i < good.size(); ++i) trickle.push_back({{good[i]}, std::chrono::milliseconds(20 * i)});
        return trickle;
      }
      default: return {{good}};
    }
  });
  timeout = 70ms;
  EXPECT_EQ(read(1, 1, 3).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(dropped["bad_crc"], 1u);
  EXPECT_EQ(*read(1, 2, 3), honest(2, 3));
  const auto cut = read(1, 3, 3);
  EXPECT_EQ(cut.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(cut.error().detail, HasSubstr("short_frames"));
  EXPECT_EQ(dropped["short_frames"], 1u);
  EXPECT_EQ(*read(1, 4, 3), honest(4, 3));
  const auto begin = steady_clock::now();
  const auto trickle = read(1, 5, 3);
  EXPECT_LT(steady_clock::now() - begin, timeout + 400ms) << "bounded, however slowly it drips";
  for (int i = 0; i < 5 && asked < 10; ++i) {
    const auto after = read(1, 6, 3);
    if (after) {
      EXPECT_EQ(*after, honest(6, 3));
    }
  }
  EXPECT_EQ(*read(1, 8, 3), honest(8, 3));
}

TEST_F(FieldFailureIntegration, F04RandomBytesNeverBecomeAValue) {
  std::mt19937 random(7);
  rtu([&random](ByteView) -> Says {
    Bytes noise(random() % 40);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    return {{noise}};
  });
  timeout = 10ms;
  patience.late_answer_guard = 0ms;
  for (int i = 0; i < (long_run() ? 2000 : 30); ++i) EXPECT_FALSE(read(1, 1, 3));
  EXPECT_GT(dropped["noise_bytes"] + dropped["short_frames"] + dropped["bad_crc"], 0u);
}

TEST_F(FieldFailureIntegration, F05AGatewayThatStartsAnewIsFoundWithTheNextRequest) {
  for (const auto framing : {Framing::kTcp, Framing::kRtu}) {
    connect(framing, false, [framing](ByteView request) { return Says{{honest_answer(framing, request)}}; });
    ASSERT_TRUE(read(1, 1, 2));
    peer->reset();
    while (peer->open_connections() > 0) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(*read(1, 2, 2), honest(2, 2)) << "a connection that is known to be gone costs no poll";
    EXPECT_EQ(peer->connections(), 2);
  }
}

TEST_F(FieldFailureIntegration, F05AGatewayThatAcceptsAndNeverAnswersIsFoundInTimeAndNoDescriptorLeaks) {
  tcp([](ByteView request) { return Says{{honest_answer(Framing::kTcp, request)}}; });
  ASSERT_TRUE(read(1, 1, 2));
  const auto before = descriptors();
  peer->deaf(true);
  std::this_thread::sleep_for(20ms);  // a read that it had begun
  for (int i = 0; i < 10; ++i) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(read(1, 1, 2).error().kind, ErrorKind::kTimeout);
    EXPECT_LT(steady_clock::now() - begin, timeout + 300ms);
  }
  EXPECT_LE(descriptors(), before + 1);
  peer->deaf(false);
}

TEST_F(FieldFailureIntegration, F05AGatewayForOneClientSeesOneConnectionOfManyDevices) {
  tcp([](ByteView request) { return Says{{honest_answer(Framing::kTcp, request)}}; });
  for (int i = 0; i < 3; ++i) bus->join();
  const auto answered = poll_three(100ms);
  EXPECT_EQ(answered.size(), 3u);
  EXPECT_EQ(peer->connections(), 1);
}

TEST_F(FieldFailureIntegration, F05AGatewayThatRefusesIsNotAskedByEachOfItsDevices) {
  tcp([](ByteView) { return Says{}; });
  const auto gone = *parse_endpoint(peer->endpoint());
  peer.reset();
  bus = std::make_unique<Bus>(io, gone, ModbusLine{});
  const auto begin = steady_clock::now();
  for (std::uint8_t unit = 1; unit <= 50; ++unit) EXPECT_EQ(read(unit, 1, 2).error().kind, ErrorKind::kDisconnected);
  EXPECT_LT(steady_clock::now() - begin, 400ms);
}

TEST_F(FieldFailureIntegration, F08WithTooManyDescriptorsALineIsRefusedInWordsAndComesBack) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit before = limit;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
  if (limit.rlim_cur <= FD_SETSIZE + 64) GTEST_SKIP() << "no process may have so many open files here";
  ::setrlimit(RLIMIT_NOFILE, &limit);
  for (const bool pty : {false, true}) {
    connect(Framing::kRtu, pty, answer);
    std::vector<int> taken;
    while (taken.empty() || taken.back() < FD_SETSIZE + 16) taken.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (int i = 0; i < 3; ++i) {
      const auto refused = read(1, 1, 2);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, ErrorKind::kRefused);
      EXPECT_THAT(refused.error().detail, HasSubstr("too many files open"));
    }
    for (const int descriptor : taken) ::close(descriptor);
    EXPECT_EQ(*read(1, 1, 2), honest(1, 2));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(FieldFailureIntegration, F03AnAdapterThatIsPulledAgainAndAgainLeaksAndSpinsNothing) {
  rtu(answer);
  timeout = 100ms;
  patience.late_answer_guard = 0ms;
  ASSERT_TRUE(read(1, 1, 2));
  const auto before = descriptors();
  const auto cpu = [] {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto time = [](const timeval& at) { return std::chrono::seconds(at.tv_sec) + std::chrono::microseconds(at.tv_usec); };
    return time(used.ru_utime) + time(used.ru_stime);
  };
  const auto cpu_before = cpu();
  const int rounds = long_run() ? 1000 : 50;
  for (int i = 0; i < rounds; ++i) {
    peer->unplug();
    const auto begin = steady_clock::now();
    EXPECT_EQ(read(1, 1, 2).error().kind, ErrorKind::kDisconnected);
    EXPECT_LT(steady_clock::now() - begin, timeout + 300ms);
    peer->plug();
    const auto back = read(1, static_cast<std::uint16_t>(i), 2);
    ASSERT_TRUE(back) << i << ": " << back.error().detail;
    ASSERT_EQ(*back, honest(static_cast<std::uint16_t>(i), 2));
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_LT(cpu() - cpu_before, rounds * 5ms);
}

TEST_F(FieldFailureIntegration, AQuietMinuteOfAnUnpluggedPortCostsNothing) {
  rtu(answer);
  ASSERT_TRUE(read(1, 1, 2));
  peer->unplug();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(read(1, 1, 2).error().kind, ErrorKind::kDisconnected);
  peer->plug();
}

TEST_F(FieldFailureIntegration, FramesOnASerialLineAreAPauseApart) {
  rtu(answer);
  ModbusLine line;
  line.extra_pause = 15ms;
  bus = std::make_unique<Bus>(io, *parse_endpoint(peer->endpoint()), line);
  ASSERT_TRUE(read(1, 1, 2));
  const auto begin = steady_clock::now();
  ASSERT_TRUE(read(2, 1, 2));
  ASSERT_TRUE(read(1, 1, 2));
  EXPECT_GE(steady_clock::now() - begin, 2 * 15ms + 2 * 1750us - 3ms);
}

}  // namespace
}  // namespace exhaust::modbus
