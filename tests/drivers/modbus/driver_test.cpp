// A libmodbus server on a loopback port: a device with a history, and which device it is.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "tests/drivers/modbus/driver_fixture.hpp"

namespace exhaust {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Answer = ModbusServer::Answer;

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

}  // namespace
}  // namespace exhaust
