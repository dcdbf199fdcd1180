// A libmodbus server on a loopback port: devices whose counter alone tells a new vehicle.
#include "tests/drivers/modbus/driver_fixture.hpp"

namespace exhaust {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Answer = ModbusServer::Answer;

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

}  // namespace
}  // namespace exhaust
