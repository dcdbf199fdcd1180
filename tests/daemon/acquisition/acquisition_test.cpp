#include "daemon/acquisition/acquisition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <set>

#include "tests/daemon/acquisition/fake_driver.hpp"
#include "tests/daemon/acquisition/manual_time.hpp"

namespace exhaust::acquisition {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

/// Fake devices, and what acquisition says of them.
class AcquisitionTest : public testing::Test {
 protected:
  static DeviceSettings settings(const std::string& name) {
    DeviceSettings made;
    made.name = name;
    made.lane = 1;
    made.period = 1s;
    made.response_timeout = 250ms;
    made.driver = AkSettings{};
    return made;
  }

  void start(std::vector<DeviceSettings> devices) {
    acquisition = std::make_unique<Acquisition>(
        time.io, time.clock, devices,
        Consumers{.deliver = [this](Reading reading) { readings.push_back(std::move(reading)); },
                  .changed = [this](const StateChange& change) { changes.push_back(change); },
                  .notice = [this](const DeviceSettings& of, const DeviceNotice& said) { notices.push_back(of.name + " " + said.word + ": " + said.detail); }},
        Seams{.make_driver = [this](DriverContext context, const DeviceSettings& of) -> std::unique_ptr<Driver> {
                return std::make_unique<FakeDriver>(std::move(context), fakes[of.name], time);
              },
              .make_alarm = time.alarms(),
              .seed = 1});
    acquisition->start();
  }
  /// One device, just past its first poll.
  void start() {
    start({device});
    time.advance(Acquisition::kSpreadPerDevice);
  }
  ~AcquisitionTest() override {
    for (auto& [name, fake] : fakes) fake.deaf = fake.hangs = false;
    stop();
    time.advance(1h);
  }
  void stop() {
    if (!acquisition || stopped) return;
    stopped = true;
    asio::co_spawn(time.io, acquisition->stop(), [this](std::exception_ptr) { stop_ended = true; });
    time.advance(0s);
  }

  DeviceReport report(std::size_t index = 0) { return acquisition->report()[index]; }
  std::vector<std::string> told() const {
    std::vector<std::string> words;
    for (const auto& change : changes) {
      if (change.told) words.push_back(to_string(change.to));
    }
    return words;
  }
  Reading reading_stamped(WallTime device_time) {
    Reading reading;
    reading.device = device.name;
    reading.device_time = device_time;
    reading.arrived = time.clock.wall();
    PlateReading plate;
    plate.raw_text = "A12345";
    plate.pictures.push_back({"plate.jpg", std::make_shared<const std::string>(1000, 'x')});
    reading.body = plate;
    return reading;
  }

  ManualTime time;
  DeviceSettings device = settings("meter");
  std::map<std::string, FakeDevice> fakes;
  FakeDevice& meter = fakes["meter"];
  std::vector<Reading> readings;
  std::vector<StateChange> changes;
  std::vector<std::string> notices;
  std::unique_ptr<Acquisition> acquisition;
  bool stopped = false, stop_ended = false;
};

TEST_F(AcquisitionTest, ADeviceIsUnknownUntilItsFirstGoodPoll) {
  start({device});
  EXPECT_EQ(report().state, DeviceState::kUnknown);
  EXPECT_TRUE(changes.empty());
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kUp);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].from, DeviceState::kUnknown);
  EXPECT_EQ(report().last_good_poll, time.clock.wall() - (time.clock.monotonic() - meter.polled_at.back()) / 1us * 1us);
}

TEST_F(AcquisitionTest, TheBeatIsKeptFromThePlannedTime) {
  meter.poll_takes = 300ms;
  start();
  time.advance(9900ms);
  ASSERT_EQ(meter.polled_at.size(), 10u);
  for (std::size_t i = 1; i < meter.polled_at.size(); ++i) EXPECT_EQ(meter.polled_at[i] - meter.polled_at[0], i * 1s);
  EXPECT_EQ(report().missed_beats, 0u);
  EXPECT_NEAR(*report().poll_times.quantile_s(0.5), 0.3, 1e-9);
}

TEST_F(AcquisitionTest, APollLongerThanThePeriodMissesBeatsAndCatchesNoneUp) {
  meter.poll_takes = 2500ms;
  start();
  time.advance(12s);
  ASSERT_GE(meter.polled_at.size(), 4u);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(meter.polled_at[i] - meter.polled_at[0], i * 3s);
  EXPECT_EQ(report().missed_beats, 2 * (meter.polled_at.size() - 1));
  EXPECT_EQ(report().state, DeviceState::kUp) << "slower than its period is not dead";
}

TEST_F(AcquisitionTest, OneLostAnswerIsNoEvent) {
  start();
  for (int i = 0; i < 30; ++i) {
    meter.script = {false, true, true, true};
    time.advance(4s);
  }
  EXPECT_THAT(told(), ElementsAre("up"));
  EXPECT_EQ(report().errors, 30u);
}

TEST_F(AcquisitionTest, ADeviceThatLosesHalfOfItsAnswersIsDegradedUntilItStops) {
  start();
  for (int i = 0; i < 10; ++i) {
    meter.script = {false, true};
    time.advance(2s);
  }
  EXPECT_THAT(told(), ElementsAre("up", "degraded"));
  EXPECT_THAT(report().detail, HasSubstr("of the last 20 polls failed"));
  time.advance(30s);
  EXPECT_THAT(told(), ElementsAre("up", "degraded", "up"));
}

TEST_F(AcquisitionTest, AFewFailedPollsAreDegradedAndMoreAreDown) {
  start();
  meter.goes_silent();
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kUp);
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kDegraded);
  time.advance(3s);
  EXPECT_EQ(report().state, DeviceState::kDown);
  EXPECT_EQ(report().detail, "no answer within 500 ms");
  EXPECT_EQ(meter.closed, 1) << "and it is opened afresh";
  meter.answers();
  time.advance(1s);
  EXPECT_THAT(told(), ElementsAre("up", "degraded", "down", "up"));
  EXPECT_EQ(meter.opened_at.size(), 2u);
}

TEST_F(AcquisitionTest, TheNumbersOfFailedPollsAreSettings) {
  device.degraded_after = 1;
  device.down_after = 2;
  start();
  meter.goes_silent();
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kDegraded);
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kDown);
}

TEST_F(AcquisitionTest, BackOffDoublesWithJitterUpToItsLimit) {
  meter.reachable = false;
  start();
  time.advance(5min);
  const auto& at = meter.opened_at;
  ASSERT_GE(at.size(), 8u);
  auto ceiling = device.backoff_first;
  for (std::size_t i = 1; i < at.size(); ++i) {
    EXPECT_GE(at[i] - at[i - 1], ceiling / 2) << i;
    EXPECT_LE(at[i] - at[i - 1], ceiling) << i;
    ceiling = std::min(ceiling * 2, device.backoff_most);
  }
  EXPECT_GT(report().backoff, 0s);
  EXPECT_GT(report().next_try, time.clock.wall());
}

TEST_F(AcquisitionTest, BackOffBeginsAgainAfterAGoodPoll) {
  meter.reachable = false;
  start();
  time.advance(5min);
  meter.reachable = true;
  time.advance(30s);
  ASSERT_EQ(report().state, DeviceState::kUp);
  EXPECT_FALSE(report().next_try);
  meter.poll_error = Error{ErrorKind::kDisconnected, "reset by peer"};
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kDown);
  EXPECT_LE(report().backoff, device.backoff_first);
}

TEST_F(AcquisitionTest, ADeviceThatOpensButNeverAnswersBacksOffToo) {
  meter.goes_silent();
  start();
  time.advance(10min);
  EXPECT_EQ(report().state, DeviceState::kDown);
  // Five questions to find out, then one each time it is tried.
  EXPECT_LE(meter.opened_at.size(), 60u);
  EXPECT_EQ(meter.polled_at.size(), 4 + meter.opened_at.size());
}

TEST_F(AcquisitionTest, AnOpenCircuitIsDownAndAskedOnTheBeatOnly) {
  start();
  meter.poll_error = Error{ErrorKind::kRefused, "unit 5 is silent: its circuit is open"};
  time.advance(60s);
  EXPECT_EQ(report().state, DeviceState::kDown);
  EXPECT_EQ(meter.polled_at.size(), 61u);
  EXPECT_EQ(meter.opened_at.size(), 1u) << "opening again mends nothing";
  meter.answers();
  time.advance(1s);
  EXPECT_EQ(report().state, DeviceState::kUp) << "no back-off on top of the circuit's own";
}

TEST_F(AcquisitionTest, FirstOpeningsOfManyDevicesAreSpread) {
  std::vector<DeviceSettings> devices;
  for (int i = 0; i < 50; ++i) devices.push_back(settings("d" + std::to_string(i)));
  start(devices);
  time.advance(2s);
  std::map<std::int64_t, int> in_slot;
  for (const auto& each : devices) {
    ASSERT_EQ(fakes[each.name].opened_at.size(), 1u);
    ++in_slot[fakes[each.name].opened_at[0].time_since_epoch() / 100ms];
  }
  int most = 0;
  for (const auto& [slot, count] : in_slot) most = std::max(most, count);
  RecordProperty("most_openings_in_100_ms", most);
  EXPECT_LE(most, 7);
}

TEST_F(AcquisitionTest, FiftyDevicesThatComeBackAtOnceAreNoStorm) {
  std::vector<DeviceSettings> devices;
  for (int i = 0; i < 50; ++i) devices.push_back(settings("d" + std::to_string(i)));
  for (const auto& each : devices) fakes[each.name].reachable = false;
  start(devices);
  time.advance(5min);
  for (auto& [name, fake] : fakes) {
    fake.reachable = true;
    fake.opened_at.clear();
  }
  time.advance(31s);
  std::map<std::int64_t, int> in_slot;
  for (const auto& each : devices) {
    const auto& at = fakes[each.name].opened_at;
    ASSERT_EQ(at.size(), 1u) << "back within the longest back-off, and at the first try";
    ++in_slot[at[0].time_since_epoch() / 100ms];
  }
  int most = 0;
  for (const auto& [slot, count] : in_slot) most = std::max(most, count);
  RecordProperty("most_openings_in_100_ms", most);
  EXPECT_LE(most, 4);
}

TEST_F(AcquisitionTest, AThrowingDriverIsDownByNameAndDarkensNobody) {
  auto other = settings("other");
  start({device, other});
  meter.throws = "index 17 out of range";
  time.advance(2s);
  EXPECT_EQ(report(0).state, DeviceState::kDown);
  EXPECT_THAT(report(0).detail, HasSubstr("index 17 out of range"));
  EXPECT_EQ(report(0).driver_failures, 1u);
  EXPECT_EQ(meter.made, 2) << "a fresh driver for the next try";
  time.advance(14s);
  EXPECT_EQ(meter.opened_at.size(), 1u) << "after the longest back-off only";
  EXPECT_EQ(report(1).state, DeviceState::kUp);
  meter.throws.clear();
  time.advance(16s);
  EXPECT_EQ(report(0).state, DeviceState::kUp);
}

TEST_F(AcquisitionTest, ADriverThatCannotEvenBeClosedIsLeftAlone) {
  meter.throws = "broken";
  meter.close_throws = true;
  start();
  time.advance(1h);
  EXPECT_EQ(meter.made, 1);
  EXPECT_EQ(report().state, DeviceState::kDown);
  stop();
  EXPECT_TRUE(stop_ended);
}

TEST_F(AcquisitionTest, APollThatDoesNotEndIsReportedAndTheDeviceIsClosedAndOpenedAgain) {
  start();
  meter.hangs = true;
  time.advance(5s);
  EXPECT_EQ(report().state, DeviceState::kUp) << "late is not overdue";
  time.advance(3s);
  EXPECT_EQ(report().state, DeviceState::kDown);
  EXPECT_THAT(report().detail, HasSubstr("closed"));
  EXPECT_EQ(report().overdue_calls, 1u);
  meter.hangs = false;
  time.advance(2s);
  EXPECT_EQ(report().state, DeviceState::kUp);
  EXPECT_EQ(meter.opened_at.size(), 2u);
  EXPECT_THAT(told(), ElementsAre("up", "down", "up"));
}

TEST_F(AcquisitionTest, ADriverOutlivesAClosingThatIsStillUnderWayWhenItThrows) {
  start();
  meter.hangs = meter.throws_under_close = true;
  meter.close_takes = 3s;
  time.advance(10s);
  EXPECT_EQ(report().driver_failures, 1u);
  EXPECT_EQ(meter.destroyed_while_closing, 0);
  meter.hangs = meter.throws_under_close = false;
  time.advance(1min);
  EXPECT_EQ(report().state, DeviceState::kUp);
  EXPECT_EQ(meter.made, 2) << "a fresh driver, once the old one is closed";
  EXPECT_EQ(meter.destroyed_while_closing, 0);
}

TEST_F(AcquisitionTest, AClosingThatNeverEndsKeepsItsDriver) {
  start();
  meter.hangs = meter.throws_under_close = true;
  meter.close_takes = 24h;
  time.advance(1h);
  EXPECT_EQ(meter.made, 1);
  EXPECT_EQ(meter.destroyed_while_closing, 0);
  EXPECT_EQ(report().state, DeviceState::kDown);
  stop();
  EXPECT_TRUE(stop_ended);
}

TEST_F(AcquisitionTest, WhatADeviceSaysIsTextWhateverItsBytes) {
  start();
  meter.context->notice({"error_status", "errors \xB0 12"});
  EXPECT_THAT(notices, ElementsAre("meter error_status: errors \uFFFD 12"));
  meter.poll_error = Error{ErrorKind::kDisconnected, "says \xFF\xFE"};
  time.advance(2s);
  EXPECT_EQ(report().detail, "says \uFFFD\uFFFD");
  EXPECT_EQ(changes.back().detail, "says \uFFFD\uFFFD");
}

TEST_F(AcquisitionTest, APollThatNeverEndsIsSaidOnce) {
  start();
  meter.deaf = true;
  time.advance(1h);
  EXPECT_EQ(report().state, DeviceState::kDown);
  EXPECT_THAT(report().detail, HasSubstr("a poll should have ended"));
  EXPECT_EQ(report().overdue_calls, 1u);
  EXPECT_THAT(told(), ElementsAre("up", "down"));
}

TEST_F(AcquisitionTest, StoppingEndsACallByClosingUnderIt) {
  start();
  meter.hangs = true;
  time.advance(1s);
  stop();
  EXPECT_TRUE(stop_ended) << "without waiting for the poll's deadline";
}

TEST_F(AcquisitionTest, StoppingIsBoundedAlsoWhenADriverNeverEnds) {
  start();
  meter.deaf = true;
  time.advance(1s);
  stop();
  EXPECT_FALSE(stop_ended);
  time.advance(Acquisition::kStopWithin);
  EXPECT_TRUE(stop_ended);
}

TEST_F(AcquisitionTest, StoppingDuringABackOffOrBeforeTheFirstOpeningIsAtOnce) {
  meter.reachable = false;
  auto late = settings("late");
  start({device, late});
  stop();
  EXPECT_TRUE(stop_ended);
  EXPECT_TRUE(fakes["late"].opened_at.empty());
}

TEST_F(AcquisitionTest, AFlappingDeviceDoesNotFloodTheLedger) {
  device.degraded_after = device.down_after = 1;
  start();
  for (int i = 0; i < 60; ++i) {
    meter.script = {false, true};
    time.advance(2s);
  }
  // Up and down all the time; told are a handful, then one notice.
  EXPECT_GT(report().changes, 60u);
  EXPECT_EQ(told().size(), ChangeLimit::kMostInAMinute);
  EXPECT_EQ(report().changes_withheld, report().changes - told().size());
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_THAT(notices[0], HasSubstr("meter flapping: "));
  EXPECT_EQ(changes.size(), report().changes) << "those who act on a state hear of each change";
}

TEST_F(AcquisitionTest, TheLastStateIsToldWhenAFlappingDeviceHasSettled) {
  device.degraded_after = device.down_after = 1;
  device.backoff_first = 100ms;
  start();
  for (int i = 0; i < 5; ++i) {
    meter.script = {false, true};
    time.advance(2s);
  }
  meter.goes_silent();
  time.advance(10min);
  EXPECT_EQ(told().back(), "down");
  EXPECT_EQ(notices.size(), 1u);
}

TEST_F(AcquisitionTest, AClockThatIsOffIsSaidOnceAndAgainWhenItIsBack) {
  start();
  auto off = -183s;
  for (int i = 0; i < 40; ++i) {
    meter.context->deliver(reading_stamped(time.clock.wall() + off));
    time.advance(2s);
    if (i == 19) off = 0s;
  }
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_EQ(notices[0], "meter clock: its clock is 183 s behind ours");
  EXPECT_THAT(notices[1], HasSubstr("agrees with ours again"));
  ASSERT_TRUE(report().clock);
  EXPECT_NEAR(report().clock->offset_s, 0, 0.01);
  EXPECT_FALSE(report().clock->off);
}

TEST_F(AcquisitionTest, ReadingsKeepOurStampsWhateverTheDeviceSays) {
  start();
  const auto now = time.clock.wall();
  meter.context->deliver(reading_stamped(now - 1h));
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(readings[0].arrived, now);
}

TEST_F(AcquisitionTest, TheLastReadingIsKeptWithoutItsPictures) {
  start();
  meter.context->deliver(reading_stamped(time.clock.wall()));
  const auto said = report();
  EXPECT_EQ(said.readings, 1u);
  EXPECT_EQ(said.readings_by_kind.at("plate"), 1u);
  ASSERT_TRUE(said.last);
  EXPECT_EQ(std::get<PlateReading>(said.last->body).pictures[0].jpeg, nullptr);
  EXPECT_NE(std::get<PlateReading>(readings[0].body).pictures[0].jpeg, nullptr);
}

TEST_F(AcquisitionTest, ADeviceThatNeverStopsTalkingOfItselfIsBounded) {
  start();
  for (int i = 0; i < 1000; ++i) meter.context->notice({"error_status", std::to_string(i)});
  EXPECT_EQ(notices.size(), DeviceTask::kMostNoticesInAMinute + 1);
  EXPECT_THAT(notices.back(), HasSubstr("too_many_notices"));
  EXPECT_EQ(report().notices, 1000u);
  EXPECT_EQ(report().notices_withheld, 1000u - DeviceTask::kMostNoticesInAMinute);
}

}  // namespace
}  // namespace exhaust::acquisition
