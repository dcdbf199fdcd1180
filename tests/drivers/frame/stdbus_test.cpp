#include "drivers/frame/stdbus.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "drivers/line/crc16.hpp"

namespace exhaust::stdbus {
namespace {

using testing::ElementsAre;

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// devices.md 5
const auto kReadSpeed = hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D");
const auto kSpeedAnswer =
    hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D");
const auto kReadBench = hex("7B 00 00 00 00 02 01 00 10 18 55 00 00 22 68 7D");
const auto kEscapeDemo = hex("7B 00 00 00 00 02 01 00 30 7C 07 55 00 00 BD EB 7D");

std::optional<Received> first_of(const Bytes& bytes) {
  StdbusReader reader;
  reader.feed(bytes);
  return reader.next();
}

TEST(Crc16, HasTheCheckValueOfTheStandard) { EXPECT_EQ(crc16_modbus(as_bytes("123456789")), 0x4B37); }

TEST(Crc16, IsZeroOverBytesWithTheirOwnCrc) { EXPECT_EQ(crc16_modbus(hex("01 03 00 00 00 0A C5 CD")), 0); }

TEST(StdbusEncode, GivesTheVectorsOfTheDomainPage) {
  EXPECT_EQ(encode({.addresses = {0x00, 0x30}, .command = 0x40, .sub = kRead, .payload = {}}), kReadSpeed);
  EXPECT_EQ(encode({.addresses = {0x00, 0x10}, .command = 0x18, .sub = kRead, .payload = {}}), kReadBench);
  EXPECT_EQ(encode({.addresses = {0x00, 0x30}, .command = 0x7B, .sub = kRead, .payload = {}}), kEscapeDemo);
}

TEST(StdbusEncode, AnswersWithTheAddressesReversed) {
  const auto request = first_of(kReadSpeed);
  ASSERT_TRUE(request);
  const auto payload = encode_speed({.count = 7, .direction = 1, .speed_km_h = 46.81, .acceleration_m_s2 = 0.21});
  EXPECT_EQ(encode(answer_to(request->frame, kReadAnswer, payload)), kSpeedAnswer);
}

TEST(StdbusReader, ReadsTheSpeedRequest) {
  const auto received = first_of(kReadSpeed);
  ASSERT_TRUE(received);
  EXPECT_THAT(received->frame.addresses, ElementsAre(0x00, 0x30));
  EXPECT_EQ(received->frame.index, 1);
  EXPECT_EQ(received->frame.command, kSpeedCommand);
  EXPECT_EQ(received->frame.sub, kRead);
  EXPECT_TRUE(received->frame.payload.empty());
  EXPECT_EQ(received->raw, kReadSpeed);
}

TEST(StdbusReader, ReadsTheSpeedAnswer) {
  const auto received = first_of(kSpeedAnswer);
  ASSERT_TRUE(received);
  EXPECT_THAT(received->frame.addresses, ElementsAre(0x30, 0x00));
  EXPECT_EQ(received->frame.sub, kReadAnswer);
  const auto speed = decode_speed(received->frame.payload);
  ASSERT_TRUE(speed);
  EXPECT_EQ(speed->count, 7u);
  EXPECT_EQ(speed->direction, 1);
  EXPECT_DOUBLE_EQ(speed->speed_km_h.value(), 46.81);
  EXPECT_NEAR(speed->acceleration_m_s2.value(), 0.21, 1e-7);
}

TEST(StdbusReader, UndoesTheEscapeDemo) {
  const auto received = first_of(kEscapeDemo);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->frame.command, 0x7B);
  EXPECT_EQ(received->raw, kEscapeDemo);
}

TEST(StdbusReader, TakesDataAfterAnEscapedEscapeAsData) {
  // 7C 00 is one byte 7C; the 07, 01 and 00 after it are plain. Computed: payload 7C 07 7C 01 7C 00 7C.
  const auto bytes = hex("7B 00 00 00 00 02 01 00 30 40 66 00 07 7C 00 07 7C 00 01 7C 00 00 7C 00 3D 5D 7D");
  const auto received = first_of(bytes);
  ASSERT_TRUE(received);
  EXPECT_EQ(received->frame.payload, hex("7C 07 7C 01 7C 00 7C"));
  EXPECT_EQ(encode(received->frame), bytes);
}

TEST(StdbusReader, GivesBackEveryPossibleByte) {
  StdbusFrame frame{.addresses = {0x7B, 0x7C, 0x7D}, .index = 2, .command = 0x7D, .sub = 0x7C, .payload = {}};
  for (unsigned byte = 0; byte < 256; ++byte) frame.payload.push_back(static_cast<std::uint8_t>(byte));
  const auto received = first_of(encode(frame));
  ASSERT_TRUE(received);
  EXPECT_EQ(received->frame, frame);
}

TEST(StdbusReader, PutsAFrameTogetherThatComesByteByByte) {
  StdbusReader reader;
  for (std::size_t i = 0; i < kEscapeDemo.size(); ++i) {
    EXPECT_FALSE(reader.next());
    reader.feed({&kEscapeDemo[i], 1});
  }
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(reader.skipped_bytes(), 0u);
}

TEST(StdbusReader, SeparatesFramesThatComeTogether) {
  auto bytes = kReadSpeed;
  bytes.insert(bytes.end(), kSpeedAnswer.begin(), kSpeedAnswer.end());
  StdbusReader reader;
  reader.feed(bytes);
  EXPECT_EQ(reader.next()->frame.sub, kRead);
  EXPECT_EQ(reader.next()->frame.sub, kReadAnswer);
  EXPECT_FALSE(reader.next());
}

TEST(StdbusReader, SkipsNoiseBeforeAndBetweenFrames) {
  auto bytes = hex("FF 00 7D 7C");
  bytes.insert(bytes.end(), kReadSpeed.begin(), kReadSpeed.end());
  bytes.push_back(0x55);
  bytes.insert(bytes.end(), kReadBench.begin(), kReadBench.end());
  StdbusReader reader;
  reader.feed(bytes);
  EXPECT_EQ(reader.next()->frame.command, 0x40);
  EXPECT_EQ(reader.next()->frame.command, 0x18);
  EXPECT_EQ(reader.skipped_bytes(), 5u);
}

TEST(StdbusReader, FindsTheFrameAfterABadCrc) {
  auto bytes = kSpeedAnswer;
  bytes[13] ^= 0x08;
  const auto damaged = bytes.size();
  bytes.insert(bytes.end(), kReadSpeed.begin(), kReadSpeed.end());
  StdbusReader reader;
  reader.feed(bytes);
  EXPECT_EQ(reader.next()->raw, kReadSpeed);
  EXPECT_EQ(reader.bad_crc(), 1u);
  EXPECT_EQ(reader.skipped_bytes(), damaged);
}

TEST(StdbusReader, FindsTheFrameThatStartsInsideADamagedOne) {
  for (std::size_t length = 1; length < kSpeedAnswer.size(); ++length) {
    Bytes bytes(kSpeedAnswer.begin(), kSpeedAnswer.begin() + static_cast<std::ptrdiff_t>(length));
    bytes.insert(bytes.end(), kReadSpeed.begin(), kReadSpeed.end());
    const auto received = first_of(bytes);
    ASSERT_TRUE(received) << length;
    EXPECT_EQ(received->raw, kReadSpeed) << length;
  }
}

TEST(StdbusReader, TakesNoFrameWithOneByteChanged) {
  for (std::size_t at = 0; at < kSpeedAnswer.size(); ++at) {
    for (unsigned flip = 1; flip < 256; ++flip) {
      auto bytes = kSpeedAnswer;
      bytes[at] ^= static_cast<std::uint8_t>(flip);
      StdbusReader reader;
      reader.feed(bytes);
      ASSERT_FALSE(reader.next()) << at << " ^ " << flip;
    }
  }
}

TEST(StdbusReader, RejectsLengthsThatDoNotAddUp) {
  const auto with_crc = [](Bytes content) {
    const auto crc = crc16_modbus(content);
    content.push_back(static_cast<std::uint8_t>(crc));
    content.push_back(static_cast<std::uint8_t>(crc >> 8));
    content.insert(content.begin(), 0x7B);
    content.push_back(0x7D);
    return content;
  };
  StdbusReader reader;
  reader.feed(with_crc(hex("00 00 00 00 02 01 00 30 40 55 00 01")));  // says one byte of payload, has none
  reader.feed(with_crc(hex("00 00 00 00 FF 01 00 30 40 55 00 00")));  // says 255 addresses
  reader.feed(hex("7B 7D"));
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.bad_frames(), 3u);
}

TEST(StdbusReader, RejectsAnEscapeOfWhatNeedsNone) {
  StdbusReader reader;
  reader.feed(hex("7B 7C 7C 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D"));  // 7C 7C would be 00
  reader.feed(hex("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7C 7D"));
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.bad_frames(), 2u);
}

TEST(StdbusReader, HoldsABoundedNumberOfBytes) {
  StdbusReader reader;
  const Bytes endless(10'000, 0x11);
  reader.feed(hex("7B"));
  for (int i = 0; i < 10; ++i) {
    reader.feed(endless);
    EXPECT_FALSE(reader.next());
  }
  reader.feed(Bytes(65'541, 0x11));
  reader.feed(kReadSpeed);
  EXPECT_TRUE(reader.next());
  EXPECT_EQ(reader.skipped_bytes(), 1 + 100'000 + 65'541);
}

TEST(StdbusReader, ForgetsHalfAFrameOnReset) {
  StdbusReader reader;
  reader.feed(ByteView(kSpeedAnswer).first(10));
  EXPECT_FALSE(reader.next());
  reader.reset();
  reader.feed(ByteView(kSpeedAnswer).subspan(10));
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.skipped_bytes(), kSpeedAnswer.size());
}

TEST(GateSpeed, KeepsNegativeValues) {
  const auto speed = decode_speed(encode_speed({.count = 0xFFFFFFFF, .speed_km_h = -1.5, .acceleration_m_s2 = -2.25}));
  ASSERT_TRUE(speed);
  EXPECT_EQ(speed->count, 0xFFFFFFFF);
  EXPECT_EQ(speed->speed_km_h, -1.5);
  EXPECT_EQ(speed->acceleration_m_s2, -2.25);
}

TEST(GateSpeed, IsAbsentWhereTheBoardSaysNanOrInfinity) {
  const auto speed = decode_speed(hex("07 00 00 00 01 00 00 C0 7F 00 00 80 FF"));
  ASSERT_TRUE(speed);
  EXPECT_EQ(speed->count, 7u);
  EXPECT_EQ(speed->speed_km_h, std::nullopt);
  EXPECT_EQ(speed->acceleration_m_s2, std::nullopt);
  EXPECT_EQ(decode_speed(encode_speed(*speed)), *speed);
}

TEST(GateSpeed, NeedsThirteenBytes) {
  EXPECT_EQ(decode_speed(hex("07 00 00 00 01 00 DA 36 47 3D 0A 57")).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_speed({}).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_speed(Bytes(14, 0)).error().kind, ErrorKind::kBadFrame);
}

}  // namespace
}  // namespace exhaust::stdbus
