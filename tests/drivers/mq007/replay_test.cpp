// What was recorded gives the readings it gave: the same reader, the same decoder, no line.
#include <gtest/gtest.h>

#include "drivers/mq007/driver.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/result.hpp"
#include "drivers/mq007/status.hpp"
#include "tests/drivers/capture_text.hpp"

namespace exhaust {
namespace {

struct Replayed {
  std::vector<Bytes> frames;
  std::vector<Reading> readings;
  std::string dropped;
};

/// Everything that came on the data connection, in steps of `step` bytes.
Replayed replay(const std::vector<CapturedFrame>& capture, std::size_t step) {
  Bytes stream;
  for (const auto& frame : capture) {
    const bool unframed = as_text(frame.bytes) == "SHAKE_HAND" || as_text(frame.bytes).starts_with("TCPSERVER_PORT");
    if (frame.direction != '>' && !unframed) stream.insert(stream.end(), frame.bytes.begin(), frame.bytes.end());
  }
  DeviceSettings device;
  device.driver = Mq007Settings{};
  Replayed replayed;
  mq007::FrameReader reader;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    reader.feed(ByteView(stream).subspan(at, std::min(step, stream.size() - at)));
    while (auto piece = reader.next()) {
      if (!piece->whole) {
        replayed.dropped += as_text(piece->bytes);
        continue;
      }
      replayed.frames.push_back(piece->bytes);
      const auto decoded = decode_mq007(device, piece->bytes);
      if (!decoded) continue;
      replayed.readings.insert(replayed.readings.end(), decoded->begin(), decoded->end());
    }
  }
  return replayed;
}

/// Frames of these directions, as they were recorded.
std::vector<Bytes> recorded(const std::vector<CapturedFrame>& capture, std::string_view directions) {
  std::vector<Bytes> frames;
  for (const auto& frame : capture) {
    const bool framed = as_text(frame.bytes).starts_with("PACKAGE_START");
    if (framed && directions.find(frame.direction) != std::string_view::npos) frames.push_back(frame.bytes);
  }
  return frames;
}

void expect_result(const std::vector<Reading>& readings, std::size_t first, const PlumeReading& plume, double opacity, double k,
                   double speed, double acceleration, double length_m) {
  const auto& had = std::get<PlumeReading>(readings.at(first).body);
  EXPECT_FLOAT_EQ(static_cast<float>(had.co2_percent.value()), static_cast<float>(*plume.co2_percent));
  EXPECT_FLOAT_EQ(static_cast<float>(had.co_percent.value()), static_cast<float>(*plume.co_percent));
  EXPECT_FLOAT_EQ(static_cast<float>(had.hc_ppm.value()), static_cast<float>(*plume.hc_ppm));
  EXPECT_FLOAT_EQ(static_cast<float>(had.no_ppm.value()), static_cast<float>(*plume.no_ppm));
  EXPECT_EQ(had.co_per_co2, std::nullopt);
  EXPECT_EQ(had.no2_ppm, std::nullopt);
  const auto& smoke = std::get<SmokeReading>(readings.at(first + 1).body);
  EXPECT_FLOAT_EQ(static_cast<float>(smoke.opacity_percent.value()), static_cast<float>(opacity));
  EXPECT_FLOAT_EQ(static_cast<float>(smoke.k_per_m.value()), static_cast<float>(k));
  EXPECT_EQ(smoke.ringelmann, std::nullopt);
  const auto& gate = std::get<SpeedReading>(readings.at(first + 2).body);
  EXPECT_FLOAT_EQ(static_cast<float>(gate.speed_km_h.value()), static_cast<float>(speed));
  EXPECT_FLOAT_EQ(static_cast<float>(gate.acceleration_m_s2.value()), static_cast<float>(acceleration));
  EXPECT_DOUBLE_EQ(gate.length_m.value(), length_m);
  EXPECT_FALSE(gate.solicited);
}

PlumeReading gases(double co2, double co, double hc, double no) {
  PlumeReading plume;
  plume.co2_percent = co2;
  plume.co_percent = co;
  plume.hc_ppm = hc;
  plume.no_ppm = no;
  return plume;
}

const PlumeReading kSecond = gases(14.992159843444824, 0.06254729628562927, 23.687612533569336, 439.120361328125);

TEST(Mq007Capture, TwoVehiclesComeOutAsTheyWentIn) {
  const auto capture = read_capture_text("drivers/mq007/captures/two_vehicles.txt");
  for (const std::size_t step : {1u, 100u, 100'000u}) {
    const auto replayed = replay(capture, step);
    EXPECT_EQ(replayed.frames, recorded(capture, "<="));
    std::string dropped;
    for (const auto& frame : recorded(capture, "x")) dropped += as_text(frame);
    EXPECT_EQ(replayed.dropped, dropped);
    ASSERT_EQ(replayed.readings.size(), 10u);
    for (const std::size_t front : {0u, 5u}) {
      EXPECT_EQ(std::get<BeamEvent>(replayed.readings[front].body).edge, BeamEvent::Edge::kBlocked);
      EXPECT_EQ(std::get<BeamEvent>(replayed.readings[front + 1].body).edge, BeamEvent::Edge::kCleared);
    }
    expect_result(replayed.readings, 2, gases(15.002813339233398, 0.06730262190103531, 28.505346298217773, 40.957679748535156), 1.97, 0.0463, 46.69,
                  1.001, 4.1);
    expect_result(replayed.readings, 7, kSecond, 0.65, 0.0152, 76, -0.259, 4.2);
  }
}

TEST(Mq007Capture, ItsStatusesAreUnderstood) {
  std::size_t statuses = 0;
  for (const auto& frame : recorded(read_capture_text("drivers/mq007/captures/two_vehicles.txt"), "<")) {
    const auto message = mq007::parse(frame);
    ASSERT_TRUE(message);
    const auto status = mq007::decode_status(message->data);
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(status->name, "MQ-007-12");
    EXPECT_EQ(status->work_mode, mq007::WorkMode::kTesting);
    EXPECT_EQ(status->opacity_counts.size(), 10u);
    ++statuses;
  }
  EXPECT_EQ(statuses, 4u);
}

TEST(Mq007Capture, TheResultWithItsSpectrumSaysTheSame) {
  const auto capture = read_capture_text("drivers/mq007/captures/with_spectrum.txt");
  EXPECT_EQ(capture.back().bytes.size(), 9336u + 34);
  const auto replayed = replay(capture, 512);
  ASSERT_EQ(replayed.readings.size(), 5u);
  expect_result(replayed.readings, 2, kSecond, 0.65, 0.0152, 76, -0.259, 4.2);
}

TEST(Mq007Decode, UnitsFollowTheSettings) {
  DeviceSettings device;
  Mq007Settings settings;
  settings.co_unit = GasUnit::kPpm;
  settings.hc_unit = GasUnit::kPercent;
  settings.opacity = Mq007Settings::Opacity::kMean;
  settings.opacity_unit = Mq007Settings::OpacityUnit::kFraction;
  settings.use_k = false;
  device.driver = settings;
  mq007::TestResult result;
  result.co = 5000;
  result.hc = 0.0105;
  result.opacity_mean = 0.25;
  result.opacity_max = 0.5;
  result.k = 1;
  const auto readings = decode_mq007(device, mq007::encode(mq007::type::kResult, mq007::encode_result(result)));
  ASSERT_TRUE(readings);
  EXPECT_NEAR(std::get<PlumeReading>(readings->at(0).body).co_percent.value(), 0.5, 1e-9);
  EXPECT_NEAR(std::get<PlumeReading>(readings->at(0).body).hc_ppm.value(), 105, 1e-4);
  EXPECT_EQ(std::get<PlumeReading>(readings->at(0).body).co2_percent, std::nullopt);
  EXPECT_EQ(std::get<SmokeReading>(readings->at(1).body).opacity_percent, 25);
  EXPECT_EQ(std::get<SmokeReading>(readings->at(1).body).k_per_m, std::nullopt);
}

TEST(Mq007Decode, WhatMeasuresNothingIsABadFrame) {
  DeviceSettings device;
  device.driver = Mq007Settings{};
  EXPECT_EQ(decode_mq007(device, mq007::encode(mq007::type::kStatus)).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_mq007(device, mq007::encode(mq007::type::kResult, Bytes(10))).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_mq007(device, as_bytes("noise")).error().kind, ErrorKind::kBadFrame);
}

}  // namespace
}  // namespace exhaust
