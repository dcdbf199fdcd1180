#include <gmock/gmock.h>

#include "daemon/core/plate.hpp"
#include "drivers/anpr/driver.hpp"
#include "drivers/anpr/event_assembler.hpp"
#include "drivers/anpr/intake.hpp"
#include "drivers/anpr/part_reader.hpp"
#include "tests/drivers/capture_text.hpp"

namespace exhaust::anpr {
namespace {

/// Puts a capture through what live events go through, and checks that each frame has the fate that it was
/// written with.
class AnprCapture : public testing::Test {
 protected:
  AnprCapture() {
    device.name = "camera";
    device.lane = 7;
    device.driver = AnprSettings{};
  }
  AnprSettings& settings() { return std::get<AnprSettings>(device.driver); }

  void replay(const std::string& name) {
    asio::io_context io;
    ManualClock clock;
    std::string fates;
    Intake intake({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); },
                   [&](const Frame& frame) {
                     fates += frame.kind == Frame::Kind::kMeasurement ? '='
                              : frame.kind == Frame::Kind::kDropped   ? 'x'
                                                                      : '<';
                   }},
                  device, counters, 100);
    std::string expected;
    for (const auto& frame : read_capture_text("drivers/anpr/captures/" + name)) {
      const std::string envelope(as_text(frame.bytes));
      const auto end = envelope.find("\r\n\r\n");
      ASSERT_NE(end, std::string::npos);
      intake.take({envelope.substr(0, end), envelope.substr(end + 4)});
      expected += frame.direction;
      if (frame.direction != '=') continue;
      // Replayed without the driver: the same.
      const auto again = decode_anpr(device, frame.bytes);
      ASSERT_TRUE(again);
      EXPECT_EQ(std::get<PlateReading>(again->at(0).body).raw_text, plate(readings.size() - 1).raw_text);
    }
    EXPECT_EQ(fates, expected);
  }
  const PlateReading& plate(std::size_t i) const { return std::get<PlateReading>(readings.at(i).body); }

  DeviceSettings device;
  Counters counters;
  std::vector<Reading> readings;
};

TEST_F(AnprCapture, OfAnIsapiPost) {
  replay("isapi_post.txt");
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(plate(0).raw_text, "蓝浙A12345");
  EXPECT_EQ(parse_plate(plate(0).raw_text, plate(0).color).text, "浙A12345");
  EXPECT_EQ(plate(0).color, "blue");
  EXPECT_EQ(plate(0).confidence, 97.0);
  EXPECT_EQ(plate(0).event_id, "7A1C0F52-0E4B-4D0A-9C1E-000000000001");
  EXPECT_EQ(readings[0].lane, 2u);
  EXPECT_EQ(to_rfc3339(readings[0].device_time.value()), "2026-11-23T10:02:11.000000Z");
  ASSERT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(plate(0).pictures[0].jpeg->size(), 22u);
  EXPECT_EQ(counters["double_posts"], 1u);
  EXPECT_EQ(counters["other_events"], 1u);
}

TEST_F(AnprCapture, WithTheOtherNamespaceAndOrder) {
  replay("isapi_hikvision_namespace.txt");
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(plate(0).raw_text, "京AD12345");
  EXPECT_EQ(plate(0).color, "green");
  EXPECT_EQ(plate(0).confidence, 88.0);
  EXPECT_EQ(readings[0].lane, 1u);
  EXPECT_EQ(to_rfc3339(readings[0].device_time.value()), "2026-11-23T10:02:13.250000Z");
  EXPECT_EQ(parse_plate(plate(1).raw_text, plate(1).color).plate_class, "none");
}

TEST_F(AnprCapture, InGbk) {
  replay("isapi_gbk.txt");
  ASSERT_EQ(readings.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(plate(i).raw_text, "黄冀B·1234挂");
    const auto parsed = parse_plate(plate(i).raw_text, plate(i).color);
    EXPECT_EQ(parsed.text, "冀B1234挂");
    EXPECT_EQ(parsed.plate_class, "trailer");
    EXPECT_EQ(readings[i].device_time, std::nullopt);
  }
  EXPECT_EQ(counters["no_device_time"], 2u);
  EXPECT_EQ(counters["replaced_characters"], 0u);
}

TEST_F(AnprCapture, InGbkWithTheOffsetOfTheSettings) {
  settings().utc_offset = std::chrono::hours{8};
  replay("isapi_gbk.txt");
  EXPECT_EQ(to_rfc3339(readings.at(0).device_time.value()), "2026-11-23T10:02:17.000000Z");
}

TEST_F(AnprCapture, OfAJsonPush) {
  settings().mode = AnprSettings::Mode::kJson;
  settings().json = {.plate = "Picture.Plate.PlateNumber",
                     .color = "Picture.Plate.PlateColor",
                     .confidence = "Picture.Plate.Confidence",
                     .lane = "Picture.SnapInfo.LanNo",
                     .time = "Picture.SnapInfo.AccurateTime",
                     .event_id = "Picture.SnapInfo.TriggerId",
                     .count = {},
                     .pictures = {"Picture.CutoutPic.Content"},
                     .required = {},
                     .type = {},
                     .type_value = {}};
  settings().time_format = AnprSettings::TimeFormat::kLocal;
  settings().utc_offset = std::chrono::hours{8};
  replay("json_push.txt");
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(plate(0).raw_text, "京A12345D");
  EXPECT_EQ(plate(0).color, "yellow_green");
  EXPECT_EQ(plate(0).confidence, 96.0);
  EXPECT_EQ(plate(0).event_id, "a-17");
  EXPECT_EQ(readings[0].lane, 2u);
  EXPECT_EQ(to_rfc3339(readings[0].device_time.value()), "2026-11-23T10:02:21.120000Z");
  ASSERT_EQ(plate(0).pictures.size(), 1u);
  EXPECT_EQ(plate(0).pictures[0].jpeg->size(), 22u);
  EXPECT_EQ(counters["malformed"], 1u);
}

TEST_F(AnprCapture, OfAnAlertStream) {
  settings().mode = AnprSettings::Mode::kPull;
  asio::io_context io;
  ManualClock clock;
  Intake intake({io, clock, [this](Reading reading) { readings.push_back(std::move(reading)); }}, device,
                counters, 100);
  PartReader reader("boundary", settings().picture_limit_bytes, counters);
  EventAssembler assembler(settings(), counters);
  for (const auto& frame : read_capture_text("drivers/anpr/captures/alert_stream.txt")) {
    reader.feed(as_text(frame.bytes));
    while (auto part = reader.next()) {
      for (auto& post : assembler.take(std::move(*part))) intake.take(std::move(post));
    }
  }
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(plate(0).raw_text, "沪AF12345");
  EXPECT_EQ(plate(0).color, "green");
  ASSERT_EQ(plate(0).pictures.size(), 2u);
  EXPECT_EQ(plate(0).pictures[1].name, "detectionPicture.jpg");
  EXPECT_EQ(plate(0).pictures[1].jpeg->size(), 22u);
  ASSERT_TRUE(assembler.is_waiting());  // nobody knows whether pictures will follow
  intake.take(*assembler.finish());
  EXPECT_EQ(plate(1).event_id, "U-0002");
  EXPECT_TRUE(plate(1).pictures.empty());
  EXPECT_EQ(counters["other_events"], 2u);
  EXPECT_EQ(counters["skipped_bytes"], 0u);
}

}  // namespace
}  // namespace exhaust::anpr
