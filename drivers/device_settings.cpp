#include "drivers/device_settings.hpp"

#include <array>

namespace exhaust {

namespace {

struct Gives {
  std::set<ReadingKind> operator()(const ModbusSettings& modbus) const { return {modbus.profile.reading}; }
  std::set<ReadingKind> operator()(const AkSettings& ak) const { return {ak.reading}; }
  std::set<ReadingKind> operator()(const FrameSettings& frame) const { return gives(frame); }
  std::set<ReadingKind> operator()(const AnprSettings&) const { return {ReadingKind::kPlate}; }
  std::set<ReadingKind> operator()(const Mq007Settings&) const {
    return {ReadingKind::kPlume, ReadingKind::kSmoke, ReadingKind::kSpeed};
  }
};

}  // namespace

const char* driver_name(const DeviceSettings& device) {
  static constexpr std::array kNames{"modbus", "ak", "frame", "anpr", "mq007"};
  return kNames[device.driver.index()];
}

std::set<ReadingKind> gives(const DeviceSettings& device) { return std::visit(Gives{}, device.driver); }

}  // namespace exhaust
