#include "drivers/reading_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/device_settings.hpp"

namespace exhaust {
namespace {

const ReadingValue* find(const std::vector<ReadingValue>& values, std::string_view name) {
  const auto found = std::ranges::find(values, name, &ReadingValue::name);
  return found == values.end() ? nullptr : &*found;
}

TEST(ReadingValues, WhatWasNotMeasuredStaysNotMeasured) {
  Reading reading;
  PlumeReading plume;
  plume.co_per_co2 = -0.002;
  reading.body = plume;
  const auto values = values_of(reading);
  EXPECT_EQ(find(values, "co_per_co2")->number, -0.002);
  EXPECT_FALSE(find(values, "no_per_co2")->measured()) << "it is named all the same";
  EXPECT_EQ(find(values, "o2_percent"), nullptr) << "few devices have it";
  EXPECT_STREQ(kind_of(reading), "plume");
}

TEST(ReadingValues, EveryKindHasAName) {
  Reading reading;
  reading.body = BeamEvent{BeamEvent::Edge::kCleared};
  EXPECT_STREQ(kind_of(reading), "beam");
  EXPECT_EQ(values_of(reading)[0].text, "cleared");
  reading.body = SelfCheckReading{true, ""};
  EXPECT_STREQ(kind_of(reading), "self_check");
}

TEST(EndpointText, SaysWhereADeviceIs) {
  DeviceSettings device;
  ModbusSettings modbus;
  modbus.endpoint = *parse_endpoint("tcp:192.168.1.20:502");
  modbus.unit_id = 17;
  modbus.profile.name = "analyser";
  device.driver = modbus;
  EXPECT_EQ(endpoint_text(device), "tcp:192.168.1.20:502 unit 17");
  EXPECT_EQ(decoder_text(device), "analyser");
  AnprSettings camera;
  camera.listen_host = "0.0.0.0";
  camera.listen_port = 8090;
  device.driver = camera;
  EXPECT_EQ(endpoint_text(device), "listens on 0.0.0.0:8090/anpr");
  EXPECT_EQ(decoder_text(device), "");
}

}  // namespace
}  // namespace exhaust
