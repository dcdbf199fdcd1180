#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"

namespace exhaust::mq007 {

enum class WorkMode : std::int32_t { kTesting = 0, kRealTime = 1, kCalibrating = 2, kPreheating = 3, kStandby = 4 };
/// "testing", "real_time", "calibrating", "preheating", "standby".
const char* to_string(WorkMode mode);

/// What the unit says of itself about once a second.
struct UnitStatus {
  std::vector<std::int32_t> opacity_counts;  ///< of the ten smoke channels
  std::uint32_t ultraviolet_points = 0, infrared_points = 0;  ///< of the spectra in the message
  WorkMode work_mode = WorkMode::kTesting;
  std::int32_t infrared = 0, ultraviolet = 0, green = 0;  ///< light, in counts
  std::int32_t seconds_since_start = 0, seconds_since_calibration = 0;
  std::string software_version, address, name;
  bool infrared_connected = false, ultraviolet_connected = false, green_connected = false;

  bool operator==(const UnitStatus&) const = default;
};

/// Data of a type 14 message. Builds differ in what they say; one that says anything else than the above, or anything
/// more, is not guessed at. Error: kBadFrame.
Result<UnitStatus> decode_status(ByteView data);
/// With spectra of so many points, all 0.
Bytes encode_status(const UnitStatus& status);

/// Data of a type 1A message: how far a calibration is.
struct CalibrationStatus {
  bool finished = false;
  bool succeeded = false;
  std::int32_t percent = 0;
  std::string text;  ///< for a person; UTF-8, or "hex:" and its bytes

  bool operator==(const CalibrationStatus&) const = default;
};
/// 108 bytes: two flags, two of padding, little-endian i32, 100 characters ended by a 0. Error: kBadFrame.
Result<CalibrationStatus> decode_calibration_status(ByteView data);
Bytes encode_calibration_status(const CalibrationStatus& status);

/// What matters of a type 1B message, the data of the last calibration. In the unit's own units.
struct CalibrationData {
  float hc = 0, no = 0, co = 0, co2 = 0;  ///< of the gas
  std::string calibrated_at;              ///< "2026-11-23 10:02:11" by the unit's clock
  std::string text;

  bool operator==(const CalibrationData&) const = default;
};
/// Error: kBadFrame.
Result<CalibrationData> decode_calibration_data(ByteView data);

}  // namespace exhaust::mq007
