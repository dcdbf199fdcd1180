// The captures of drivers/frame/captures, replayed: the reader cuts the same pieces, and the decoder says literal values.
#include <gmock/gmock.h>

#include "tests/drivers/capture_text.hpp"
#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

using testing::Optional;

/// The readings of a capture's measurements. The stream of what was received gives the captured pieces again.
std::vector<Reading> replay(const std::string& name, FrameSettings settings) {
  const auto device = device_with(std::move(settings));
  const auto capture = read_capture_text("drivers/frame/captures/" + name + ".txt");
  const auto* decoder = find_decoder(std::get<FrameSettings>(device.driver).decoder);
  FrameReader reader([&](ByteView waiting) { return decoder->cut(std::get<FrameSettings>(device.driver), waiting); });
  Bytes received;
  std::vector<Piece> pieces;
  for (const auto& frame : capture) {
    if (frame.direction == '>') continue;
    received.insert(received.end(), frame.bytes.begin(), frame.bytes.end());
    reader.feed(frame.bytes);
    while (auto piece = reader.next()) pieces.push_back(std::move(*piece));
  }
  Bytes back;
  for (const auto& piece : pieces) back.insert(back.end(), piece.bytes.begin(), piece.bytes.end());
  EXPECT_EQ(back, received);

  std::vector<Reading> readings;
  for (const auto& frame : capture) {
    if (frame.direction == '>') continue;
    const bool whole = std::ranges::any_of(pieces, [&](const Piece& piece) { return piece.whole && piece.bytes == frame.bytes; });
    if (frame.direction != '=') continue;
    EXPECT_TRUE(whole) << frame.at_s;
    const auto decoded = decode_frame(device, frame.bytes);
    EXPECT_TRUE(decoded) << frame.at_s << " s: " << decoded.error().detail;
    if (decoded) readings.insert(readings.end(), decoded->begin(), decoded->end());
  }
  return readings;
}
std::vector<Reading> replay(const std::string& name, std::string decoder) {
  FrameSettings settings;
  settings.decoder = std::move(decoder);
  settings.host_address = 0x00;
  return replay(name, std::move(settings));
}

template <class Body>
const Body& body(const std::vector<Reading>& readings, std::size_t at) {
  return std::get<Body>(readings.at(at).body);
}

TEST(FrameCaptures, OfTheGate) {
  const auto readings = replay("stdbus_gate", "stdbus-gate");
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_EQ(readings[0].count, 7u);
  EXPECT_THAT(body<SpeedReading>(readings, 0).speed_km_h, Optional(46.81));
  EXPECT_TRUE(body<SpeedReading>(readings, 0).solicited);
  EXPECT_EQ(readings[1].count, 123u);
  EXPECT_THAT(body<SpeedReading>(readings, 1).speed_km_h, Optional(61.2));
  EXPECT_THAT(body<SpeedReading>(readings, 1).acceleration_m_s2, Optional(-0.5));
  EXPECT_FALSE(body<SpeedReading>(readings, 1).solicited);
}

TEST(FrameCaptures, OfTheBench) {
  FrameSettings settings;
  settings.decoder = "stdbus-bench";
  settings.host_address = 0x00;
  settings.board_address = 0x10;
  const auto readings = replay("stdbus_bench", settings);
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_THAT(body<PlumeReading>(readings, 0).co2_percent, Optional(13.0));
  EXPECT_THAT(body<PlumeReading>(readings, 0).co_percent, Optional(0.5));
  EXPECT_THAT(body<PlumeReading>(readings, 0).no_ppm, Optional(250.0));
  EXPECT_THAT(body<PlumeReading>(readings, 0).hc_ppm, Optional(80.0));
}

TEST(FrameCaptures, OfAnNmeaStation) {
  const auto readings = replay("nmea", "nmea");
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_THAT(body<WeatherReading>(readings, 0).wind_direction_deg, Optional(39.0));
  EXPECT_THAT(body<WeatherReading>(readings, 1).temperature_c, Optional(23.4));
  EXPECT_EQ(body<WeatherReading>(readings, 2).wind_speed_m_s, std::nullopt);
}

TEST(FrameCaptures, OfAWxt) {
  const auto readings = replay("wxt", "wxt");
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_THAT(body<WeatherReading>(readings, 0).wind_speed_m_s, Optional(1.0));
  EXPECT_THAT(body<WeatherReading>(readings, 0).pressure_hpa, Optional(1026.6));
  EXPECT_EQ(body<WeatherReading>(readings, 1).wind_speed_m_s, std::nullopt);
  EXPECT_THAT(body<WeatherReading>(readings, 1).temperature_c, Optional(23.7));
}

TEST(FrameCaptures, OfARadarWithDelimitedLines) {
  FrameSettings settings;
  settings.decoder = "delimited";
  settings.count = CountSource::kShared;
  auto& format = settings.delimited;
  format.reading = ReadingKind::kSpeed;
  format.start = "\x02";
  format.checksum = DelimitedFormat::Checksum::kXor;
  DelimitedField name, number, speed, length;
  name.text = "RADAR";
  number.position = 1;
  number.quantity = "vehicle_number";
  speed.position = 2;
  speed.quantity = "speed_km_h";
  speed.not_available = {"---"};
  length.position = 3;
  length.quantity = "length_m";
  length.scale = 0.1;
  format.fields = {name, number, speed, length};
  const auto readings = replay("delimited", settings);
  ASSERT_EQ(readings.size(), 3u);
  EXPECT_EQ(readings[0].count, 17u);
  EXPECT_THAT(body<SpeedReading>(readings, 0).speed_km_h, Optional(46.8));
  EXPECT_EQ(body<SpeedReading>(readings, 1).speed_km_h, std::nullopt);
  EXPECT_EQ(readings[2].count, 20u);
  EXPECT_THAT(body<SpeedReading>(readings, 2).length_m, Optional(testing::DoubleNear(11.8, 1e-12)));
}

TEST(FrameCaptures, OfTheAnalysersAndOpacimeters) {
  for (const auto* name : {"nha503", "mqw50a", "fga4100"}) {
    const auto readings = replay(name, name);
    ASSERT_EQ(readings.size(), 1u) << name;
    EXPECT_THAT(body<PlumeReading>(readings, 0).co_percent, Optional(1.23)) << name;
    EXPECT_THAT(body<PlumeReading>(readings, 0).no_ppm, Optional(345.0)) << name;
  }
  for (const auto* name : {"nht6", "mqy200"}) {
    const auto readings = replay(name, name);
    ASSERT_EQ(readings.size(), 1u) << name;
    EXPECT_THAT(body<SmokeReading>(readings, 0).opacity_percent, Optional(35.2)) << name;
    EXPECT_THAT(body<SmokeReading>(readings, 0).k_per_m, Optional(1.01)) << name;
  }
}

}  // namespace
}  // namespace exhaust::frame
