// A meter on a loopback port that answers as a script says; time-outs are real and short.
#include "drivers/ak/driver.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include "drivers/ak/telegram.hpp"
#include "tests/drivers/run_awaitable.hpp"

namespace exhaust {
namespace {

using namespace ak;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Tcp = asio::ip::tcp;

/// Has a history and answers AKON with "opacity k vehicle".
class Meter {
 public:
  explicit Meter(asio::io_context& io) : acceptor_(io, {asio::ip::make_address("127.0.0.1"), 0}) {
    asio::co_spawn(io, serve(), [](std::exception_ptr) {});
  }
  std::string endpoint() const { return "tcp:127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  void stop() {
    acceptor_.close();
    hang_up();
  }
  void hang_up() {
    if (peer_) peer_->close();
  }

  std::uint64_t newest = 0;
  std::uint64_t oldest = 0;  ///< in the history; older: NA
  int status = 0;
  std::function<std::string(const Command&)> script;  ///< instead of the honest answer
  std::vector<std::string> asked;

 private:
  std::string honest(const Command& command) const {
    const auto number = command.data.empty() ? newest : std::stoull(command.data[0]);
    if (number < oldest) return encode_reply("AKON", status, {"NA"});
    return encode_reply("AKON", status, {std::to_string(number) + ".5", "0.1", std::to_string(number)});
  }

  asio::awaitable<void> serve() {
    boost::system::error_code error;
    while (acceptor_.is_open()) {
      peer_.emplace(co_await acceptor_.async_accept(asio::use_awaitable));
      TelegramReader reader;
      char bytes[256];
      error = {};
      while (!error) {
        const auto count = co_await peer_->async_read_some(asio::buffer(bytes),
                                                           asio::redirect_error(asio::use_awaitable, error));
        reader.feed({bytes, count});
        while (const auto telegram = reader.next()) {
          const auto command = decode_command(*telegram);
          asked.push_back(command->code + " " + command->channel);
          if (!command->data.empty()) asked.back() += " " + command->data[0];
          const auto answer = script ? script(*command) : honest(*command);
          co_await asio::async_write(*peer_, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
        }
      }
    }
  }

  Tcp::acceptor acceptor_;
  std::optional<Tcp::socket> peer_;
};

class AkDriverIntegration : public testing::Test {
 protected:
  AkDriverIntegration() { configure([](AkSettings&) {}); }
  ~AkDriverIntegration() override {
    run(driver->close());
    meter.stop();
    io.restart();
    io.poll();
  }

  void configure(const std::function<void(AkSettings&)>& change) {
    AkSettings ak;
    ak.endpoint = *parse_endpoint(meter.endpoint());
    ak.channel = "K1";
    ak.values = {"opacity_percent", "k_per_m", "vehicle_number"};
    ak.fetch_by_number = true;
    ak.count = CountSource::kShared;
    change(ak);
    DeviceSettings device;
    device.name = "smoke-1";
    device.lane = 1;
    device.response_timeout = 50ms;
    device.driver = ak;
    const auto tap = [this](const Frame& frame) { fates.push_back(frame.kind); };
    const auto notice = [this](const DeviceNotice& said) { notices.push_back(said.word + ": " + said.detail); };
    driver = make_ak_driver({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }, tap, notice}, device);
  }

  void number_nothing() {
    configure([](AkSettings& ak) {
      ak.reading = ReadingKind::kPlume;
      ak.values = {"co_percent"};
      ak.each_poll = true;
      ak.fetch_by_number = false;
    });
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

  asio::io_context io;
  SystemClock clock;
  Meter meter{io};
  std::vector<Reading> readings;
  std::vector<Frame::Kind> fates;
  std::vector<std::string> notices;
  std::unique_ptr<Driver> driver;
};

TEST_F(AkDriverIntegration, TheFirstPollOnlySaysWhereToBeginAndEachNewNumberIsDeliveredOnce) {
  meter.newest = 7;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  EXPECT_THAT(readings, IsEmpty());
  meter.newest = 8;
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_THAT(delivered(), ElementsAre(8));
  const auto& reading = readings[0];
  EXPECT_EQ(reading.device, "smoke-1");
  EXPECT_EQ(reading.lane, 1u);
  EXPECT_EQ(reading.session, 1u);
  EXPECT_EQ(std::get<SmokeReading>(reading.body).opacity_percent, 8.5);
  EXPECT_EQ(reading.frame_sha256, sha256(as_bytes(encode_reply("AKON", 0, {"8.5", "0.1", "8"}))));
}

TEST_F(AkDriverIntegration, MissedNumbersAreFetchedOldestFirst) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 3;
  meter.asked.clear();
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1, 2, 3));
  EXPECT_THAT(meter.asked, ElementsAre("AKON K1", "AKON K1 1", "AKON K1 2"));
}

TEST_F(AkDriverIntegration, WhatTheMeterNoLongerHasIsCountedAndSkipped) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 5;
  meter.oldest = 4;
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(4, 5));
  EXPECT_EQ(count("history_missing"), 3u);
  meter.newest = 105;
  ASSERT_TRUE(poll());
  EXPECT_EQ(delivered().size(), 2u + 64u) << "no more than the last 64 are asked for";
  EXPECT_EQ(count("history_missing"), 3u + 36u);
}

TEST_F(AkDriverIntegration, AMeterWithoutHistoryDoesNotHoldUpTheNewest) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 2;
  meter.script = [](const Command& command) {
    return command.data.empty() ? encode_reply("AKON", 0, {"2", "2", "2"}) : encode_reply("????", 0);
  };
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(2));
  meter.script = [](const Command& command) {
    return command.data.empty() ? encode_reply("AKON", 0, {"4", "4", "4"}) : std::string();
  };
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(2, 4));
  EXPECT_EQ(count("history_missing"), 2u);
}

TEST_F(AkDriverIntegration, AReconnectGoesOnFromTheLastNumberKnown) {
  meter.newest = 7;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.hang_up();
  EXPECT_EQ(poll().error().kind, ErrorKind::kDisconnected);
  meter.newest = 9;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(8, 9));
  EXPECT_EQ(readings[0].session, 2u);
}

TEST_F(AkDriverIntegration, ACounterThatWentDownBeginsAnew) {
  meter.newest = 7;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 2;
  ASSERT_TRUE(poll());
  meter.newest = 3;
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(3));
  EXPECT_EQ(count("counter_restarts"), 1u);
}

TEST_F(AkDriverIntegration, SilenceTimesOutAndTheLateAnswerIsDropped) {
  meter.script = [&](const Command&) { return std::string(); };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  meter.script = [&](const Command&) {
    return encode_reply("ASTZ", 0, {"SREM"}) + encode_reply("AKON", 0, {"1", "1", "1"}) +
           encode_reply("AKON", 0, {"6", "6", "6"});
  };
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  EXPECT_EQ(count("stale_answers"), 3u) << "another code twice, and what was left from the poll before";
}

TEST_F(AkDriverIntegration, AnUnfinishedTelegramCostsItsPollOnly) {
  meter.script = [&](const Command&) { return std::string("\x02 AKON 0 1.5 "); };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  meter.script = nullptr;
  EXPECT_TRUE(poll());
  EXPECT_EQ(count("aborted_telegrams"), 1u);
}

TEST_F(AkDriverIntegration, RefusalsWrongCountsAndStatusChangesAreTold) {
  ASSERT_TRUE(open());
  meter.script = [](const Command&) { return encode_reply("????", 0); };
  EXPECT_EQ(poll().error().kind, ErrorKind::kRefusedByDevice);
  meter.script = [](const Command&) { return encode_reply("AKON", 0, {"BS"}); };
  EXPECT_EQ(poll().error().kind, ErrorKind::kRefusedByDevice);
  EXPECT_EQ(count("refused"), 2u);
  meter.script = [](const Command&) { return encode_reply("AKON", 1, {"1", "2"}); };
  EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(count("wrong_value_counts"), 1u);
  meter.script = nullptr;
  EXPECT_TRUE(poll());
  EXPECT_EQ(count("status_changes"), 2u) << "0 -> 1 -> 0";
}

TEST_F(AkDriverIntegration, AChangedStatusDigitMakesItAskForTheErrorsAndTellThem) {
  ASSERT_TRUE(open());
  const auto with_errors = [this](int status, std::vector<std::string> errors) {
    meter.status = status;
    meter.script = [this, status, errors](const Command& command) {
      return command.code == "ASTF" ? encode_reply("ASTF", status, errors) : encode_reply("AKON", status, {"1", "1", "1"});
    };
  };
  with_errors(0, {});
  ASSERT_TRUE(poll());
  EXPECT_THAT(notices, IsEmpty());
  with_errors(1, {"12", "45"});
  meter.asked.clear();
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  EXPECT_THAT(meter.asked, ElementsAre("AKON K1", "ASTF K1", "AKON K1")) << "asked once for one change";
  EXPECT_THAT(notices, ElementsAre("error_status: error status 1: errors 12 45"));
  with_errors(2, {"45"});
  ASSERT_TRUE(poll());
  with_errors(0, {});
  ASSERT_TRUE(poll());
  EXPECT_THAT(notices, ElementsAre("error_status: error status 1: errors 12 45", "error_status: error status 2: errors 45",
                                   "error_status: all errors cleared"));
  EXPECT_EQ(count("status_changes"), 3u);
}

TEST_F(AkDriverIntegration, AnErrorListThatDoesNotComeIsAskedForAgain) {
  ASSERT_TRUE(open());
  meter.script = [](const Command& command) {
    return command.code == "ASTF" ? std::string() : encode_reply("AKON", 3, {"1", "1", "1"});
  };
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(notices, IsEmpty());
  meter.script = [](const Command& command) {
    return command.code == "ASTF" ? encode_reply("????", 0) : encode_reply("AKON", 3, {"1", "1", "1"});
  };
  ASSERT_TRUE(poll());
  EXPECT_THAT(notices, ElementsAre("error_status: error status 3; they cannot be read: the device does not know the command"));
}

TEST_F(AkDriverIntegration, ValuesOfAMeterThatIsNotMeasuringAreNotDelivered) {
  configure([](AkSettings& ak) { ak.measuring_states = {"SMGA", "SINT"}; });
  std::string state = "SMGA";
  const auto answer = [&](const Command& command) {
    if (command.code == "ASTZ") return encode_reply("ASTZ", 0, {"SREM", state});
    const auto number = command.data.empty() ? std::to_string(meter.newest) : command.data[0];
    return encode_reply("AKON", 0, {"1", "1", number});
  };
  meter.script = answer;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 1;
  ASSERT_TRUE(poll());
  state = "STBY";
  meter.newest = 3;
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  state = "SINT";
  meter.newest = 4;
  ASSERT_TRUE(poll());
  EXPECT_THAT(delivered(), ElementsAre(1, 4)) << "2 and 3 were of the standby";
  EXPECT_EQ(count("not_measuring"), 2u);
  EXPECT_EQ(count("history_missing"), 0u);
  EXPECT_THAT(notices, ElementsAre("state: not measuring: SREM STBY", "state: measuring again: SREM SINT"));
}

TEST_F(AkDriverIntegration, ADeviceWithoutStatesThatIsAskedForThemRefuses) {
  configure([](AkSettings& ak) { ak.measuring_states = {"SMGA"}; });
  meter.script = [](const Command& command) {
    return command.code == "ASTZ" ? encode_reply("????", 0) : encode_reply("AKON", 0, {"1", "1", "1"});
  };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kRefusedByDevice);
  EXPECT_THAT(readings, IsEmpty());
}

TEST_F(AkDriverIntegration, AnAnalyserThatNumbersNothingIsDeliveredAtEachPoll) {
  configure([](AkSettings& ak) {
    ak.reading = ReadingKind::kPlume;
    ak.values = {"co_percent", "co2_percent", "hc_ppm", "no_ppm"};
    ak.each_poll = true;
    ak.fetch_by_number = false;
  });
  meter.script = [](const Command&) { return encode_reply("AKON", 0, {"1.23", "#12.34", "120", "345"}); };
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 2u);
  const auto& plume = std::get<PlumeReading>(readings[0].body);
  EXPECT_EQ(plume.co_percent, 1.23);
  EXPECT_EQ(plume.co2_percent, std::nullopt);
  EXPECT_EQ(plume.no_ppm, 345);
}

TEST_F(AkDriverIntegration, ALateAnswerOfAnAnalyserIsNeverTakenForTheNextOne) {
  number_nothing();
  meter.script = [](const Command&) { return std::string(); };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  // The answer to the question before comes only now, together with the one to this.
  meter.script = [](const Command& command) {
    if (command.code == "ASTZ") return encode_reply("AKON", 0, {"1"}) + encode_reply("ASTZ", 0, {"SREM"});
    return encode_reply("AKON", 0, {"2"});
  };
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 2u);
  for (const auto& reading : readings) EXPECT_EQ(std::get<PlumeReading>(reading.body).co_percent, 2);
  EXPECT_EQ(count("stale_answers"), 1u);
  EXPECT_THAT(meter.asked, ElementsAre("AKON K1", "ASTZ K1", "AKON K1", "AKON K1"));
}

TEST_F(AkDriverIntegration, AnAnalyserThatStallsForSeveralTimeOutsGivesNoOldValueAsANewOne) {
  number_nothing();
  // Silent to two questions; with the third it is back, and first answers the two.
  std::string backlog;
  meter.script = [&](const Command& command) {
    if (meter.asked.size() > 2) return std::exchange(backlog, "") + encode_reply(command.code, 0, {"2"});
    backlog += encode_reply(command.code, 0, {"1"});
    return std::string();
  };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(poll().error().kind, ErrorKind::kTimeout);
  ASSERT_TRUE(poll());
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 2u);
  for (const auto& reading : readings) EXPECT_EQ(std::get<PlumeReading>(reading.body).co_percent, 2);
}

TEST_F(AkDriverIntegration, BehindADamagedAnswerTheRealOneMayStillCome) {
  number_nothing();
  std::string late;
  meter.script = [&](const Command& command) {
    late = encode_reply(command.code, 0, {"1"});
    return std::string("\x02 AK#N 0 1\x03");
  };
  ASSERT_TRUE(open());
  EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame);
  meter.script = [&](const Command& command) { return std::exchange(late, "") + encode_reply(command.code, 0, {"2"}); };
  ASSERT_TRUE(poll());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<PlumeReading>(readings[0].body).co_percent, 2);
}

TEST_F(AkDriverIntegration, ARestartedMeterIsTold) {
  meter.newest = 7;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 2;
  ASSERT_TRUE(poll());
  EXPECT_THAT(notices, ElementsAre("restarted: the number of the newest measurement went down to 2"));
}

TEST_F(AkDriverIntegration, NoiseCutAndForeignTelegramsAreCountedApart_F04) {
  ASSERT_TRUE(open());
  const auto good = encode_reply("AKON", 0, {"1", "1", "1"});
  struct Case {
    std::string bytes;
    const char* word;
  };
  for (const auto& [bytes, word] : {Case{"\x01\x7f noise" + good, "skipped_bytes"}, {"\x02 AKON 0 1 " + good, "aborted_telegrams"},
                                    {encode_reply("ASTZ", 0, {"SREM"}) + good, "stale_answers"},
                                    {"\x02" + std::string(5000, 'x') + good, "dropped_telegrams"}}) {
    const auto before = count(word);
    meter.script = [reply = bytes](const Command&) { return reply; };
    EXPECT_TRUE(poll()) << word << ": the good one behind it is taken";
    EXPECT_GT(count(word), before) << word;
  }
  for (const auto& [bytes, word] : {Case{"\x02 AKON x\x03", "bad_frames"}, {encode_reply("AKON", 0, {"1", "x", "1"}), "bad_values"},
                                    {encode_reply("AKON", 0, {"1", "1"}), "wrong_value_counts"}}) {
    meter.script = [reply = bytes](const Command&) { return reply; };
    EXPECT_EQ(poll().error().kind, ErrorKind::kBadFrame) << word;
    EXPECT_EQ(count(word), 1u) << word;
  }
  meter.script = nullptr;
  EXPECT_TRUE(poll());
}

TEST_F(AkDriverIntegration, EveryTelegramHasOneFate) {
  meter.newest = 1;
  ASSERT_TRUE(open());
  ASSERT_TRUE(poll());
  meter.newest = 2;
  meter.script = [this](const Command&) { return "\x7f" + encode_reply("ASTZ", 0, {"SREM"}) + encode_reply("AKON", 0, {"2", "1", std::to_string(meter.newest)}); };
  ASSERT_TRUE(poll());
  using enum Frame::Kind;
  EXPECT_THAT(fates, ElementsAre(kSent, kReceived, kSent, kDropped, kDropped, kMeasurement));
}

TEST_F(AkDriverIntegration, WrongSettingsShowAtOpening) {
  configure([](AkSettings& ak) { ak.values = {"opacity"}; });
  EXPECT_EQ(open().error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust
