#include "drivers/modbus/words.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using enum RegisterType;
using enum WordOrder;

struct WordCase {
  double value;
  RegisterType type;
  WordOrder order;
  const char* bytes;
};

class ModbusWords : public testing::TestWithParam<WordCase> {};

TEST_P(ModbusWords, AreDecodedFromLiteralBytesAndEncodedBack) {
  const auto& [value, type, order, bytes] = GetParam();
  EXPECT_EQ(decode(wire(bytes), type, order), value) << bytes;
  EXPECT_EQ(encode(value, type, order), wire(bytes)) << bytes;
}

INSTANTIATE_TEST_SUITE_P(DevicesPage, ModbusWords,
                         testing::ValuesIn(std::vector<WordCase>{
                             {12.5, kF32, kABCD, "41 48 00 00"},    {12.5, kF32, kCDAB, "00 00 41 48"},
                             {12.5, kF32, kBADC, "48 41 00 00"},    {12.5, kF32, kDCBA, "00 00 48 41"},
                             {-3.75, kF32, kABCD, "C0 70 00 00"},   {-3.75, kF32, kCDAB, "00 00 C0 70"},
                             {-3.75, kF32, kBADC, "70 C0 00 00"},   {-3.75, kF32, kDCBA, "00 00 70 C0"},
                             {1013.25, kF32, kABCD, "44 7D 50 00"}, {1013.25, kF32, kCDAB, "50 00 44 7D"},
                             {1013.25, kF32, kBADC, "7D 44 00 50"}, {1013.25, kF32, kDCBA, "00 50 7D 44"},
                             {123456, kU32, kABCD, "00 01 E2 40"},  {123456, kU32, kCDAB, "E2 40 00 01"},
                             {123456, kU32, kBADC, "01 00 40 E2"},  {123456, kU32, kDCBA, "40 E2 01 00"},
                         }));

INSTANTIATE_TEST_SUITE_P(OtherTypes, ModbusWords,
                         testing::ValuesIn(std::vector<WordCase>{
                             {65535, kU16, kABCD, "FF FF"},
                             {-1, kI16, kABCD, "FF FF"},
                             {258, kU16, kCDAB, "01 02"},
                             {258, kU16, kBADC, "02 01"},
                             {258, kU16, kDCBA, "02 01"},
                             {4294967295.0, kU32, kABCD, "FF FF FF FF"},
                             {-2, kI32, kABCD, "FF FF FF FE"},
                             {-2, kI32, kCDAB, "FF FE FF FF"},
                             {12.5, kF64, kABCD, "40 29 00 00 00 00 00 00"},
                             {12.5, kF64, kCDAB, "00 00 00 00 00 00 40 29"},
                             {12.5, kF64, kBADC, "29 40 00 00 00 00 00 00"},
                             {12.5, kF64, kDCBA, "00 00 00 00 00 00 29 40"},
                             {std::numeric_limits<double>::infinity(), kF32, kABCD, "7F 80 00 00"},
                             {1.401298464324817e-45, kF32, kABCD, "00 00 00 01"},
                         }));

TEST(ModbusWord, NaNStaysNaN) {
  EXPECT_TRUE(std::isnan(decode(wire("7F C0 00 00"), kF32, kABCD)));
  EXPECT_TRUE(std::isnan(decode(encode(std::nan(""), kF32, kDCBA), kF32, kDCBA)));
}

TEST(ModbusWord, IntegersAreRoundedAndKeptWithinTheirType) {
  EXPECT_EQ(encode(1.6, kU16, kABCD), wire("00 02"));
  EXPECT_EQ(encode(70000, kU16, kABCD), wire("FF FF"));
  EXPECT_EQ(encode(-5, kU16, kABCD), wire("00 00"));
  EXPECT_EQ(encode(-40000, kI16, kABCD), wire("80 00"));
  EXPECT_EQ(encode(std::nan(""), kU32, kABCD), wire("FF FF FF FF"));
}

TEST(ModbusWord, WireBytesAreHighByteFirst) {
  EXPECT_EQ(wire_bytes(Registers{0x0102, 0xFFFE}), (Bytes{0x01, 0x02, 0xFF, 0xFE}));
}

}  // namespace
}  // namespace exhaust::modbus
