#include <gmock/gmock.h>

#include <bit>
#include <cmath>

#include "drivers/simulator/analyser_registers.hpp"
#include "drivers/simulator/gate.hpp"
#include "drivers/simulator/smoke_meter.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

std::vector<std::uint16_t> words(const AnalyserRegisters& registers, std::size_t address, std::size_t count) {
  const auto part = registers.words().subspan(address, count);
  return {part.begin(), part.end()};
}

TEST(Analyser, BeforeTheFirstVehicleTheHandshakeIsZero) {
  EXPECT_EQ(words(AnalyserRegisters(), 0, 2), (std::vector<std::uint16_t>{0, 0}));
}

TEST(Analyser, AMeasurementStandsInItsSlotAsLiteralWords) {
  AnalyserRegisters registers;
  const PlumeReading plume{12.5, -3.75, 1013.25, {}, {}, 42, 0.5};
  registers.complete(123456, plume);
  // devices.md 2: 123456 is 0001 E240; 12.5, -3.75 and 1013.25 in ABCD. 123456 % 64 = 0. Absent is a quiet NaN.
  EXPECT_EQ(words(registers, 0, 2), (std::vector<std::uint16_t>{0x0001, 0xE240}));
  EXPECT_EQ(words(registers, 100, 16),
            (std::vector<std::uint16_t>{0x0001, 0xE240, 0x4148, 0x0000, 0xC070, 0x0000, 0x447D, 0x5000, 0x7FC0, 0x0000,
                                        0x7FC0, 0x0000, 0x3F00, 0x0000, 42, 0xE240}));
}

TEST(Analyser, TheNewest64MeasurementsAreThere) {
  AnalyserRegisters registers;
  for (std::uint32_t n = 1; n <= 100; ++n) registers.complete(n, {});
  for (std::uint32_t n = 37; n <= 100; ++n) EXPECT_EQ(registers.words()[100 + n % 64 * 16 + 15], n);
  EXPECT_EQ(registers.words().size(), 100u + 64 * 16);
}

TEST(Analyser, TornItShowsTwoVehiclesInOneSlot) {
  AnalyserRegisters registers;
  registers.complete(1, {1, 1, 1, 1, 1, 1, 1});
  EXPECT_FALSE(registers.torn(101 + 15, 16)) << "there is no vehicle before";
  registers.complete(2, {2, 2, 2, 2, 2, 2, 2});
  EXPECT_FALSE(registers.torn(0, 2)) << "the handshake alone shows nothing of it";
  EXPECT_FALSE(registers.torn(116, 16)) << "nor does another slot";
  const auto torn = registers.torn(132, 16);
  ASSERT_TRUE(torn);
  EXPECT_EQ((*torn)[132 + 1], 2) << "the number of the new";
  EXPECT_EQ((*torn)[132 + 15], 1) << "the check of the old";
}

TEST(Weather, RegistersAreTheLiteralWords) {
  // devices.md 3.1
  EXPECT_EQ(weather_registers({3.25, 180, 25.5, 60, 1013.25, {}}),
            (std::array<std::uint16_t, 10>{0x0000, 0x4050, 0x0000, 0x4334, 0x0000, 0x41CC, 0x0000, 0x4270, 0x5000, 0x447D}));
}

TEST(Weather, IsAlwaysPlausible) {
  for (double at = 0; at < 200000; at += 997) {
    const auto weather = weather_at(at);
    EXPECT_GE(*weather.wind_speed_m_s, 0);
    EXPECT_LE(*weather.wind_speed_m_s, 5);
    EXPECT_GT(*weather.humidity_percent, 30);
    EXPECT_LT(*weather.humidity_percent, 90);
    EXPECT_NEAR(*weather.pressure_hpa, 1013, 10);
  }
}

class Smoke : public testing::Test {
 protected:
  std::string ask(const std::string& text) {
    const auto answer = meter.answer("\x02 " + text + "\x03");
    EXPECT_TRUE(answer.starts_with("\x02 ") && answer.ends_with('\x03'));
    return answer.substr(2, answer.size() - 3);
  }
  SmokeMeter meter{2};
};

TEST_F(Smoke, BeforeTheFirstVehicleNothingIsMeasured) { EXPECT_EQ(ask("AKON K1"), "AKON 0 0 #0.0 #0.0 #0.0"); }

TEST_F(Smoke, AnswersForTheNewestAndByNumber) {
  meter.measured(1, 16, {.opacity_percent = 35.2, .k_per_m = 1.01, .ringelmann = 1.8});
  meter.measured(1, 17, {.opacity_percent = 3.5, .k_per_m = {}, .ringelmann = 0.2});
  EXPECT_EQ(ask("AKON K1"), "AKON 0 17 3.50 #0.0 0.2");
  EXPECT_EQ(ask("AKON K1 16"), "AKON 0 16 35.20 1.0100 1.8");
  EXPECT_EQ(ask("AKON K1 18"), "AKON 0 NA");
  EXPECT_EQ(ask("AKON K2"), "AKON 0 0 #0.0 #0.0 #0.0");
}

TEST_F(Smoke, Remembers64Vehicles) {
  for (std::uint32_t n = 1; n <= 65; ++n) meter.measured(1, n, {.opacity_percent = 1, .k_per_m = 0, .ringelmann = 0});
  EXPECT_EQ(ask("AKON K1 1"), "AKON 0 NA");
  EXPECT_EQ(ask("AKON K1 2"), "AKON 0 2 1.00 0.0000 0.0");
}

TEST_F(Smoke, KnowsWhenItWasAskedForValues) {
  ask("ASTZ K0");
  EXPECT_FALSE(meter.asked(1));
  ask("AKON K1");
  EXPECT_TRUE(meter.asked(1));
  EXPECT_FALSE(meter.asked(2));
}

TEST_F(Smoke, AnswersOtherCommands) {
  EXPECT_EQ(ask("ASTZ K0"), "ASTZ 0 SREM SMGA");
  EXPECT_EQ(ask("AKEN K0"), "AKEN 0 EXHAUST-SIM");
  EXPECT_EQ(ask("AKON K3"), "AKON 0 NA");
  EXPECT_EQ(ask("AKON K1 x"), "AKON 0 SE");
  EXPECT_EQ(ask("SRES K0"), "????");
  EXPECT_EQ(ask("hello"), "????");
}

Passing vehicle_7() {
  Passing passing{.lane = 1, .number = 7, .at = {}, .vehicle = {}};
  passing.vehicle.speed_km_h = 46.81;
  passing.vehicle.acceleration_m_s2 = 0.21;
  return passing;
}

TEST(Gate, AnswersTheQuestionForSpeedWithTheLiteralFrame) {
  // devices.md 5
  GateBoard gate;
  gate.remember(vehicle_7());
  EXPECT_FALSE(gate.asked());
  EXPECT_EQ(to_hex(gate.answers(hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D"))),
            to_hex(hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D")));
  EXPECT_TRUE(gate.asked());
}

TEST(Gate, ReportsAVehicleToTheHostByItself) {
  GateBoard gate;
  stdbus::StdbusReader reader;
  reader.feed(gate.report(vehicle_7()));
  const auto received = reader.next();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->frame.addresses, (std::vector<std::uint8_t>{0x30, 0x10}));
  EXPECT_EQ(received->frame.index, 1);
  EXPECT_EQ(received->frame.command, 0x40);
  EXPECT_EQ(received->frame.sub, 0x66);
  EXPECT_EQ(to_hex(received->frame.payload), to_hex(hex("07 00 00 00 01 00 DA 36 47 3D 0A 57 3E")));
}

TEST(Gate, BeforeTheFirstVehicleTheCountIsZeroAndNothingIsMeasured) {
  GateBoard gate;
  stdbus::StdbusReader reader;
  reader.feed(gate.answers(hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D")));
  const auto speed = stdbus::decode_speed(reader.next()->frame.payload);
  ASSERT_TRUE(speed);
  EXPECT_EQ(speed->count, 0u);
  EXPECT_EQ(speed->speed_km_h, std::nullopt);
  EXPECT_EQ(speed->acceleration_m_s2, std::nullopt);
}

TEST(Gate, HasNoAnswerToAcknowledgementsOtherBoardsAndDamage) {
  GateBoard gate;
  const auto ask = [&](std::vector<std::uint8_t> addresses, std::uint8_t command, std::uint8_t sub) {
    return gate.answers(stdbus::encode(
        {.addresses = std::move(addresses), .index = 1, .command = command, .sub = sub, .payload = {}}));
  };
  EXPECT_TRUE(ask({0x10, 0x30}, 0x40, 0x99).empty());
  EXPECT_TRUE(ask({0x10, 0x31}, 0x40, 0x55).empty());
  EXPECT_TRUE(ask({0x10, 0x30}, 0x18, 0x55).empty());
  EXPECT_TRUE(gate.answers(hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CE 7D")).empty());
  EXPECT_EQ(gate.bad_frames(), 1u);
  EXPECT_FALSE(gate.asked());
}

}  // namespace
}  // namespace exhaust::simulator
