#include "drivers/device_settings.hpp"

#include <array>

namespace exhaust {

const char* driver_name(const DeviceSettings& device) {
  static constexpr std::array kNames{"modbus", "ak", "frame", "anpr", "mq007"};
  return kNames[device.driver.index()];
}

}  // namespace exhaust
