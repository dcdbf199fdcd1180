// devices.md 5, command 18. The answer is computed.
#include <gmock/gmock.h>

#include "drivers/frame/stdbus.hpp"
#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

using testing::Optional;

const auto kReadBench = hex("7B 00 00 00 00 02 01 00 10 18 55 00 00 22 68 7D");
// Mean 12.5 %, 1.25 %, NO 345, HC 120; result 12.34, 1.23, 350, 118; laser 0.95, UV 0.91, smoke 0.648.
const auto kBenchAnswer =
    hex("7B 00 00 00 00 02 01 10 00 18 AA 00 30 00 00 00 00 33 33 73 3F C3 F5 68 3F 54 E3 25 3F 00 00 48 41 00 00 A0 3F 00 80 AC 43 "
        "00 00 F0 42 A4 70 45 41 A4 70 9D 3F 00 00 AF 43 00 00 EC 42 0A 48 7D");

FrameSettings bench() {
  FrameSettings settings;
  settings.decoder = "stdbus-bench";
  settings.host_address = 0x00;
  settings.board_address = 0x10;
  return settings;
}

TEST(StdbusBench, IsAskedAsOnTheDomainPage) { EXPECT_EQ(request_of(device_with(bench())), kReadBench); }

TEST(StdbusBench, GivesTheResultOfTheLastMeasurement) {
  const auto plume = body_of<PlumeReading>(device_with(bench()), kBenchAnswer);
  EXPECT_THAT(plume.co2_percent, Optional(static_cast<double>(12.34f)));
  EXPECT_THAT(plume.co_percent, Optional(static_cast<double>(1.23f)));
  EXPECT_THAT(plume.no_ppm, Optional(350.0));
  EXPECT_THAT(plume.hc_ppm, Optional(118.0));
}

TEST(StdbusBench, GivesTheMeanIfTheSettingsSaySo) {
  auto settings = bench();
  settings.bench_values = BenchValues::kMean;
  const auto plume = body_of<PlumeReading>(device_with(settings), kBenchAnswer);
  EXPECT_THAT(plume.co2_percent, Optional(12.5));
  EXPECT_THAT(plume.no_ppm, Optional(345.0));
}

TEST(StdbusBench, BoardsThatSayHcBeforeNoAreTurnedRound) {
  auto settings = bench();
  settings.swap_hc_no = true;
  const auto plume = body_of<PlumeReading>(device_with(settings), kBenchAnswer);
  EXPECT_THAT(plume.no_ppm, Optional(118.0));
  EXPECT_THAT(plume.hc_ppm, Optional(350.0));
}

TEST(StdbusBench, SmokeIsThereOnlyIfTheUnitOfItsTransmittanceIsKnown) {
  auto settings = bench();
  EXPECT_THAT(gives(settings), testing::ElementsAre(ReadingKind::kPlume));
  settings.transmittance = Transmittance::kFraction;
  EXPECT_THAT(gives(settings), testing::ElementsAre(ReadingKind::kPlume, ReadingKind::kSmoke));
  const auto readings = decode_frame(device_with(settings), kBenchAnswer);
  ASSERT_TRUE(readings);
  ASSERT_EQ(readings->size(), 2u);
  EXPECT_THAT(std::get<SmokeReading>(readings->at(1).body).opacity_percent, Optional(testing::DoubleNear(35.2, 1e-5)));
}

TEST(StdbusBench, TheSameResultIsTheSameMeasurement) {
  const auto* decoder = find_decoder("stdbus-bench");
  auto settings = bench();
  EXPECT_EQ(decoder->identity(settings, kBenchAnswer), hex("A4 70 45 41 A4 70 9D 3F 00 00 AF 43 00 00 EC 42"));
  settings.bench_values = BenchValues::kMean;
  EXPECT_EQ(decoder->identity(settings, kBenchAnswer), Bytes{}) << "a mean is of its moment";
}

TEST(StdbusBench, ValuesThatTheBoardCouldNotMeasureAreAbsent) {
  const auto state = stdbus::decode_bench(stdbus::encode_bench({.mode = 3, .uv = 0.5}));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->mode, 3u);
  EXPECT_THAT(state->uv, Optional(0.5));
  EXPECT_EQ(state->laser, std::nullopt);
  EXPECT_EQ(state->result, stdbus::BenchGases{});
  EXPECT_FALSE(stdbus::decode_bench(Bytes(47)));
}

TEST(StdbusBench, FramesOfTheSpeedBoardAreForeign) {
  EXPECT_EQ(role_in(device_with(bench()), kBenchAnswer), Role::kAnswer);
  EXPECT_EQ(role_in(device_with(bench()), kReadBench), Role::kForeign);
  EXPECT_EQ(role_in(device_with(bench()), hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D")),
            Role::kForeign);
}

}  // namespace
}  // namespace exhaust::frame
