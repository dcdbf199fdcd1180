#include "drivers/modbus/words.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using enum RegisterType;
using enum WordOrder;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// One number as it stands on the wire in each order. The bytes come from the two's complement and IEEE 754, not from our
/// own encoder; those of devices.md 2 are among them.
struct Wire {
  RegisterType type;
  double value;
  const char *abcd, *cdab, *badc, *dcba;
};

const std::vector<Wire> kWire{
    {kU16, 0, "00 00", "00 00", "00 00", "00 00"},
    {kU16, 258, "01 02", "01 02", "02 01", "02 01"},
    {kU16, 32768, "80 00", "80 00", "00 80", "00 80"},
    {kU16, 65535, "FF FF", "FF FF", "FF FF", "FF FF"},
    {kI16, 0, "00 00", "00 00", "00 00", "00 00"},
    {kI16, 258, "01 02", "01 02", "02 01", "02 01"},
    {kI16, -100, "FF 9C", "FF 9C", "9C FF", "9C FF"},
    {kI16, -32768, "80 00", "80 00", "00 80", "00 80"},
    {kI16, 32767, "7F FF", "7F FF", "FF 7F", "FF 7F"},
    {kU32, 123456, "00 01 E2 40", "E2 40 00 01", "01 00 40 E2", "40 E2 01 00"},
    {kU32, 2147483648, "80 00 00 00", "00 00 80 00", "00 80 00 00", "00 00 00 80"},
    {kU32, 4294967295, "FF FF FF FF", "FF FF FF FF", "FF FF FF FF", "FF FF FF FF"},
    {kI32, 123456, "00 01 E2 40", "E2 40 00 01", "01 00 40 E2", "40 E2 01 00"},
    {kI32, -2, "FF FF FF FE", "FF FE FF FF", "FF FF FE FF", "FE FF FF FF"},
    {kI32, -2147483648.0, "80 00 00 00", "00 00 80 00", "00 80 00 00", "00 00 00 80"},
    {kI32, 2147483647, "7F FF FF FF", "FF FF 7F FF", "FF 7F FF FF", "FF FF FF 7F"},
    {kU64, 1,
     "00 00 00 00 00 00 00 01", "00 01 00 00 00 00 00 00",
     "00 00 00 00 00 00 01 00", "01 00 00 00 00 00 00 00"},
    {kU64, 81985529216483328.0,
     "01 23 45 67 89 AB C0 00", "C0 00 89 AB 45 67 01 23",
     "23 01 67 45 AB 89 00 C0", "00 C0 AB 89 67 45 23 01"},
    {kU64, 9007199254740992.0,
     "00 20 00 00 00 00 00 00", "00 00 00 00 00 00 00 20",
     "20 00 00 00 00 00 00 00", "00 00 00 00 00 00 20 00"},
    {kU64, 18446744073709551615.0,
     "FF FF FF FF FF FF FF FF", "FF FF FF FF FF FF FF FF",
     "FF FF FF FF FF FF FF FF", "FF FF FF FF FF FF FF FF"},
    {kF32, 12.5, "41 48 00 00", "00 00 41 48", "48 41 00 00", "00 00 48 41"},
    {kF32, -3.75, "C0 70 00 00", "00 00 C0 70", "70 C0 00 00", "00 00 70 C0"},
    {kF32, 1013.25, "44 7D 50 00", "50 00 44 7D", "7D 44 00 50", "00 50 7D 44"},
    {kF32, -0.0, "80 00 00 00", "00 00 80 00", "00 80 00 00", "00 00 00 80"},
    {kF32, kInfinite, "7F 80 00 00", "00 00 7F 80", "80 7F 00 00", "00 00 80 7F"},
    {kF32, -kInfinite, "FF 80 00 00", "00 00 FF 80", "80 FF 00 00", "00 00 80 FF"},
    {kF32, kNaN, "7F C0 00 00", "00 00 7F C0", "C0 7F 00 00", "00 00 C0 7F"},
    {kF32, 1.401298464324817e-45, "00 00 00 01", "00 01 00 00", "00 00 01 00", "01 00 00 00"},
    {kF32, 1.1754942106924411e-38, "00 7F FF FF", "FF FF 00 7F", "7F 00 FF FF", "FF FF 7F 00"},
    {kF32, 3.4028234663852886e+38, "7F 7F FF FF", "FF FF 7F 7F", "7F 7F FF FF", "FF FF 7F 7F"},
    {kF32, -999.9000244140625, "C4 79 F9 9A", "F9 9A C4 79", "79 C4 9A F9", "9A F9 79 C4"},
    {kF64, 12.5,
     "40 29 00 00 00 00 00 00", "00 00 00 00 00 00 40 29",
     "29 40 00 00 00 00 00 00", "00 00 00 00 00 00 29 40"},
    {kF64, -3.75,
     "C0 0E 00 00 00 00 00 00", "00 00 00 00 00 00 C0 0E",
     "0E C0 00 00 00 00 00 00", "00 00 00 00 00 00 0E C0"},
    {kF64, 1013.25,
     "40 8F AA 00 00 00 00 00", "00 00 00 00 AA 00 40 8F",
     "8F 40 00 AA 00 00 00 00", "00 00 00 00 00 AA 8F 40"},
    {kF64, kInfinite,
     "7F F0 00 00 00 00 00 00", "00 00 00 00 00 00 7F F0",
     "F0 7F 00 00 00 00 00 00", "00 00 00 00 00 00 F0 7F"},
    {kF64, kNaN,
     "7F F8 00 00 00 00 00 00", "00 00 00 00 00 00 7F F8",
     "F8 7F 00 00 00 00 00 00", "00 00 00 00 00 00 F8 7F"},
    {kF64, 4.9406564584124654e-324,
     "00 00 00 00 00 00 00 01", "00 01 00 00 00 00 00 00",
     "00 00 00 00 00 00 01 00", "01 00 00 00 00 00 00 00"},
    {kF64, -999.9,
     "C0 8F 3F 33 33 33 33 33", "33 33 33 33 3F 33 C0 8F",
     "8F C0 33 3F 33 33 33 33", "33 33 33 33 33 3F 8F C0"},
};

class ModbusWords : public testing::TestWithParam<Wire> {
 protected:
  static std::vector<std::pair<WordOrder, const char*>> orders() {
    const auto& wire = GetParam();
    return {{kABCD, wire.abcd}, {kCDAB, wire.cdab}, {kBADC, wire.badc}, {kDCBA, wire.dcba}};
  }
};

TEST_P(ModbusWords, F06AreDecodedFromLiteralBytesInEachOrder) {
  for (const auto& [order, bytes] : orders()) {
    const double value = decode(wire(bytes), GetParam().type, order);
    if (std::isnan(GetParam().value)) {
      EXPECT_TRUE(std::isnan(value)) << bytes;
      continue;
    }
    EXPECT_EQ(value, GetParam().value) << bytes;
    EXPECT_EQ(std::signbit(value), std::signbit(GetParam().value)) << bytes;
  }
}

TEST_P(ModbusWords, AreEncodedToTheSameBytes) {
  if (std::isnan(GetParam().value)) return;  // has many forms
  for (const auto& [order, bytes] : orders()) {
    EXPECT_EQ(encode(GetParam().value, GetParam().type, order), wire(bytes)) << bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(EachTypeAndOrder, ModbusWords, testing::ValuesIn(kWire), [](const auto& each) {
  return std::string(to_string(each.param.type)) + "_" + std::to_string(each.index);
});

TEST(ModbusWord, F06ThatIsNoNumberStaysNone) {
  EXPECT_TRUE(std::isnan(decode(wire("FF C0 00 01"), kF32, kABCD)));
  EXPECT_TRUE(std::isnan(decode(encode(kNaN, kF32, kDCBA), kF32, kDCBA)));
}

TEST(ModbusWord, OfSixtyFourBitsIsExactAsBits) {
  EXPECT_EQ(decode_bits(wire("00 20 00 00 00 00 00 01"), kABCD), 9007199254740993u) << "2^53 + 1 is no double";
  EXPECT_EQ(decode_bits(wire("00 01 00 00 00 00 00 20"), kCDAB), 0x0020'0000'0000'0001u);
  EXPECT_EQ(decode_bits(wire("20 00 00 00 00 00 01 00"), kBADC), 9007199254740993u);
  EXPECT_EQ(decode_bits(wire("01 00 00 00 00 00 20 00"), kDCBA), 9007199254740993u);
}

RegisterField bits(std::uint16_t length, std::uint8_t first, std::uint8_t last, WordOrder order = kABCD) {
  auto made = field("flags", 0, kBits, order);
  made.length = length;
  made.first_bit = first;
  made.last_bit = last;
  return made;
}

TEST(ModbusWord, BitsAreCountedFromTheLeastSignificant) {
  EXPECT_EQ(decode_raw(wire("00 08"), bits(1, 3, 3)), 1);
  EXPECT_EQ(decode_raw(wire("FF F7"), bits(1, 3, 3)), 0);
  EXPECT_EQ(decode_raw(wire("A5 C3"), bits(1, 4, 7)), 0xC);
  EXPECT_EQ(decode_raw(wire("A5 C3"), bits(1, 0, 15)), 0xA5C3);
  EXPECT_EQ(decode_raw(wire("A5 C3"), bits(1, 4, 7, kBADC)), 0xA) << "the bytes swapped";
  EXPECT_EQ(decode_raw(wire("80 00 00 01"), bits(2, 31, 31)), 1);
  EXPECT_EQ(decode_raw(wire("00 01 80 00"), bits(2, 28, 31, kCDAB)), 8);
  EXPECT_EQ(decode_raw(wire("12 34 56 78"), bits(2, 0, 31)), 0x12345678);
}

struct TextCase {
  const char* bytes;
  WordOrder order;
  std::optional<std::string> text;
};
class ModbusText : public testing::TestWithParam<TextCase> {};
TEST_P(ModbusText, IsReadUpToItsEnd) {
  EXPECT_EQ(decode_text(wire(GetParam().bytes), GetParam().order), GetParam().text) << GetParam().bytes;
}
INSTANTIATE_TEST_SUITE_P(All, ModbusText,
                         testing::ValuesIn(std::vector<TextCase>{
                             {"47 41 53 2D 37 00", kABCD, "GAS-7"},
                             {"41 47 2D 53 00 37", kBADC, "GAS-7"},
                             {"37 00 53 2D 47 41", kCDAB, "GAS-7"},
                             {"00 37 2D 53 41 47", kDCBA, "GAS-7"},
                             {"47 41 53 20 20 20", kABCD, "GAS"},
                             {"47 41 00 5A 5A 5A", kABCD, "GA"},  // what stands behind the end is old
                             {"00 00 00 00", kABCD, ""},
                             {"E5 88 86 E6 9E 90", kABCD, "分析"},
                             {"B7 D6 CE F6", kABCD, std::nullopt},  // GBK
                             {"47 07", kABCD, std::nullopt},        // a control character
                         }));

TEST(ModbusWord, IntegersAreRoundedAndKeptWithinTheirType) {
  EXPECT_EQ(encode(1.6, kU16, kABCD), wire("00 02"));
  EXPECT_EQ(encode(70000, kU16, kABCD), wire("FF FF"));
  EXPECT_EQ(encode(-5, kU16, kABCD), wire("00 00"));
  EXPECT_EQ(encode(-40000, kI16, kABCD), wire("80 00"));
  EXPECT_EQ(encode(kNaN, kU32, kABCD), wire("FF FF FF FF"));
  EXPECT_EQ(encode(1e30, kU64, kABCD), wire("FF FF FF FF FF FF FF FF"));
}

TEST(ModbusWord, WireBytesAreHighByteFirst) {
  EXPECT_EQ(wire_bytes(Registers{0x0102, 0xFFFE}), (Bytes{0x01, 0x02, 0xFF, 0xFE}));
}

}  // namespace
}  // namespace exhaust::modbus
