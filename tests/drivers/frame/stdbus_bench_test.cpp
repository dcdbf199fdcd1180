// devices.md 5, command 18. The answer is computed.
#include <gmock/gmock.h>

#include <limits>

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

// ---- sample points, devices.md 5, commands A0 to A3. Computed.

const auto kReadCo2Points = hex("7B 00 00 00 00 02 01 00 10 A0 55 00 00 06 C8 7D");
/// 0.1, 0.3, 0.5 and 0.7 %: physics.md 5.
const auto kCo2Points = hex("7B 00 00 00 00 02 01 10 00 A0 AA 00 12 04 00 CD CC CC 3D 9A 99 99 3E 00 00 00 3F 33 33 33 3F 6F DF 7D");

Bytes points_answer(std::uint8_t command, const std::vector<double>& points) {
  return stdbus::encode(
      {.addresses = {0x10, 0x00}, .command = command, .sub = stdbus::kReadAnswer, .payload = stdbus::encode_points(points)});
}
FrameSettings with_points() {
  auto settings = bench();
  settings.bench_points = true;
  return settings;
}

TEST(StdbusBenchPoints, AreAskedForAfterAResultIfTheSettingsSaySo) {
  const auto* decoder = find_decoder("stdbus-bench");
  EXPECT_TRUE(decoder->further(bench()).empty());
  const auto questions = decoder->further(with_points());
  ASSERT_EQ(questions.size(), 5u);
  EXPECT_EQ(questions[0], kReadCo2Points);
  EXPECT_EQ(questions[4], decoder->request(with_points())) << "is it still the same result?";
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(stdbus::parse(questions[i])->command, 0xA0 + i);
}

TEST(StdbusBenchPoints, StandInTheMeasurementBehindItsResult) {
  auto measurement = kBenchAnswer;
  for (const auto& frame : {kCo2Points, points_answer(0xA1, {0.006, 0.016, 0.026, 0.036}), points_answer(0xA2, {1, 2, 3, 4}),
                            points_answer(0xA3, {5, 6, 7, 8}), kBenchAnswer}) {
    measurement.insert(measurement.end(), frame.begin(), frame.end());
  }
  const auto readings = decode_frame(device_with(with_points()), measurement);
  ASSERT_TRUE(readings) << readings.error().detail;
  ASSERT_EQ(readings->size(), 1u);
  const auto& plume = std::get<PlumeReading>(readings->front().body);
  EXPECT_THAT(plume.co2_percent, Optional(static_cast<double>(12.34f)));
  EXPECT_THAT(plume.points.co2_percent, testing::ElementsAre(0.1f, 0.3f, 0.5f, 0.7f));
  EXPECT_THAT(plume.points.co_percent, testing::ElementsAre(0.006f, 0.016f, 0.026f, 0.036f));
  EXPECT_THAT(plume.points.no_ppm, testing::ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(plume.points.hc_ppm, testing::ElementsAre(5, 6, 7, 8));
  EXPECT_TRUE(plume.points.no2_ppm.empty());
  EXPECT_EQ(find_decoder("stdbus-bench")->identity(with_points(), measurement), find_decoder("stdbus-bench")->identity(bench(), kBenchAnswer));
}

TEST(StdbusBenchPoints, AreNobodysUnlessTheResultIsTheSameAfterThem) {
  const auto points_with = [](const Bytes& after) {
    auto measurement = kBenchAnswer;
    measurement.insert(measurement.end(), kCo2Points.begin(), kCo2Points.end());
    measurement.insert(measurement.end(), after.begin(), after.end());
    const auto readings = decode_frame(device_with(with_points()), measurement);
    return readings ? std::get<PlumeReading>(readings->front().body).points.co2_percent.size() : 99;
  };
  auto next = stdbus::parse(kBenchAnswer);
  next->payload.back() ^= 1;
  EXPECT_EQ(points_with(kBenchAnswer), 4u);
  EXPECT_EQ(points_with({}), 0u);
  EXPECT_EQ(points_with(stdbus::encode(*next)), 0u) << "the next vehicle's result came meanwhile";
}

TEST(StdbusBenchPoints, AnswerTheirOwnQuestionOnly) {
  const auto answers = find_decoder("stdbus-bench")->answers;
  EXPECT_TRUE(answers(kReadBench, kBenchAnswer));
  EXPECT_TRUE(answers(kReadCo2Points, kCo2Points));
  EXPECT_FALSE(answers(kReadCo2Points, kBenchAnswer));
  EXPECT_FALSE(answers(kReadCo2Points, points_answer(0xA1, {1})));
  const auto damaged = stdbus::encode({.addresses = {0x10, 0x00}, .command = 0xA0, .sub = stdbus::kReadAnswer, .payload = {9, 0, 1}});
  EXPECT_FALSE(answers(kReadCo2Points, damaged)) << "says nine points and has none";
  EXPECT_EQ(role_in(device_with(with_points()), kCo2Points), Role::kAnswer);
  EXPECT_EQ(role_in(device_with(bench()), kCo2Points), Role::kForeign);
}

TEST(StdbusBenchPoints, WhatTheBoardCouldNotMeasureIsNoNumber) {
  const auto points = stdbus::decode_points(stdbus::encode_points({0.5, std::numeric_limits<double>::quiet_NaN(), 0.25}));
  ASSERT_TRUE(points);
  EXPECT_THAT(*points, testing::ElementsAre(0.5, testing::IsNan(), 0.25));
  EXPECT_THAT(stdbus::decode_points(hex("00 00")), testing::Optional(testing::IsEmpty()));
}

TEST(StdbusBenchPoints, OfADamagedPayloadAreNone) {
  for (const auto* payload : {"", "01", "01 00", "01 00 00 00 80", "00 00 00 00 80 3F", "02 00 00 00 80 3F"}) {
    EXPECT_FALSE(stdbus::decode_points(hex(payload))) << payload;
  }
  EXPECT_TRUE(stdbus::decode_points(stdbus::encode_points(std::vector<double>(stdbus::kMostPoints, 1))));
  EXPECT_FALSE(stdbus::decode_points(stdbus::encode_points(std::vector<double>(stdbus::kMostPoints + 1, 1))));
}

TEST(StdbusBenchPoints, AMeasurementThatIsCutOrMixedIsDamaged) {
  const auto device = device_with(with_points());
  auto cut = kBenchAnswer;
  cut.insert(cut.end(), kCo2Points.begin(), kCo2Points.end() - 1);
  auto mixed = kBenchAnswer;
  const auto gate = hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D");
  mixed.insert(mixed.end(), gate.begin(), gate.end());
  for (const auto& bytes : {cut, mixed, Bytes{}, kCo2Points}) EXPECT_FALSE(decode_frame(device, bytes));
}

TEST(StdbusBench, FramesOfTheSpeedBoardAreForeign) {
  EXPECT_EQ(role_in(device_with(bench()), kBenchAnswer), Role::kAnswer);
  EXPECT_EQ(role_in(device_with(bench()), kReadBench), Role::kForeign);
  EXPECT_EQ(role_in(device_with(bench()), hex("7B 00 00 00 00 02 01 30 00 40 AA 00 0D 07 00 00 00 01 00 DA 36 47 3D 0A 57 3E BA DF 7D")),
            Role::kForeign);
}

}  // namespace
}  // namespace exhaust::frame
