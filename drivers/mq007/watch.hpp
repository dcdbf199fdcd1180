#pragma once

#include <optional>
#include <vector>

#include "drivers/driver.hpp"
#include "drivers/mq007/status.hpp"

namespace exhaust::mq007 {

/// Turns what the unit says of itself, over and over, into notices of what has changed. Survives reconnecting: a change
/// that happened meanwhile is told as well. Pure.
///
/// Words: identity, work_mode, module, intensity, restarted, calibration.
class Watch {
 public:
  using Notices = std::vector<DeviceNotice>;

  explicit Watch(const Mq007Settings& settings)
      : infrared_{.name = "infrared", .least = settings.least_infrared},
        ultraviolet_{.name = "ultraviolet", .least = settings.least_ultraviolet},
        green_{.name = "green", .least = settings.least_green} {}

  Notices look(const UnitStatus& status);
  Notices look(const CalibrationStatus& status);
  Notices look(const CalibrationData& data);

  /// A result counts only in this mode; before the unit has said its mode it is taken to be testing.
  bool testing() const { return !last_ || last_->work_mode == WorkMode::kTesting; }

 private:
  /// One of the three light sources.
  struct Channel {
    const char* name;
    std::int32_t least;
    bool connected = true;
    bool weak = false;
  };
  static void look(Channel& channel, bool connected, std::int32_t light, Notices& notices);

  std::optional<UnitStatus> last_;
  std::optional<CalibrationData> calibration_;
  bool calibrating_ = false;
  Channel infrared_, ultraviolet_, green_;
};

}  // namespace exhaust::mq007
