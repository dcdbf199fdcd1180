#include "drivers/anpr/isapi.hpp"

#include <gmock/gmock.h>

namespace exhaust::anpr::isapi {
namespace {

Result<PlateEvent> decode_event(std::string_view xml, const std::string& count_element = {}) {
  AnprSettings settings;
  settings.count_element = count_element;
  return isapi::decode_event(xml, settings);
}

// The elements of devices.md 7.1.
const std::string kEvent = R"(<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
  <ipAddress>192.168.1.64</ipAddress>
  <channelID>1</channelID>
  <dateTime>2026-11-23T18:02:11.250+08:00</dateTime>
  <eventType>ANPR</eventType>
  <eventState>active</eventState>
  <UUID>5b8c1a2e-0001</UUID>
  <ANPR>
    <country>86</country>
    <licensePlate>蓝浙A12345</licensePlate>
    <line>2</line>
    <direction>forward</direction>
    <confidenceLevel>97</confidenceLevel>
    <plateColor>blue</plateColor>
    <vehicleInfo><color>white</color><speed>46</speed></vehicleInfo>
    <originalLicensePlate>浙A12345</originalLicensePlate>
    <triggerNumber>4711</triggerNumber>
    <pictureInfoList><pictureInfo><dateTime>2000-01-01T00:00:00Z</dateTime></pictureInfo></pictureInfoList>
  </ANPR>
</EventNotificationAlert>)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

TEST(PlateEvent, IsDecodedFromTheDocumentedXml) {
  const auto event = decode_event(kEvent, "triggerNumber");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->plate, "蓝浙A12345");
  EXPECT_EQ(event->original_plate, "浙A12345");
  EXPECT_EQ(event->color, "blue");
  EXPECT_EQ(event->confidence, 97.0);
  EXPECT_EQ(event->line, "2");
  EXPECT_EQ(event->direction, "forward");
  EXPECT_EQ(event->uuid, "5b8c1a2e-0001");
  EXPECT_EQ(event->count, 4711u);
  EXPECT_EQ(to_rfc3339(event->time.value()), "2026-11-23T10:02:11.250000Z");
}

TEST(PlateEvent, IsTheSameWhateverItsNamespaceAndOrder) {
  const auto event = decode_event(
      R"(<h:EventNotificationAlert xmlns:h="http://www.hikvision.com/ver20/XMLSchema"><h:ANPR><h:plateColor>yellow</h:plateColor>
         <h:laneNo>1</h:laneNo><h:licensePlate> 冀B1234挂 </h:licensePlate></h:ANPR><h:eventType>anpr</h:eventType>
         <h:dateTime>2026-11-23T18:02:11+08:00</h:dateTime></h:EventNotificationAlert>)");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->plate, "冀B1234挂");
  EXPECT_EQ(event->color, "yellow");
  EXPECT_EQ(event->line, "1");
  EXPECT_EQ(to_rfc3339(event->time.value()), "2026-11-23T10:02:11.000000Z");
  EXPECT_EQ(event->confidence, std::nullopt);
  EXPECT_EQ(event->count, std::nullopt);
  EXPECT_EQ(event->uuid, "");
}

TEST(PlateEvent, TakesTheElementNearestToTheRoot) {
  const auto event = decode_event(
      "<E><list><item><dateTime>2000-01-01T00:00:00Z</dateTime></item></list><eventType>ANPR</eventType>"
      "<dateTime>2026-11-23T10:02:11Z</dateTime></E>");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->date_time, "2026-11-23T10:02:11Z");
}

TEST(PlateEvent, KeepsTheWordsForNoPlate) {
  for (const std::string word : {"无车牌", "unknown", "---"}) {
    const auto event = decode_event(replaced(kEvent, "蓝浙A12345", word));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->plate, word);
  }
}

TEST(PlateEvent, FallsBackToTheOriginalPlate) {
  EXPECT_EQ(decode_event(replaced(kEvent, "<licensePlate>蓝浙A12345</licensePlate>", ""))->plate, "浙A12345");
  EXPECT_EQ(decode_event(replaced(kEvent, "蓝浙A12345", ""))->plate, "浙A12345");
}

TEST(PlateEvent, WithoutAnyPlateIsAnEventStill) {
  const auto event = decode_event("<E><eventType>ANPR</eventType></E>");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->plate, "");
}

TEST(PlateEvent, LeavesOutWhatIsNoNumberOrTime) {
  EXPECT_EQ(decode_event(replaced(kEvent, ">97<", ">high<"))->confidence, std::nullopt);
  EXPECT_EQ(decode_event(replaced(kEvent, ">97<", ">101<"))->confidence, std::nullopt);
  EXPECT_EQ(decode_event(replaced(kEvent, ">97<", ">nan<"))->confidence, std::nullopt);
  EXPECT_EQ(decode_event(replaced(kEvent, ">4711<", ">-1<"), "triggerNumber")->count, std::nullopt);
  EXPECT_EQ(decode_event(replaced(kEvent, ".250+08:00", ""))->time,
            std::nullopt);  // no offset: whose time is it?
}

TEST(PlateEvent, IsRefusedForOtherEventTypes) {
  EXPECT_EQ(decode_event(replaced(kEvent, ">ANPR<", ">videoloss<")).error().kind, ErrorKind::kRefused);
}

TEST(PlateEvent, SurvivesACutAtAnyByte) {
  for (std::size_t length = 0; length < kEvent.size(); ++length) {
    const auto event = decode_event(std::string_view(kEvent).substr(0, length));
    ASSERT_FALSE(event) << length;
    EXPECT_EQ(event.error().kind, ErrorKind::kBadFrame);
  }
}

TEST(PlateEvent, HasBounds) {
  EXPECT_FALSE(decode_event(replaced(kEvent, "蓝浙A12345", std::string(257, 'A'))));
  EXPECT_FALSE(decode_event(kEvent + std::string(kMaxXml, ' ')));
  EXPECT_FALSE(decode_event("<E><event/></E>"));
  std::string deep;
  for (int i = 0; i < 40'000; ++i) deep += "<a>";
  EXPECT_FALSE(decode_event(deep));
}

TEST(PlateEvent, DoesNotExpandEntities) {
  const auto event = decode_event(
      "<!DOCTYPE E [<!ENTITY x SYSTEM "
      "\"file:///etc/passwd\">]><E><eventType>ANPR</eventType><licensePlate>&x;"
      "</licensePlate></E>");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->plate, "&x;");
}

}  // namespace
}  // namespace exhaust::anpr::isapi
