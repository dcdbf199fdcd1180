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
  unsigned degraded_after = 2;                     ///< polls that failed in a row
  unsigned down_after = 5;                         ///< the same; then the device is also opened afresh
  Duration clock_offset_limit{std::chrono::seconds{2}};  ///< [A] beyond it the device's clock is said to be off
  std::string model, maker, verification_expires;
  std::variant<ModbusSettings, AkSettings, FrameSettings, AnprSettings, Mq007Settings> driver;
};

/// "modbus", "ak", "frame", "anpr", "mq007".
const char* driver_name(const DeviceSettings& device);
/// Where the device is, for people: its endpoint, with the unit id where there is one; or where we listen for it.
std::string endpoint_text(const DeviceSettings& device);
/// What makes sense of its bytes, for people: the profile's or the decoder's name; empty where there is no choice.
std::string decoder_text(const DeviceSettings& device);

/// The kinds of reading that a device can give, by its settings alone.
std::set<ReadingKind> gives(const DeviceSettings& device);

}  // namespace exhaust
