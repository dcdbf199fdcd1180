#include <gmock/gmock.h>

#include "tests/drivers/frame/decoding.hpp"

namespace exhaust::frame {
namespace {

using testing::Optional;
using Checksum = DelimitedFormat::Checksum;

DelimitedField value(unsigned position, std::string quantity, double scale = 1) {
  DelimitedField field;
  field.position = position;
  field.quantity = std::move(quantity);
  field.scale = scale;
  return field;
}
DelimitedField word(unsigned position, std::string text) {
  DelimitedField field;
  field.position = position;
  field.text = std::move(text);
  return field;
}

/// A radar: RADAR,number,km/h,length in decimetres
class Delimited : public testing::Test {
 protected:
  Delimited() {
    settings.decoder = "delimited";
    settings.count = CountSource::kShared;
    format.reading = ReadingKind::kSpeed;
    format.start = "\x02";
    format.fields = {word(0, "RADAR"), value(1, "vehicle_number"), value(2, "speed_km_h"), value(3, "length_m", 0.1)};
  }
  DeviceSettings device() const { return device_with(settings); }
  Flaw flaw_of(std::string_view line) const {
    const auto pieces = pieces_of(device(), text(line));
    EXPECT_FALSE(pieces.empty() || pieces[0].whole) << line;
    return pieces.empty() ? Flaw::kNoise : pieces[0].flaw;
  }
  bool takes(std::string_view line) const {
    const auto pieces = pieces_of(device(), text(line));
    return pieces.size() == 1 && pieces[0].whole;
  }

  FrameSettings settings;
  DelimitedFormat& format = settings.delimited;
};

TEST_F(Delimited, FieldsAreTakenByPositionAndScaled) {
  const auto readings = decode_frame(device(), text("\x02RADAR,17,46.8,12\r\n"));
  ASSERT_TRUE(readings);
  ASSERT_EQ(readings->size(), 1u);
  EXPECT_EQ(readings->front().count, 17u);
  const auto& speed = std::get<SpeedReading>(readings->front().body);
  EXPECT_THAT(speed.speed_km_h, Optional(46.8));
  EXPECT_THAT(speed.length_m, Optional(testing::DoubleNear(1.2, 1e-12)));
  EXPECT_FALSE(speed.solicited);
}

TEST_F(Delimited, WithoutAWireToTheGateTheNumberIsNoCount) {
  settings.count = CountSource::kNone;
  EXPECT_EQ(decode_frame(device(), text("\x02RADAR,17,46.8,12\r\n"))->front().count, std::nullopt);
}

TEST_F(Delimited, TextsForNoValueAndEmptyFieldsAreAbsent) {
  format.fields[2].not_available = {"---", "999.9"};
  for (const char* line : {"\x02RADAR,17,---,12\r\n", "\x02RADAR,17,999.9,12\r\n", "\x02RADAR,17,,12\r\n", "\x02RADAR,17,  ,12\r\n"}) {
    EXPECT_EQ(std::get<SpeedReading>(decode_frame(device(), text(line))->front().body).speed_km_h, std::nullopt) << line;
  }
}

TEST_F(Delimited, WhatIsNoNumberMakesABadFrame) {
  for (const char* line : {"\x02RADAR,17,fast,12\r\n", "\x02RADAR,17,4 6,12\r\n", "\x02RADAR,17,0x10,12\r\n", "\x02RADAR,17,nan,12\r\n",
                           "\x02RADAR,17,+-4,12\r\n", "\x02RADAR,17,46.8\r\n"}) {
    EXPECT_FALSE(decode_frame(device(), text(line))) << line;
  }
}

TEST_F(Delimited, LinesWithAnotherWordAreForeign) {
  EXPECT_EQ(role_in(device(), text("\x02RADAR,17,46.8,12\r\n")), Role::kReport);
  EXPECT_EQ(role_in(device(), text("\x02STATE,17,46.8,12\r\n")), Role::kForeign);
  EXPECT_EQ(role_in(device(), text("\x02\r\n")), Role::kForeign);
  settings.request = "GET\r\n";
  EXPECT_EQ(role_in(device(), text("\x02RADAR,17,46.8,12\r\n")), Role::kAnswer);
  EXPECT_TRUE(std::get<SpeedReading>(decode_frame(device(), text("\x02RADAR,17,46.8,12\r\n"))->front().body).solicited);
}

TEST_F(Delimited, AFixedNumberOfFieldsIsHeld) {
  format.field_count = 4;
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12\r\n"));
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.8\r\n"), Flaw::kBadLength);
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.8,12,\r\n"), Flaw::kBadLength);
}

TEST_F(Delimited, ChecksumsOfEachKindAreChecked) {
  // over "RADAR,17,46.8,12.5": xor 62, sum EC, CRC16 917B; xor with the start 60
  format.checksum = Checksum::kXor;
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12.5*62\r\n"));
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.9,12.5*62\r\n"), Flaw::kBadChecksum);
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.8,12.5*62 \r\n"), Flaw::kBadChecksum);
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.8,12.5\r\n"), Flaw::kBadFrame);
  format.checksum_with_start = true;
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12.5*60\r\n"));
  format.checksum_with_start = false;
  format.checksum = Checksum::kSum;
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12.5*ec\r\n"));
  format.checksum = Checksum::kCrc16;
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12.5*917B\r\n"));
  EXPECT_EQ(flaw_of("\x02RADAR,17,46.8,12.5*7B91\r\n"), Flaw::kBadChecksum);
  format.checksum_mark = "";
  EXPECT_TRUE(takes("\x02RADAR,17,46.8,12.5917B\r\n"));
  EXPECT_EQ(flaw_of("\x02RAD\r\n"), Flaw::kBadFrame);
}

TEST_F(Delimited, AnOldAnswerIsKnownByItsNumber) {
  const auto identity = [&](std::string_view line) { return find_decoder("delimited")->identity(settings, text(line)); };
  EXPECT_EQ(identity("\x02RADAR,17,46.8,12\r\n"), text("17"));
  format.fields[1].quantity = "measurement_number";
  EXPECT_EQ(identity("\x02RADAR,18,46.8,12\r\n"), text("18"));
  EXPECT_EQ(decode_frame(device(), text("\x02RADAR,17,46.8,12\r\n"))->front().count, std::nullopt);
  format.fields.erase(format.fields.begin() + 1);
  EXPECT_EQ(identity("\x02RADAR,17,46.8,12\r\n"), Bytes{});
}

TEST_F(Delimited, BlanksSeparateInRuns) {
  format.start = "";
  format.end = "\n";
  format.separator = " ";
  format.reading = ReadingKind::kWeather;
  format.fields = {value(0, "temperature_c"), value(1, "humidity_percent")};
  const auto weather = body_of<WeatherReading>(device(), text("  23.5    60  \n"));
  EXPECT_THAT(weather.temperature_c, Optional(23.5));
  EXPECT_THAT(weather.humidity_percent, Optional(60.0));
}

TEST_F(Delimited, ALongStartIsFoundAcrossSegments) {
  format.start = "<<";
  FrameReader reader([&](ByteView waiting) { return find_decoder("delimited")->cut(settings, waiting); });
  reader.feed(text("x<"));
  EXPECT_EQ(reader.next()->bytes, text("x"));
  reader.feed(text("<RADAR,17,46.8,12\r\n"));
  EXPECT_TRUE(reader.next()->whole);
}

TEST_F(Delimited, ALineWithoutEndIsGivenUp_F04) {
  const auto pieces = pieces_of(device(), Bytes(5000, 0x02));
  EXPECT_GE(pieces.size(), 1u);
  EXPECT_EQ(flaw_of(std::string("\x02") + std::string(2000, 'x')), Flaw::kBadLength);
}

}  // namespace
}  // namespace exhaust::frame
