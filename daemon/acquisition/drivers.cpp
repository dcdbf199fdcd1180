#include "daemon/acquisition/drivers.hpp"

#include "drivers/ak/driver.hpp"
#include "drivers/anpr/driver.hpp"
#include "drivers/frame/driver.hpp"
#include "drivers/modbus/driver.hpp"
#include "drivers/mq007/driver.hpp"

namespace exhaust::acquisition {

std::unique_ptr<Driver> make_driver(DriverContext context, const DeviceSettings& device, modbus::BusTable& buses) {
  struct Make {
    DriverContext& context;
    const DeviceSettings& device;
    modbus::BusTable& buses;
    std::unique_ptr<Driver> operator()(const ModbusSettings&) const { return make_modbus_driver(context, device, buses); }
    std::unique_ptr<Driver> operator()(const AkSettings&) const { return make_ak_driver(context, device); }
    std::unique_ptr<Driver> operator()(const FrameSettings&) const { return make_frame_driver(context, device); }
    std::unique_ptr<Driver> operator()(const AnprSettings&) const { return make_anpr_driver(context, device); }
    std::unique_ptr<Driver> operator()(const Mq007Settings&) const { return make_mq007_driver(context, device); }
  };
  return std::visit(Make{context, device, buses}, device.driver);
}

Decode decode_of(const DeviceSettings& device) {
  struct Decoder {
    Decode operator()(const ModbusSettings&) const { return &decode_modbus; }
    Decode operator()(const AkSettings&) const { return &decode_ak; }
    Decode operator()(const FrameSettings&) const { return &decode_frame; }
    Decode operator()(const AnprSettings&) const { return &decode_anpr; }
    Decode operator()(const Mq007Settings&) const { return &decode_mq007; }
  };
  return std::visit(Decoder{}, device.driver);
}

}  // namespace exhaust::acquisition
