// The captures of drivers/ak/captures, replayed with literal values.
#include <gmock/gmock.h>

#include "drivers/ak/driver.hpp"
#include "drivers/ak/telegram.hpp"
#include "tests/drivers/capture_text.hpp"

namespace exhaust {
namespace {

using testing::Optional;

std::vector<Reading> replay(const std::string& name, AkSettings ak) {
  DeviceSettings device;
  device.driver = std::move(ak);
  ak::TelegramReader reader;
  std::vector<Reading> readings;
  for (const auto& frame : read_capture_text("drivers/ak/captures/" + name + ".txt")) {
    if (frame.direction == '>') {
      EXPECT_TRUE(ak::decode_command(as_text(frame.bytes))) << frame.at_s;
      continue;
    }
    reader.feed(as_text(frame.bytes));
    const auto telegram = reader.next();
    EXPECT_TRUE(telegram) << frame.at_s;
    const auto decoded = decode_ak(device, as_bytes(telegram.value_or("")));
    if (frame.direction == 'x') {
      EXPECT_FALSE(decoded) << frame.at_s;
    }
    if (frame.direction != '=') continue;
    EXPECT_TRUE(decoded) << frame.at_s;
    if (decoded) readings.insert(readings.end(), decoded->begin(), decoded->end());
  }
  EXPECT_EQ(reader.take_dropped(), "");
  return readings;
}

TEST(AkCaptures, OfASmokeMeterWithNumbers) {
  AkSettings ak;
  ak.values = {"vehicle_number", "opacity_percent", "k_per_m"};
  ak.count = CountSource::kShared;
  const auto readings = replay("smoke", ak);
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[0].count, 8u);
  EXPECT_THAT(std::get<SmokeReading>(readings[0].body).opacity_percent, Optional(35.2));
  EXPECT_EQ(std::get<SmokeReading>(readings[0].body).k_per_m, std::nullopt);
  EXPECT_EQ(readings[1].count, 9u);
  EXPECT_THAT(std::get<SmokeReading>(readings[1].body).k_per_m, Optional(0.30));
}

TEST(AkCaptures, OfAnAnalyserThatNumbersNothing) {
  AkSettings ak;
  ak.reading = ReadingKind::kPlume;
  ak.values = {"co_percent", "co2_percent", "hc_ppm", "no_ppm"};
  ak.each_poll = true;
  const auto readings = replay("analyser", ak);
  ASSERT_EQ(readings.size(), 1u);
  const auto& plume = std::get<PlumeReading>(readings[0].body);
  EXPECT_THAT(plume.co_percent, Optional(1.23));
  EXPECT_THAT(plume.co2_percent, Optional(12.34));
  EXPECT_THAT(plume.hc_ppm, Optional(120.0));
  EXPECT_THAT(plume.no_ppm, Optional(345.0));
}

}  // namespace
}  // namespace exhaust
