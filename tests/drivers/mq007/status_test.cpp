#include "drivers/mq007/status.hpp"

#include <gtest/gtest.h>

#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

/// A status with two smoke channels, a UV spectrum of one point and no IR spectra.
const auto kStatus = hex(
    "00 00 00 02 00 00 0B B8 FF FF FF FF"                  // opacity counts 3000, -1
    "00 00 00 01 3F 80 00 00  00 00 00 00  00 00 00 00"    // spectra
    "00 00 00 02"                                          // calibrating
    "00 00 09 60 00 00 A0 28 00 00 0B B8"                  // light 2400, 41000, 3000
    "00 00 0E 10 00 00 00 3C"                              // 3600 s since start, 60 s since calibration
    "00 00 00 06 00 32 00 2E 00 31"                        // "2.1"
    "FF FF FF FF"                                          // no address
    "00 00 00 04 90 65 6D 4B"                              // 遥测
    "01 00 01");

TEST(Mq007Status, LiteralBytes) {
  const auto status = decode_status(kStatus);
  ASSERT_TRUE(status) << status.error().detail;
  EXPECT_EQ(status->opacity_counts, (std::vector<std::int32_t>{3000, -1}));
  EXPECT_EQ(status->ultraviolet_points, 1u);
  EXPECT_EQ(status->work_mode, WorkMode::kCalibrating);
  EXPECT_EQ(status->infrared, 2400);
  EXPECT_EQ(status->ultraviolet, 41000);
  EXPECT_EQ(status->green, 3000);
  EXPECT_EQ(status->seconds_since_start, 3600);
  EXPECT_EQ(status->seconds_since_calibration, 60);
  EXPECT_EQ(status->software_version, "2.1");
  EXPECT_EQ(status->address, "");
  EXPECT_EQ(status->name, "遥测");
  EXPECT_TRUE(status->infrared_connected);
  EXPECT_FALSE(status->ultraviolet_connected);
  EXPECT_TRUE(status->green_connected);
}

TEST(Mq007Status, CutAnywhereItIsNotUnderstood) {
  for (std::size_t length = 0; length < kStatus.size(); ++length) {
    EXPECT_FALSE(decode_status(ByteView(kStatus).first(length))) << length;
  }
}

TEST(Mq007Status, OfAnotherBuildItIsNotUnderstood) {
  auto longer = kStatus;
  longer.push_back(0);
  EXPECT_FALSE(decode_status(longer));
  auto flag = kStatus;
  flag.back() = 2;
  EXPECT_FALSE(decode_status(flag));
  auto mode = kStatus;
  mode[31] = 5;
  EXPECT_FALSE(decode_status(mode));
}

TEST(Mq007Status, AListThatClaimsMoreThanThereIsCostsNoMemory) {
  EXPECT_FALSE(decode_status(hex("FF FF FF FF 00 00 00 00")));
  EXPECT_FALSE(decode_status(hex("00 00 00 00 3F FF FF FF")));
}

TEST(Mq007Status, ComesBackFromItsEncoding) {
  UnitStatus status;
  status.opacity_counts.assign(10, 3000);
  status.ultraviolet_points = 7;
  status.infrared_points = 5;
  status.work_mode = WorkMode::kStandby;
  status.name = "MQ-007 №1 遥感";
  status.software_version = "é";
  status.green_connected = true;
  EXPECT_EQ(decode_status(encode_status(status)), status);
}

TEST(QtText, KnowsSurrogatePairsAndRefusesHalves) {
  const auto pair = hex("00 00 00 04 D8 3D DE 97");
  QtReader whole(pair);
  EXPECT_EQ(whole.text(), "\xF0\x9F\x9A\x97");
  EXPECT_TRUE(whole.finished());
  for (const char* half : {"00 00 00 02 D8 3D", "00 00 00 02 DE 97", "00 00 00 04 D8 3D 00 41", "00 00 00 03 00 41 00"}) {
    const auto bytes = hex(half);
    QtReader reader(bytes);
    EXPECT_EQ(reader.text(), "");
    EXPECT_FALSE(reader.ok()) << half;
  }
}

TEST(Mq007CalibrationStatus, LiteralBytes) {
  auto bytes = hex("01 00 CD CD 2D 00 00 00 4E 4F");
  bytes.resize(108);
  const auto status = decode_calibration_status(bytes);
  ASSERT_TRUE(status);
  EXPECT_EQ(*status, (CalibrationStatus{true, false, 45, "NO"}));
}

TEST(Mq007CalibrationStatus, ATextThatIsNoUtf8IsKeptAsItsBytes) {
  auto bytes = hex("00 00 00 00 00 00 00 00 B1 EA B6 A8");  // GBK
  bytes.resize(108);
  EXPECT_EQ(decode_calibration_status(bytes)->text, "hex:b1eab6a8");
  std::fill(bytes.begin() + 8, bytes.end(), 'x');  // never ended
  EXPECT_EQ(decode_calibration_status(bytes)->text.size(), 100u);
}

TEST(Mq007CalibrationStatus, OfAnotherSizeOrWithoutFlagsIsRefused) {
  EXPECT_FALSE(decode_calibration_status(Bytes(107)));
  EXPECT_FALSE(decode_calibration_status(Bytes(109)));
  auto bytes = Bytes(108);
  bytes[1] = 7;
  EXPECT_FALSE(decode_calibration_status(bytes));
}

Bytes calibration_data(std::uint32_t ms_of_day) {
  QtWriter writer;
  for (int list = 0; list < 10; ++list) writer.f32_list({1.0f});
  writer.u32(1);  // one point
  writer.i32(10);
  writer.i32(20);
  for (int value = 0; value < 7; ++value) writer.f32(0);
  for (const float gas : {105.0f, 2500.0f, 5.24f, 8.36f}) writer.f32(gas);
  writer.f32(0);
  writer.i32(50);
  writer.i32(40);
  writer.u32(2461368);  // 2026-11-23
  writer.u32(ms_of_day);
  auto bytes = writer.bytes();
  const auto rest = hex("FF 00 00 00 02 00 41");
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

TEST(Mq007CalibrationData, SaysGasAndTime) {
  const auto data = decode_calibration_data(calibration_data(36'131'000));
  ASSERT_TRUE(data);
  EXPECT_EQ(*data, (CalibrationData{105.0f, 2500.0f, 5.24f, 8.36f, "2026-11-23 10:02:11", "A"}));
}

TEST(Mq007CalibrationData, CutOrWithAnImpossibleTimeItIsNotUnderstood) {
  const auto bytes = calibration_data(0);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_calibration_data(ByteView(bytes).first(length))) << length;
  }
  EXPECT_FALSE(decode_calibration_data(calibration_data(86'400'000)));
}

}  // namespace
}  // namespace exhaust::mq007
