#include "drivers/anpr/driver.hpp"

#include "drivers/anpr/listener.hpp"
#include "drivers/anpr/puller.hpp"

namespace exhaust {

std::unique_ptr<Driver> make_anpr_driver(DriverContext context, const DeviceSettings& device) {
  if (std::get<AnprSettings>(device.driver).mode == AnprSettings::Mode::kPull) {
    return std::make_unique<anpr::AlertPuller>(std::move(context), device);
  }
  return std::make_unique<anpr::AnprListener>(std::move(context), device);
}

}  // namespace exhaust
