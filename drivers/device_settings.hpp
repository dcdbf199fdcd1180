#pragma once

#include <set>
#include <string>
#include <variant>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"
#include "drivers/ak_settings.hpp"
#include "drivers/anpr_settings.hpp"
#include "drivers/frame_settings.hpp"
#include "drivers/modbus_settings.hpp"
#include "drivers/mq007_settings.hpp"
#include "drivers/reading_kind.hpp"

/// What the settings say of devices, as plain checked values: one struct for each driver, in a header of its own. The
/// settings module fills these in; drivers read them.
namespace exhaust {

struct DeviceSettings {
  std::string name;
  Lane lane = 0;                                   ///< 0: the whole station, or several lanes
  Duration period{std::chrono::seconds{1}};        ///< 50 ms to 1 h before time scaling
  Duration response_timeout{std::chrono::milliseconds{500}};
  Duration backoff_first{std::chrono::seconds{1}};
  Duration backoff_most{std::chrono::seconds{30}};
  std::string model, maker, verification_expires;
  std::variant<ModbusSettings, AkSettings, FrameSettings, AnprSettings, Mq007Settings> driver;
};

/// "modbus", "ak", "frame", "anpr", "mq007".
const char* driver_name(const DeviceSettings& device);

/// The kinds of reading that a device can give, by its settings alone.
std::set<ReadingKind> gives(const DeviceSettings& device);

}  // namespace exhaust
