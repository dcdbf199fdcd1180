#include "drivers/quantity.hpp"

#include <gmock/gmock.h>

#include "drivers/device_settings.hpp"

namespace exhaust {
namespace {

using testing::Optional;

TEST(Quantities, EachWordHasAPlaceInTheReadingOfItsKindAndInNoOther) {
  for (const auto& quantity : quantities()) {
    auto body = empty_body(quantity.kind);
    EXPECT_TRUE(put(quantity.word, 1.0, body)) << quantity.word;
    EXPECT_TRUE(has_quantity(quantity.kind, quantity.word));
    ReadingBody plate = PlateReading{};
    EXPECT_FALSE(put(quantity.word, 1.0, plate)) << quantity.word;
    EXPECT_FALSE(put("rpm", 850.0, body)) << "what fits no reading is left out";
  }
}

TEST(Quantities, ThatAreWholeNumbersStayAbsentWhenTheyAreNone) {
  ReadingBody plume = PlumeReading{};
  put("samples", 41.5, plume);
  EXPECT_EQ(std::get<PlumeReading>(plume).samples, std::nullopt);
  put("samples", 42.0, plume);
  EXPECT_THAT(std::get<PlumeReading>(plume).samples, Optional(42u));
  ReadingBody speed = SpeedReading{};
  put("direction", 256.0, speed);
  put("speed_km_h", std::nullopt, speed);
  EXPECT_EQ(std::get<SpeedReading>(speed).direction, std::nullopt);
  EXPECT_EQ(whole_number(-1.0), std::nullopt);
  EXPECT_EQ(whole_number(std::nullopt), std::nullopt);
}

TEST(Gives, IsKnownFromTheSettingsAlone) {
  DeviceSettings device;
  AkSettings ak;
  ak.reading = ReadingKind::kPlume;
  device.driver = ak;
  EXPECT_THAT(gives(device), testing::ElementsAre(ReadingKind::kPlume));
  FrameSettings frame;
  frame.decoder = "wxt";
  device.driver = frame;
  EXPECT_THAT(gives(device), testing::ElementsAre(ReadingKind::kWeather));
  frame.decoder = "delimited";
  frame.delimited.reading = ReadingKind::kSpeed;
  device.driver = frame;
  EXPECT_THAT(gives(device), testing::ElementsAre(ReadingKind::kSpeed));
  frame.decoder = "radar";
  device.driver = frame;
  EXPECT_THAT(gives(device), testing::IsEmpty());
  device.driver = AnprSettings{};
  EXPECT_THAT(gives(device), testing::ElementsAre(ReadingKind::kPlate));
}

}  // namespace
}  // namespace exhaust
