#include "daemon/ctl/device_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exhaust::ctl {
namespace {

using testing::HasSubstr;

TEST(DevicePlan, OfAnAkMeterShowsTheTelegram) {
  DeviceSettings device;
  AkSettings ak;
  ak.values = {"vehicle_number", "opacity_percent"};
  device.driver = ak;
  const auto plan = plan_of(device);
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].bytes, "02 20 41 4B 4F 4E 20 4B 30 03");  // devices.md 1
  EXPECT_EQ(plan[0].purpose, "vehicle_number, opacity_percent");
}

TEST(DevicePlan, OfAGateShowsTheQuestionOfTheDataSheet) {
  DeviceSettings device;
  FrameSettings gate;
  gate.decoder = "stdbus-gate";
  gate.host_address = 0x00;
  gate.board_address = 0x30;
  device.driver = gate;
  EXPECT_THAT(plan_of(device)[0].bytes, HasSubstr("7B 00 00 00 00 02 01 00 30 40 55 00 00 B0 CF 7D"));
}

TEST(DevicePlan, OfARegisterMapShowsTheFramesWithTheirCheckSum) {
  DeviceSettings device;
  ModbusSettings weather;
  weather.endpoint = *parse_endpoint("rtu:/dev/ttyUSB0");
  weather.profile.function = RegisterFunction::kHolding;
  weather.profile.reading = ReadingKind::kWeather;
  std::uint16_t address = 0;
  for (const auto* quantity : {"wind_speed_m_s", "wind_direction_deg", "temperature_c", "humidity_percent", "pressure_hpa"}) {
    auto& field = weather.profile.fields.emplace_back();
    field.quantity = quantity;
    field.address = address;
    field.type = RegisterType::kF32;
    address = static_cast<std::uint16_t>(address + 2);
  }
  device.driver = weather;
  const auto plan = plan_of(device);
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].what, "unit 1, holding registers 0 to 9");
  EXPECT_EQ(plan[0].bytes, "01 03 00 00 00 0A C5 CD");  // devices.md 2
}

TEST(DevicePlan, OfACameraSaysThatNothingIsAsked) {
  DeviceSettings device;
  device.driver = AnprSettings{};
  const auto plan = plan_of(device);
  ASSERT_EQ(plan.size(), 1u);
  EXPECT_EQ(plan[0].when, "never");
  EXPECT_THAT(to_json(plan[0], false), HasSubstr("\"when\":\"never\""));
}

}  // namespace
}  // namespace exhaust::ctl
