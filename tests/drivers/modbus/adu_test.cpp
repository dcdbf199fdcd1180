#include "drivers/modbus/adu.hpp"

#include <gmock/gmock.h>

#include "drivers/line/crc16.hpp"

namespace exhaust::modbus {
namespace {

Bytes hex(std::string_view text) { return *from_hex(text); }
Bytes with_crc(std::string_view text) {
  auto frame = hex(text);
  const auto crc = crc16_modbus(frame);
  frame.push_back(static_cast<std::uint8_t>(crc));
  frame.push_back(static_cast<std::uint8_t>(crc >> 8));
  return frame;
}
Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(ModbusAdu, RequestsAreTheBytesOfTheDevicesPage) {
  const auto rtu = [](std::uint8_t unit, RegisterFunction function, RegisterRange range) {
    return to_hex(compose(Framing::kRtu, 0, {unit, function, range}));
  };
  EXPECT_EQ(rtu(1, RegisterFunction::kHolding, {0, 10}), "01030000000ac5cd");
  EXPECT_EQ(rtu(0xA2, RegisterFunction::kInput, {1, 1}), "a204000100017899");
  EXPECT_EQ(rtu(0x1A, RegisterFunction::kInput, {1, 1}), "1a040001000163e1");
  EXPECT_EQ(rtu(1, RegisterFunction::kHolding, {0x1F4, 10}), "010301f4000a85c3");
  EXPECT_EQ(rtu(1, RegisterFunction::kInput, {10, 22}), "0104000a001651c6");
  const Question question{17, RegisterFunction::kInput, {100, 112}};
  EXPECT_EQ(to_hex(compose(Framing::kTcp, 0xBEEF, question)), "beef00000006110400640070");
  EXPECT_EQ(*read_question(Framing::kTcp, hex("beef00000006110400640070")), question);
  EXPECT_EQ(*read_question(Framing::kRtu, compose(Framing::kRtu, 0, question)), question);
}

TEST(ModbusAdu, RegistersAreReadFromWholeAnswersOnly) {
  EXPECT_THAT(*read_registers(Framing::kTcp, hex("0001 0000 0007 01 04 04 0102 0304")), testing::ElementsAre(0x0102, 0x0304));
  EXPECT_THAT(*read_registers(Framing::kRtu, with_crc("01 03 02 00 07")), testing::ElementsAre(7));
  EXPECT_EQ(read_registers(Framing::kTcp, hex("0001 0000 0003 01 84 06")).error().kind, ErrorKind::kRefusedByDevice);
  for (const char* bad : {"", "0001 0000 0007 01 04 04 0102 03", "0001 0000 0006 01 04 04 0102 0304",
                          "0001 0001 0007 01 04 04 0102 0304", "0001 0000 0006 01 04 03 010203",
                          "0001 0000 0007 01 10 04 0102 0304"}) {
    EXPECT_EQ(read_registers(Framing::kTcp, hex(bad)).error().kind, ErrorKind::kBadFrame) << bad;
  }
  EXPECT_EQ(read_registers(Framing::kRtu, hex("01 03 02 00 07 00 00")).error().kind, ErrorKind::kBadFrame);
}

struct TcpCase {
  std::string name, frame;
  Fate fate, unchecked;
};
void PrintTo(const TcpCase& shown, std::ostream* out) { *out << shown.name; }

class TcpAnswer : public testing::TestWithParam<TcpCase> {};

TEST_P(TcpAnswer, IsJudgedByNumberUnitFunctionAndLength) {
  const auto request = compose(Framing::kTcp, 0x0002, {1, RegisterFunction::kInput, {100, 2}});
  EXPECT_EQ(judge_tcp(request, hex(GetParam().frame), true), GetParam().fate);
  EXPECT_EQ(judge_tcp(request, hex(GetParam().frame), false), GetParam().unchecked);
}

INSTANTIATE_TEST_SUITE_P(Modbus, TcpAnswer, testing::ValuesIn(std::vector<TcpCase>{
    {"Right", "0002 0000 0007 01 04 04 0102 0304", Fate::kAnswer, Fate::kAnswer},
    {"Refused", "0002 0000 0003 01 84 02", Fate::kException, Fate::kException},
    {"OfTheLastRequest", "0001 0000 0007 01 04 04 0102 0304", Fate::kLate, Fate::kAnswer},
    {"OfARequestBeforeTheNumbersRanOver", "FFFE 0000 0007 01 04 04 0102 0304", Fate::kLate, Fate::kAnswer},
    {"OfANumberNeverGiven", "0100 0000 0007 01 04 04 0102 0304", Fate::kForeign, Fate::kAnswer},
    {"OfAnotherUnit", "0002 0000 0007 02 04 04 0102 0304", Fate::kForeign, Fate::kForeign},
    {"OfAnotherFunction", "0002 0000 0007 01 03 04 0102 0304", Fate::kLate, Fate::kLate},
    {"OfAnotherLength", "0002 0000 0005 01 04 02 0102", Fate::kLate, Fate::kLate},
    {"ThatContradictsItsByteCount", "0002 0000 0007 01 04 06 0102 0304", Fate::kLate, Fate::kLate},
    {"ThatContradictsItsHeader", "0002 0000 0009 01 04 04 0102 0304", Fate::kNoise, Fate::kNoise},
    {"OfAnotherProtocol", "0002 0005 0007 01 04 04 0102 0304", Fate::kNoise, Fate::kNoise},
}), [](const auto& one) { return one.param.name; });

/// "noise:ff answer:0104.." for a burst that came while two input registers of unit 1 were awaited.
std::string sifted(const Bytes& burst) {
  const auto request = compose(Framing::kRtu, 0, {1, RegisterFunction::kInput, {100, 2}});
  std::string shown;
  std::size_t size = 0;
  for (const auto& piece : sift_rtu(request, burst)) {
    std::string word = piece.fate == Fate::kAnswer ? "answer" : piece.fate == Fate::kException ? "exception" : counter_of(piece.fate);
    shown += (shown.empty() ? "" : " ") + word + ":" + std::to_string(piece.bytes.size());
    size += piece.bytes.size();
  }
  EXPECT_EQ(size, burst.size()) << "nothing is left out";
  return shown;
}

TEST(ModbusSift, FindsTheAnswerAmongWhatElseIsOnAnRtuLine) {
  const auto answer = with_crc("01 04 04 0102 0304");
  const auto own = compose(Framing::kRtu, 0, {1, RegisterFunction::kInput, {100, 2}});
  const auto other = compose(Framing::kRtu, 0, {2, RegisterFunction::kHolding, {0, 10}});
  auto damaged = answer;
  damaged[4] ^= 0x10;
  EXPECT_EQ(sifted(answer), "answer:9");
  EXPECT_EQ(sifted(with_crc("01 84 06")), "exception:5");
  EXPECT_EQ(sifted(hex("00") + answer), "noise_bytes:1 answer:9") << "a driver that was switched on late";
  EXPECT_EQ(sifted(hex("FF FE 01") + answer + hex("FF")), "noise_bytes:2 short_frames:1 answer:9 noise_bytes:1");
  EXPECT_EQ(sifted(own + answer), "echoes:8 answer:9");
  EXPECT_EQ(sifted(hex("01 04 04 00 9A 00 9B 9A 00")), "answer:9") << "its first eight bytes have a right CRC too";
  EXPECT_EQ(sifted(other + with_crc("02 03 02 00 01") + answer), "foreign_frames:8 foreign_frames:7 answer:9");
  EXPECT_EQ(sifted(with_crc("00 10 0000 0001 02 0007") + answer), "foreign_frames:11 answer:9") << "a broadcast";
  EXPECT_EQ(sifted(with_crc("01 04 02 0102")), "late_answers:7") << "of another length";
  EXPECT_EQ(sifted(with_crc("01 03 04 0102 0304")), "late_answers:9") << "of another function";
  EXPECT_EQ(sifted(damaged), "bad_crc:9");
  EXPECT_EQ(sifted(hex("55") + damaged), "noise_bytes:1 bad_crc:9");
  EXPECT_EQ(sifted(hex("01 04 04 01")), "short_frames:4");
  EXPECT_EQ(sifted(hex("01 84 06 00")), "short_frames:4");
  EXPECT_EQ(sifted(hex("55 AA 55 AA 55 AA 55")), "noise_bytes:7");
  EXPECT_EQ(sifted({}), "");
}

}  // namespace
}  // namespace exhaust::modbus
