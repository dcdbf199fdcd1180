// Analysers and opacimeters of devices.md 6. The vectors of NHA-503 and NHT-6 are its own, the others computed.
#include <gmock/gmock.h>

#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

using testing::Optional;

const auto kNha503 = hex("81 00 78 00 7B 04 D2 00 38 01 59 03 52 03 25 00 0A 00 00 66 C9");
const auto kNht6 = hex("A5 01 60 00 65 03 34 01 61 FC");

TEST(Nha503, GivesTheGasesAndNothingElse) {
  const auto plume = body_of<PlumeReading>(device_with("nha503"), kNha503);
  EXPECT_THAT(plume.hc_ppm, Optional(120.0));
  EXPECT_THAT(plume.co_percent, Optional(1.23));
  EXPECT_THAT(plume.co2_percent, Optional(12.34));
  EXPECT_THAT(plume.o2_percent, Optional(0.56));
  EXPECT_THAT(plume.no_ppm, Optional(345.0));
  EXPECT_EQ(plume.no2_ppm, std::nullopt);
  EXPECT_EQ(plume.co2_excess_percent, std::nullopt) << "a concentration is not an excess above background";
}

TEST(Nha503, IsAskedWithOneByte) { EXPECT_EQ(request_of(device_with("nha503")), hex("81")); }

TEST(Nha503, KeepsNegativeValues) {
  const auto plume = body_of<PlumeReading>(device_with("nha503"), hex("81 FF FE FF FF 04 D2 00 38 FF F6 03 52 03 25 00 0A 00 00 66 6C"));
  EXPECT_THAT(plume.hc_ppm, Optional(-2.0));
  EXPECT_THAT(plume.co_percent, Optional(-0.01));
  EXPECT_THAT(plume.no_ppm, Optional(-10.0));
}

TEST(Nha503, AWrongSumCostsTheFrameAndIsCountedAsSuch) {
  auto damaged = kNha503;
  damaged[4] ^= 0x04;
  auto stream = damaged;
  stream.insert(stream.end(), kNha503.begin(), kNha503.end());
  const auto pieces = pieces_of(device_with("nha503"), stream);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_FALSE(pieces[0].whole);
  EXPECT_EQ(pieces[0].flaw, Flaw::kBadChecksum);
  EXPECT_EQ(pieces[0].bytes, damaged) << "the damaged frame comes out in one piece";
  EXPECT_EQ(pieces[1].bytes, kNha503);
}

TEST(Nha503, AFrameBeginsInsideOfADamagedOne) {
  auto stream = hex("81 00 81 81 00");
  stream.insert(stream.end(), kNha503.begin(), kNha503.end());
  const auto pieces = pieces_of(device_with("nha503"), stream);
  ASSERT_FALSE(pieces.empty());
  EXPECT_EQ(pieces.back().bytes, kNha503);
}

TEST(Nht6, GivesOpacityAndAbsorption) {
  const auto smoke = body_of<SmokeReading>(device_with("nht6"), kNht6);
  EXPECT_THAT(smoke.opacity_percent, Optional(35.2));
  EXPECT_THAT(smoke.k_per_m, Optional(1.01));
  EXPECT_EQ(smoke.ringelmann, std::nullopt);
  EXPECT_EQ(request_of(device_with("nht6")), hex("A5 5B"));
}

TEST(Mqy200, SpeaksLikeNht6WithAnotherFirstByte) {
  const auto smoke = body_of<SmokeReading>(device_with("mqy200"), hex("A6 01 60 00 65 03 34 01 61 FB"));
  EXPECT_THAT(smoke.opacity_percent, Optional(35.2));
  EXPECT_EQ(request_of(device_with("mqy200")), hex("A6 5A"));
  EXPECT_FALSE(decode_frame(device_with("mqy200"), kNht6));
}

TEST(Mqw50a, GivesTheGasesOfAnAcknowledgedAnswer) {
  const auto plume = body_of<PlumeReading>(
      device_with("mqw50a"), hex("06 60 1B 04 D2 00 7B FF FD 01 59 00 38 00 00 03 25 00 00 03 52 00 00 03 FC 00 00 24"));
  EXPECT_THAT(plume.co2_percent, Optional(12.34));
  EXPECT_THAT(plume.co_percent, Optional(1.23));
  EXPECT_THAT(plume.hc_ppm, Optional(-3.0));
  EXPECT_THAT(plume.no_ppm, Optional(345.0));
  EXPECT_THAT(plume.o2_percent, Optional(0.56));
  EXPECT_EQ(request_of(device_with("mqw50a")), hex("02 60 03 9B"));
}

TEST(Mqw50a, BusyAndNotUnderstoodAreRefusals) {
  for (const auto& byte : {hex("05"), hex("15")}) {
    const auto pieces = pieces_of(device_with("mqw50a"), byte);
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_TRUE(pieces[0].whole);
    EXPECT_EQ(role_in(device_with("mqw50a"), byte), Role::kRefusal);
    EXPECT_FALSE(decode_frame(device_with("mqw50a"), byte)) << "and no measurement";
  }
}

TEST(Fga4100, GivesTheGasesFromItsDigits) {
  const auto plume = body_of<PlumeReading>(
      device_with("fga4100"), hex("7E 01 C6 38 7E 01 81 7D 7E 24 01 01 02 00 00 00 00 00 30 31 32 30 30 31 32 33 30 31 32 33 "
                                  "30 30 30 36 20 33 34 35 30 31 30 32 30 38 35 30 30 38 30 35 D1"));
  EXPECT_THAT(plume.hc_ppm, Optional(120.0));
  EXPECT_THAT(plume.co_percent, Optional(1.23));
  EXPECT_THAT(plume.co2_percent, Optional(12.3));
  EXPECT_THAT(plume.o2_percent, Optional(0.6));
  EXPECT_THAT(plume.no_ppm, Optional(345.0));
  EXPECT_EQ(request_of(device_with("fga4100")), hex("7E 01 F4 0A 7E 04 00 01 02 02 F6"));
}

TEST(Fga4100, WhatIsNoNumberIsAbsent) {
  // HC "----": the sum of the text falls by 12, its complement rises.
  const auto plume = body_of<PlumeReading>(
      device_with("fga4100"), hex("7E 01 C6 38 7E 01 81 7D 7E 24 01 01 02 00 00 00 00 00 2D 2D 2D 2D 30 31 32 33 30 31 32 33 "
                                  "30 30 30 36 20 33 34 35 30 31 30 32 30 38 35 30 30 38 30 35 E0"));
  EXPECT_EQ(plume.hc_ppm, std::nullopt);
  EXPECT_THAT(plume.co_percent, Optional(1.23));
}

}  // namespace
}  // namespace exhaust::frame
