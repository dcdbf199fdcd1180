#include "drivers/simulator/modbus_conversation.hpp"

#include <gmock/gmock.h>

#include "drivers/line/crc16.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

std::string joined(const std::vector<Answer>& answers) {
  std::string text;
  for (const auto& answer : answers) text += (text.empty() ? "" : " ") + to_hex(answer.bytes);
  return text;
}

/// Unit 1: the weather of devices.md 3.1. Unit 2: registers that hold their own address, FC03 and FC04.
std::shared_ptr<const ModbusUnits> units() {
  auto units = std::make_shared<ModbusUnits>();
  units->emplace(1, ModbusUnit{"weather", 10, true, false, [](std::size_t first, std::size_t count, double) {
                                 const auto all = weather_registers({3.25, 180, 25.5, 60, 1013.25, {}});
                                 return std::vector<std::uint16_t>(all.data() + first, all.data() + first + count);
                               }});
  units->emplace(2, ModbusUnit{"analyser-2", 1000, true, true, [](std::size_t first, std::size_t count, double) {
                                 std::vector<std::uint16_t> words;
                                 for (std::size_t i = 0; i < count; ++i) words.push_back(static_cast<std::uint16_t>(first + i));
                                 return words;
                               }});
  return units;
}

class Rtu : public testing::Test {
 protected:
  std::string ask(std::string_view request) { return joined(server.take(hex(request), 0)); }
  ModbusConversation server{units(), Framing::kModbusRtu};
};

TEST_F(Rtu, AnswersWithTheLiteralFrame) {
  // devices.md 3.1
  EXPECT_EQ(ask("01 03 00 00 00 0A C5 CD"),
            to_hex(hex("01 03 14 00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D 7D 89")));
}

TEST_F(Rtu, FindsRequestsInPiecesAndBehindNoise) {
  EXPECT_EQ(ask("FF 01 01 03 00 00"), "");
  EXPECT_EQ(server.take(hex("00 0A C5 CD 01 03 00 00 00 0A C5 CD"), 0).size(), 2u);
}

TEST_F(Rtu, HalfARequestBeforeASilenceIsForgotten) {
  ask("01 03 00 00");
  server.silence();
  EXPECT_EQ(ask("00 0A C5 CD"), "");
}

TEST_F(Rtu, IsSilentForOthersAndRefusesWhatItHasNot) {
  EXPECT_EQ(ask("01 03 00 00 00 0A C5 CE"), "");
  EXPECT_EQ(ask("1A 04 00 01 00 01 63 E1"), "");
  EXPECT_EQ(ask("01 03 01 F4 00 0A 85 C3"), "018302c0f1");
  EXPECT_EQ(ask("01 04 00 0A 00 16 51 C6").substr(0, 6), "018401");
}

class Tcp : public testing::Test {
 protected:
  std::string ask(std::string_view request) { return joined(server.take(hex(request), 0)); }
  ModbusConversation server{units(), Framing::kModbusTcp};
};

TEST_F(Tcp, EchoesTheTransactionAndAnswersBothFunctions) {
  EXPECT_EQ(ask("12 34 00 00 00 06 02 04 00 64 00 02"), "1234000000070204040064" "0065");
  EXPECT_EQ(ask("12 35 00 00 00 06 02 03 00 64 00 01"), "12350000000502030" "20064");
}

TEST_F(Tcp, TakesRequestsInPiecesAndSeveralAtOnce) {
  EXPECT_EQ(ask("00 01 00 00 00 06 02 03"), "");
  EXPECT_EQ(ask("00 01 00 01 00 02 00 00 00 06 02 03 00 02 00 01"), "0001000000050203020001 0002000000050203020002");
}

TEST_F(Tcp, RefusesByTheNumbersOfTheStandard) {
  EXPECT_EQ(ask("00 01 00 00 00 06 02 06 00 00 00 01"), "000100000003028601") << "function";
  EXPECT_EQ(ask("00 01 00 00 00 06 02 03 03 E7 00 02"), "000100000003028302") << "address";
  EXPECT_EQ(ask("00 01 00 00 00 06 02 03 00 00 00 7E"), "000100000003028303") << "count";
  EXPECT_EQ(ask("00 01 00 00 00 06 02 03 00 00 00 00"), "000100000003028303") << "count";
  EXPECT_EQ(ask("00 01 00 00 00 03 02 03 00"), "000100000003028303") << "length";
  EXPECT_EQ(ask("00 01 00 00 00 06 09 03 00 00 00 01"), "00010000000309830b") << "unit";
}

TEST_F(Tcp, WhatIsNoModbusIsThrownAway) {
  EXPECT_EQ(ask("47 45 54 20 2F 20 48 54 54 50"), "");
  EXPECT_EQ(ask("00 01 00 00 FF FF 02 03"), "");
  EXPECT_EQ(ask("00 01 00 00 00 06 02 03 00 01 00 01"), "0001000000050203020001");
}

}  // namespace
}  // namespace exhaust::simulator
