#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/frame.hpp"
#include "drivers/reading.hpp"
#include "exhaust/v1/station.pb.h"

/// Devices and readings as a technician reads them. Pure.
namespace exhaust::ctl {

using Line = std::vector<std::string>;  ///< cells of one row

/// "12 s ago", "never"; `then` after `now` (clocks of two machines) is "now".
std::string ago(const google::protobuf::Timestamp& then, const google::protobuf::Timestamp& now);

/// Six digits, without zeros at the end: 25.5, 0.00132, 1013.25.
std::string shown_number(double number);
/// "wind speed" of wind_speed_m_s: the unit has a column of its own.
std::string label_of(std::string_view name, std::string_view unit);

Line device_list_head();
Line device_list_line(const v1::DeviceStatus& device, const google::protobuf::Timestamp& now);

/// Everything of one device: name and value.
std::vector<std::pair<std::string, std::string>> device_lines(const v1::DeviceStatus& device, const google::protobuf::Timestamp& now);
/// Value lines of a reading: label, value, unit; "not measured" where the device gave none.
std::vector<Line> value_lines(const v1::LastReading& reading);
std::vector<Line> value_lines(const Reading& reading);

/// "2026-11-23T10:02:11.123Z  analyser-1: plume, lane 1, vehicle 1207".
std::string reading_title(const Reading& reading);
/// {"arrived": ..., "device": ..., "kind": ..., "values": {"wind_speed_m_s": 3.25}}. What was not measured is absent.
std::string reading_json(const Reading& reading, bool pretty);

/// "10:02:11.123 > 01 03 00 00": > sent, < received, = a measurement, x dropped; long frames are cut.
std::string frame_line(const Frame& frame);

}  // namespace exhaust::ctl
