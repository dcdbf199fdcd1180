#include <gmock/gmock.h>

#include "drivers/anpr/envelope.hpp"
#include "drivers/simulator/camera.hpp"
#include "drivers/simulator/isapi_event.hpp"
#include "drivers/simulator/jpeg.hpp"
#include "drivers/simulator/pictures.hpp"

namespace exhaust::simulator {
namespace {

using testing::HasSubstr;

Passing nev() {
  Passing passing{.lane = 2, .number = 17, .at = {}, .vehicle = {}};
  passing.vehicle.plate = "粤BAD1234";
  passing.vehicle.plate_color = "green";
  passing.vehicle.plate_confidence = 93;
  return passing;
}

const WallTime kNow = *from_rfc3339("2026-11-23T10:02:11.123456Z");

TEST(CameraEvent, SaysTheTimeAsACameraInChinaDoes) { EXPECT_EQ(camera_time(kNow), "2026-11-23T18:02:11.123+08:00"); }

TEST(CameraEvent, HasTheFieldsOfIsapi) {
  const auto xml = event_xml(nev(), "U-1", kNow);
  EXPECT_THAT(xml, HasSubstr("<EventNotificationAlert version=\"2.0\" xmlns=\"http://www.isapi.org/ver20/XMLSchema\">"));
  EXPECT_THAT(xml, HasSubstr("<eventType>ANPR</eventType>"));
  EXPECT_THAT(xml, HasSubstr("<licensePlate>粤BAD1234</licensePlate>"));
  EXPECT_THAT(xml, HasSubstr("<line>2</line>"));
  EXPECT_THAT(xml, HasSubstr("<triggerNumber>17</triggerNumber>"));
  EXPECT_THAT(xml, HasSubstr("<plateColor>newEnergyGreen</plateColor>"));
  EXPECT_THAT(xml, HasSubstr("<dateTime>2026-11-23T18:02:11.123+08:00</dateTime>"));
}

TEST(CameraEvent, APlateThatCannotBeReadIsNoPlate) {
  auto passing = nev();
  passing.vehicle.plate_read = false;
  const auto xml = event_xml(passing, "U-1", kNow);
  EXPECT_THAT(xml, HasSubstr("<licensePlate>无车牌</licensePlate>"));
  EXPECT_THAT(xml, HasSubstr("<plateColor>unknown</plateColor>"));
  EXPECT_THAT(xml, HasSubstr("<confidenceLevel>0</confidenceLevel>"));
  EXPECT_THAT(xml, testing::Not(HasSubstr("AD1234")));
}

TEST(CameraEvent, IsReadByTheDaemonsDecoder) {
  const auto plate = plate_picture(nev().vehicle), scene = scene_picture(nev());
  const auto body = multipart_body(event_xml(nev(), "U-1", kNow), plate, scene, "frontier");
  AnprSettings settings;
  settings.count_element = "triggerNumber";
  const auto post = anpr::decode_post(settings, "multipart/form-data; boundary=frontier", body);
  ASSERT_TRUE(post) << post.error().detail;
  EXPECT_EQ(post->event.plate, "粤BAD1234");
  EXPECT_EQ(anpr::color_of(post->event.color, {}), "green");
  EXPECT_EQ(post->event.confidence, 93);
  EXPECT_EQ(post->event.line, "2");
  EXPECT_EQ(post->event.uuid, "U-1");
  EXPECT_EQ(post->event.count, 17u);
  EXPECT_EQ(post->event.time, *from_rfc3339("2026-11-23T10:02:11.123Z"));
  ASSERT_EQ(post->pictures.size(), 2u);
  EXPECT_EQ(post->pictures[0].name, "licensePlatePicture.jpg");
  EXPECT_EQ(*post->pictures[0].jpeg, plate);
  EXPECT_EQ(post->pictures[1].name, "detectionPicture.jpg");
  EXPECT_EQ(*post->pictures[1].jpeg, scene);
}

TEST(CameraEvent, HasAUuidOfItsOwn) {
  const auto uuid = make_uuid();
  EXPECT_THAT(uuid, testing::MatchesRegex("[0-9A-F]+-[0-9A-F]+-4[0-9A-F]+-[89AB][0-9A-F]+-[0-9A-F]+"));
  EXPECT_EQ(uuid.size(), 36u);
  EXPECT_NE(uuid, make_uuid());
}

TEST(Jpeg, OfOneBlackCellIsCodedAsTheStandardSays) {
  // Luminance 0 is level -128: category 8 (111110, T.81 table K.3), bits 01111111, end of block 0; then twice
  // "no difference" (00) with end of block 0; filled with ones.
  const auto jpeg = to_jpeg(Mosaic(1, 1, {0, 0, 0}));
  EXPECT_EQ(to_hex(as_bytes(jpeg.substr(0, 4))), "ffd8ffe0");
  EXPECT_EQ(to_hex(as_bytes(jpeg.substr(jpeg.size() - 5))), "f9fc07ffd9");
}

TEST(Jpeg, NeverHasAnAccidentalMarkerInItsData) {
  for (unsigned i = 1; i <= 50; ++i) {
    auto passing = nev();
    passing.number = i;
    passing.vehicle.index = i;
    const auto jpeg = scene_picture(passing);
    const auto data = jpeg.find("\xFF\xDA") + 2;
    for (auto at = jpeg.find('\xFF', data); at < jpeg.size() - 2; at = jpeg.find('\xFF', at + 1)) EXPECT_EQ(jpeg[at + 1], '\0');
    EXPECT_TRUE(jpeg.ends_with("\xFF\xD9"));
  }
}

TEST(Pictures, DifferFromVehicleToVehicle) {
  auto other = nev();
  other.number = 18;
  other.vehicle.plate = "粤BAD1235";
  EXPECT_NE(plate_picture(nev().vehicle), plate_picture(other.vehicle));
  EXPECT_NE(scene_picture(nev()), scene_picture(other));
}

TEST(CameraTarget, IsANumericAddressWithAPort) {
  const auto target = parse_camera_target("http://127.0.0.1:8123/anpr");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->endpoint.port(), 8123);
  EXPECT_EQ(target->path, "/anpr");
  EXPECT_EQ(parse_camera_target("http://localhost:1")->path, "/");
  for (const auto* bad : {"", "https://127.0.0.1:1/a", "http://127.0.0.1/a", "http://camera:80/a", "http://127.0.0.1:0/a",
                          "http://127.0.0.1:70000/a", "http://127.0.0.1:8x/a"}) {
    EXPECT_EQ(parse_camera_target(bad).error().kind, ErrorKind::kSettings) << bad;
  }
}

}  // namespace
}  // namespace exhaust::simulator
