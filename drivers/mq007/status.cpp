#include "drivers/mq007/status.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "daemon/core/plate.hpp"
#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {

namespace {

constexpr std::int32_t kWorkModes = 5;
constexpr std::size_t kPaddingEnd = 4, kTextAt = 8, kTextBytes = 100;

std::string shown(std::chrono::local_time<std::chrono::milliseconds> time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

}  // namespace

const char* to_string(WorkMode mode) {
  switch (mode) {
    case WorkMode::kTesting: return "testing";
    case WorkMode::kRealTime: return "real_time";
    case WorkMode::kCalibrating: return "calibrating";
    case WorkMode::kPreheating: return "preheating";
    case WorkMode::kStandby: return "standby";
  }
  return "unknown";
}

Result<UnitStatus> decode_status(ByteView data) {
  QtReader reader(data);
  UnitStatus status;
  status.opacity_counts = reader.i32_list();
  status.ultraviolet_points = reader.skip_list(4);
  status.infrared_points = reader.skip_list(4);
  reader.skip_list(4);  // the infrared channel's raw signal
  const auto mode = reader.i32();
  status.work_mode = static_cast<WorkMode>(mode);
  status.infrared = reader.i32();
  status.ultraviolet = reader.i32();
  status.green = reader.i32();
  status.seconds_since_start = reader.i32();
  status.seconds_since_calibration = reader.i32();
  status.software_version = reader.text();
  status.address = reader.text();
  status.name = reader.text();
  status.infrared_connected = reader.flag();
  status.ultraviolet_connected = reader.flag();
  status.green_connected = reader.flag();
  if (!reader.finished()) return fail(ErrorKind::kBadFrame, "a status of another layout");
  if (mode < 0 || mode >= kWorkModes) return fail(ErrorKind::kBadFrame, "work mode " + std::to_string(mode));
  return status;
}

Bytes encode_status(const UnitStatus& status) {
  QtWriter writer;
  writer.i32_list(status.opacity_counts);
  writer.f32_list(std::vector<float>(status.ultraviolet_points));
  writer.i32_list(std::vector<std::int32_t>(status.infrared_points));
  writer.i32_list(std::vector<std::int32_t>(status.infrared_points));
  writer.i32(static_cast<std::int32_t>(status.work_mode));
  writer.i32(status.infrared);
  writer.i32(status.ultraviolet);
  writer.i32(status.green);
  writer.i32(status.seconds_since_start);
  writer.i32(status.seconds_since_calibration);
  writer.text(status.software_version);
  writer.text(status.address);
  writer.text(status.name);
  writer.flag(status.infrared_connected);
  writer.flag(status.ultraviolet_connected);
  writer.flag(status.green_connected);
  return writer.bytes();
}

Result<CalibrationStatus> decode_calibration_status(ByteView data) {
  if (data.size() != kTextAt + kTextBytes) {
    return fail(ErrorKind::kBadFrame, "a calibration status of " + std::to_string(data.size()) + " bytes");
  }
  if (data[0] > 1 || data[1] > 1) return fail(ErrorKind::kBadFrame, "a calibration status without flags");
  CalibrationStatus status;
  status.finished = data[0] == 1;
  status.succeeded = data[1] == 1;
  std::uint32_t percent = 0;
  for (std::size_t i = 0; i < 4; ++i) percent |= std::uint32_t{data[kPaddingEnd + i]} << (8 * i);
  status.percent = static_cast<std::int32_t>(percent);
  const auto text = as_text(data.subspan(kTextAt));
  status.text = recordable_text(text.substr(0, text.find('\0')));
  return status;
}

Bytes encode_calibration_status(const CalibrationStatus& status) {
  Bytes bytes(kTextAt + kTextBytes);
  bytes[0] = status.finished ? 1 : 0;
  bytes[1] = status.succeeded ? 1 : 0;
  const auto percent = static_cast<std::uint32_t>(status.percent);
  for (std::size_t i = 0; i < 4; ++i) bytes[kPaddingEnd + i] = static_cast<std::uint8_t>(percent >> (8 * i));
  std::copy_n(status.text.begin(), std::min(status.text.size(), kTextBytes - 1), bytes.begin() + kTextAt);
  return bytes;
}

Result<CalibrationData> decode_calibration_data(ByteView data) {
  QtReader reader(data);
  for (int list = 0; list < 10; ++list) reader.skip_list(4);  // curves, spectra, channels
  reader.skip_list(8);                                        // points of the NO compensation
  for (int value = 0; value < 7; ++value) reader.f32();       // factory values, absorbances, peaks
  CalibrationData calibration;
  calibration.hc = reader.f32();
  calibration.no = reader.f32();
  calibration.co = reader.f32();
  calibration.co2 = reader.f32();
  reader.f32();
  reader.i32();
  reader.i32();
  calibration.calibrated_at = shown(reader.local_time());
  calibration.text = reader.text();
  if (!reader.finished()) return fail(ErrorKind::kBadFrame, "calibration data of another layout");
  return calibration;
}

}  // namespace exhaust::mq007
