#include "daemon/ctl/device_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/records/records.hpp"

namespace exhaust::ctl {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const WallTime kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
google::protobuf::Timestamp before(std::chrono::microseconds ago) { return records::to_timestamp(kNow - ago); }

v1::DeviceStatus camera() {
  v1::DeviceStatus device;
  device.set_name("camera");
  device.set_driver("anpr");
  device.set_endpoint("listens on 0.0.0.0:8090/anpr");
  device.set_state("up");
  *device.mutable_state_since() = before(2h + 5min);
  *device.mutable_last_reading() = before(12s);
  device.set_readings(1207);
  device.set_period_s(1);
  auto& clock = *device.mutable_device_clock();
  clock.set_offset_s(-183);
  clock.set_drift_s_per_day(-4.9);
  clock.set_limit_s(2);
  clock.set_off(true);
  auto& last = *device.mutable_last();
  last.set_kind("plate");
  last.set_lane(2);
  last.set_vehicle_number(1207);
  *last.mutable_arrived() = before(12s);
  return device;
}

std::string value_of(const v1::DeviceStatus& device, const std::string& name) {
  for (const auto& [its, value] : device_lines(device, before(0s))) {
    if (its == name) return value;
  }
  return "(no such line)";
}

TEST(Ago, IsSaidAsPeopleSayIt) {
  EXPECT_EQ(ago(before(12s), before(0s)), "12 s ago");
  EXPECT_EQ(ago(before(0s), before(1s)), "now");
  EXPECT_EQ(ago({}, before(0s)), "never");
}

TEST(DeviceList, HasALineThatFitsItsHead) {
  const auto line = device_list_line(camera(), before(0s));
  EXPECT_EQ(line.size(), device_list_head().size());
  EXPECT_THAT(line, ElementsAre("camera", "anpr", "-", "up", "2 h 5 min", "12 s ago", "1207", "0", "0", "183 s behind (off)", ""));
}

TEST(DeviceList, SaysNeverAndNothingWhereNothingIsKnown) {
  v1::DeviceStatus device;
  device.set_name("new");
  const auto line = device_list_line(device, before(0s));
  EXPECT_EQ(line[5], "never");
  EXPECT_EQ(line[9], "-");
}

TEST(DeviceShow, TellsOfClockAndLastReadingInSentences) {
  EXPECT_EQ(value_of(camera(), "clock"), "183 s behind: OFF, beyond 2 s; loses 4.9 s a day");
  EXPECT_EQ(value_of(camera(), "last reading"), "12 s ago: plate, lane 2, vehicle 1207");
  EXPECT_EQ(value_of(camera(), "lane"), "whole station");
}

TEST(DeviceShow, TellsWhyAndWhenOfADeviceThatIsDown) {
  auto device = camera();
  device.set_state("down");
  device.set_detail("connection refused");
  device.set_backoff_s(16);
  *device.mutable_next_try() = records::to_timestamp(kNow + 7s);
  EXPECT_EQ(value_of(device, "state"), "down for 2 h 5 min: connection refused");
  EXPECT_EQ(value_of(device, "next try"), "in 7 s (pause of 16 s)");
}

TEST(DeviceShow, LeavesOutWhatNeverHappened) {
  EXPECT_EQ(value_of(camera(), "driver failures"), "(no such line)");
  auto device = camera();
  device.set_overdue_calls(3);
  EXPECT_THAT(value_of(device, "overdue calls"), HasSubstr("3: "));
}

TEST(LabelOf, LeavesTheUnitToItsColumn) {
  EXPECT_EQ(label_of("wind_speed_m_s", "m/s"), "wind speed");
  EXPECT_EQ(label_of("acceleration_m_s2", "m/s2"), "acceleration");
  EXPECT_EQ(label_of("temperature_c", "degC"), "temperature");
  EXPECT_EQ(label_of("co_per_co2", "mol/mol"), "co per co2");
  EXPECT_EQ(label_of("samples", ""), "samples");
}

TEST(ShownNumber, KeepsWhatCounts) {
  EXPECT_EQ(shown_number(1013.25), "1013.25");
  EXPECT_EQ(shown_number(-0.00132), "-0.00132");
  EXPECT_EQ(shown_number(180), "180");
}

class ReadingText : public testing::Test {
 protected:
  ReadingText() {
    reading.device = "weather";
    reading.arrived = kNow + 123456us;
    WeatherReading weather;
    weather.wind_speed_m_s = 3.25;
    weather.temperature_c = -5;
    reading.body = weather;
  }
  Reading reading;
};

TEST_F(ReadingText, SaysWhatWasNotMeasured) {
  EXPECT_EQ(reading_title(reading), "2026-11-23T00:00:00.123Z  weather: weather");
  EXPECT_THAT(value_lines(reading), ElementsAre(ElementsAre("wind speed", "3.25", "m/s"), ElementsAre("wind direction", "not measured", ""),
                                                ElementsAre("temperature", "-5", "degC"), ElementsAre("humidity", "not measured", ""),
                                                ElementsAre("pressure", "not measured", "")));
}

TEST_F(ReadingText, AsJsonLeavesOutWhatWasNotMeasured) {
  const auto json = nlohmann::json::parse(reading_json(reading, false));
  EXPECT_EQ(json["values"], (nlohmann::json{{"wind_speed_m_s", 3.25}, {"temperature_c", -5.0}}));
  EXPECT_EQ(json["kind"], "weather");
  EXPECT_FALSE(json.contains("vehicle_number"));
}

TEST_F(ReadingText, OfACameraSurvivesWordsThatAreNoUtf8) {
  PlateReading plate;
  plate.raw_text = "\xBE\xA9" "A12345";
  plate.color = "blue";
  plate.pictures.push_back({"a.jpg", std::make_shared<const std::string>(3, 'x')});
  plate.pictures.push_back({"b.jpg", nullptr});
  reading.body = plate;
  reading.count = 7;
  const auto json = nlohmann::json::parse(reading_json(reading, false));
  EXPECT_EQ(json["values"]["picture"], "a.jpg, 3 bytes; b.jpg");
  EXPECT_EQ(json["vehicle_number"], 7);
}

TEST(FrameLine, ShowsWhichWayAndWhatAndCutsWhatIsLong) {
  const Bytes bytes{0x01, 0x03, 0xFF};
  EXPECT_EQ(frame_line({.kind = Frame::Kind::kSent, .arrived = kNow + 5ms, .bytes = bytes}), "00:00:00.005 > 01 03 FF");
  EXPECT_EQ(frame_line({.kind = Frame::Kind::kDropped, .arrived = kNow, .bytes = bytes}), "00:00:00.000 x 01 03 FF");
  const Bytes picture(5000, 0xAA);
  EXPECT_THAT(frame_line({.kind = Frame::Kind::kMeasurement, .arrived = kNow, .bytes = picture}), testing::EndsWith("AA ... 5000 bytes"));
}

}  // namespace
}  // namespace exhaust::ctl
