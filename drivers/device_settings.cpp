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

std::string endpoint_text(const DeviceSettings& device) {
  return std::visit(
      [](const auto& driver) -> std::string {
        if constexpr (requires { driver.listen_host; }) {
          if (driver.listen_port != 0) return "listens on " + driver.listen_host + ":" + std::to_string(driver.listen_port) + driver.path;
        }
        if constexpr (requires { driver.unit_id; }) {
          return to_string(driver.endpoint) + " unit " + std::to_string(driver.unit_id);
        } else if constexpr (requires { driver.endpoint.has_value(); }) {
          return driver.endpoint ? to_string(*driver.endpoint) : "found by its answer to a broadcast";
        } else if constexpr (requires { driver.endpoint; }) {
          return to_string(driver.endpoint);
        } else {
          return "";
        }
      },
      device.driver);
}

std::string decoder_text(const DeviceSettings& device) {
  return std::visit(
      [](const auto& driver) -> std::string {
        if constexpr (requires { driver.profile.name; }) return driver.profile.name;
        else if constexpr (requires { driver.decoder; }) return driver.decoder;
        else if constexpr (requires { driver.channel; }) return "AKON " + driver.channel;
        else return "";
      },
      device.driver);
}

}  // namespace exhaust
