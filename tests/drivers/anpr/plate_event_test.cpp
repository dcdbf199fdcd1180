#include "drivers/anpr/plate_event.hpp"

#include <gmock/gmock.h>

namespace exhaust::anpr {
namespace {

TEST(PlateColor, KnowsTheWordsOfHikvision) {
  EXPECT_EQ(color_of("blue", {}), "blue");
  EXPECT_EQ(color_of("newEnergyGreen", {}), "green");
  EXPECT_EQ(color_of("newEnergyYellowGreen", {}), "yellow_green");
  EXPECT_EQ(color_of("yellowGreen", {}), "yellow_green");
  EXPECT_EQ(color_of("BLACK", {}), "black");
  EXPECT_EQ(color_of("other", {}), "other");
  EXPECT_EQ(color_of("purple", {}), "other");
  EXPECT_EQ(color_of("unknown", {}), "unknown");
  EXPECT_EQ(color_of("", {}), "unknown");
}

TEST(PlateColor, PrefersTheWordsOfTheSettings) {
  EXPECT_EQ(color_of("green", {{"green", "green_agri"}}), "green_agri");
  EXPECT_EQ(color_of("渐变绿", {{"渐变绿", "green"}}), "green");
}

TEST(PlateColor, KnowsTheChineseWords) {
  EXPECT_EQ(color_of("蓝", {}), "blue");
  EXPECT_EQ(color_of("黄色", {}), "yellow");
  EXPECT_EQ(color_of("黄绿色", {}), "yellow_green");
  EXPECT_EQ(color_of("渐变绿", {}), "green");
}

TEST(PlateTime, IsReadInTheFormatOfTheSettings) {
  using namespace std::chrono_literals;
  using enum AnprSettings::TimeFormat;
  const auto expected = *from_rfc3339("2026-11-23T10:02:11Z");
  EXPECT_EQ(time_of("2026-11-23T18:02:11+08:00", kRfc3339, std::nullopt), expected);
  EXPECT_EQ(time_of("1795428131", kUnixSeconds, std::nullopt), expected);
  EXPECT_EQ(time_of("1795428131250", kUnixMilliseconds, std::nullopt), expected + 250ms);
  EXPECT_EQ(time_of("2026-11-23 18:02:11", kLocal, 480min), expected);
  EXPECT_EQ(time_of("2026-11-23 18:02:11.250", kLocal, 480min), expected + 250ms);
  EXPECT_EQ(time_of("2026-11-23T18:02:11", kRfc3339, 480min), expected);
}

TEST(PlateTime, IsAbsentWhereTheTextSaysNone) {
  using namespace std::chrono_literals;
  using enum AnprSettings::TimeFormat;
  EXPECT_EQ(time_of("2026-11-23 18:02:11", kRfc3339, std::nullopt), std::nullopt);
  EXPECT_EQ(time_of("", kRfc3339, 480min), std::nullopt);
  EXPECT_EQ(time_of("yesterday", kLocal, 480min), std::nullopt);
  EXPECT_EQ(time_of("2026-13-23 18:02:11", kLocal, 480min), std::nullopt);
  EXPECT_EQ(time_of("-1", kUnixSeconds, std::nullopt), std::nullopt);
  EXPECT_EQ(time_of("9223372036854775807", kUnixSeconds, std::nullopt), std::nullopt);
  EXPECT_EQ(time_of("1.5", kUnixSeconds, std::nullopt), std::nullopt);
}

TEST(PlateIdentity, IsTheUuidWithItsTimeOrElsePlateTimeAndPlace) {
  PlateEvent event;
  event.plate = "京A12345";
  event.line = "1";
  event.channel = "2";
  event.uuid = "u";
  event.date_time = "t";
  auto other = event;
  other.plate = "京A12346";
  EXPECT_EQ(identity_of(event), identity_of(other));
  other.date_time = "t2";  // firmware that gives all events one UUID
  EXPECT_NE(identity_of(event), identity_of(other));
  other = event;
  other.line = "2";  // such firmware sees two lanes in one second
  EXPECT_NE(identity_of(event), identity_of(other));
  other = event;
  event.count = 7;
  other.count = 8;  // the gate's word that they are two
  EXPECT_NE(identity_of(event), identity_of(other));
  event.count.reset();
  event.uuid.clear();
  for (auto PlateEvent::*part :
       {&PlateEvent::plate, &PlateEvent::date_time, &PlateEvent::channel, &PlateEvent::line}) {
    other = event;
    EXPECT_EQ(identity_of(event), identity_of(other));
    other.*part = "x";
    EXPECT_NE(identity_of(event), identity_of(other));
  }
  event.date_time.clear();
  EXPECT_EQ(identity_of(event), "");
}

}  // namespace
}  // namespace exhaust::anpr
