#include "daemon/ctl/device_text.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/core/bytes.hpp"
#include "daemon/core/time.hpp"
#include "drivers/reading_values.hpp"

namespace exhaust::ctl {

namespace {

using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr std::size_t kMostShownBytes = 64;

/// Ends of names that say the unit.
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kUnitEnds{{{"m/s2", "_m_s2"},
                                                                                   {"m/s", "_m_s"},
                                                                                   {"km/h", "_km_h"},
                                                                                   {"mm/h", "_mm_h"},
                                                                                   {"1/m", "_per_m"},
                                                                                   {"%", "_percent"},
                                                                                   {"ppm", "_ppm"},
                                                                                   {"deg", "_deg"},
                                                                                   {"degC", "_c"},
                                                                                   {"hPa", "_hpa"},
                                                                                   {"m", "_m"}}};

std::string n(std::uint64_t value) { return std::to_string(value); }

std::string milliseconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1000);
  return text;
}

double seconds_between(const Timestamp& then, const Timestamp& now) {
  return static_cast<double>(TimeUtil::TimestampToMicroseconds(now) - TimeUtil::TimestampToMicroseconds(then)) / 1e6;
}

std::string for_how_long(const Timestamp& since, const Timestamp& now) {
  return since.seconds() == 0 ? "-" : stretch_of_time(std::max(0.0, seconds_between(since, now)));
}

std::string clock_words(const v1::DeviceClock& clock) {
  if (std::abs(clock.offset_s()) < 0.05) return "agrees";
  return stretch_of_time(std::abs(clock.offset_s())) + (clock.offset_s() < 0 ? " behind" : " ahead");
}

std::string counts(const google::protobuf::RepeatedPtrField<v1::Count>& all) {
  std::string text;
  for (const auto& count : all) text += (text.empty() ? "" : ", ") + count.name() + " " + n(count.count());
  return text;
}

Line value_line(std::string_view name, std::string_view unit, std::optional<double> number, const std::string& text) {
  if (number) return {label_of(name, unit), shown_number(*number), std::string(unit)};
  return {label_of(name, unit), text.empty() ? "not measured" : text, ""};
}

/// "plume, lane 1, vehicle 1207".
std::string what(std::string_view kind, Lane lane, std::optional<std::uint64_t> count) {
  return std::string(kind) + (lane == 0 ? "" : ", lane " + std::to_string(lane)) + (count ? ", vehicle " + n(*count) : "");
}

}  // namespace

std::string ago(const Timestamp& then, const Timestamp& now) {
  if (then.seconds() == 0) return "never";
  const double seconds = seconds_between(then, now);
  return seconds < 0.05 ? "now" : stretch_of_time(seconds) + " ago";
}

std::string shown_number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", number);
  return text;
}

std::string label_of(std::string_view name, std::string_view unit) {
  for (const auto& [its_unit, end] : kUnitEnds) {
    if (unit == its_unit && name.ends_with(end)) name.remove_suffix(end.size());
  }
  std::string label(name);
  std::ranges::replace(label, '_', ' ');
  return label;
}

Line device_list_head() { return {"NAME", "DRIVER", "LANE", "STATE", "SINCE", "LAST READING", "READINGS", "ERRORS", "MISSED", "CLOCK", "DETAIL"}; }

Line device_list_line(const v1::DeviceStatus& device, const Timestamp& now) {
  auto clock = device.has_device_clock() ? clock_words(device.device_clock()) : "-";
  if (device.device_clock().off()) clock += " (off)";
  return {device.name(),
          device.driver(),
          device.lane() == 0 ? "-" : n(device.lane()),
          device.state(),
          for_how_long(device.state_since(), now),
          ago(device.last_reading(), now),
          n(device.readings()),
          n(device.errors()),
          n(device.missed_beats()),
          clock,
          device.detail()};
}

std::vector<std::pair<std::string, std::string>> device_lines(const v1::DeviceStatus& device, const Timestamp& now) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto say = [&](const char* name, std::string value) {
    if (!value.empty()) lines.emplace_back(name, std::move(value));
  };
  say("driver", device.driver() + (device.decoder().empty() ? "" : ", " + device.decoder()));
  say("endpoint", device.endpoint());
  say("lane", device.lane() == 0 ? "whole station" : n(device.lane()));
  say("model", device.model() + (device.maker().empty() ? "" : (device.model().empty() ? "" : ", ") + device.maker()));
  say("verified until", device.verification_expires());
  say("state", device.state() + " for " + for_how_long(device.state_since(), now) + (device.detail().empty() ? "" : ": " + device.detail()));
  if (device.backoff_s() > 0) {
    say("next try", "in " + stretch_of_time(std::max(0.0, seconds_between(now, device.next_try()))) + " (pause of " + stretch_of_time(device.backoff_s()) + ")");
  }
  say("last good poll", ago(device.last_good_poll(), now));
  say("polls", n(device.polls()) + ", one each " + stretch_of_time(device.period_s()) + "; " + n(device.missed_beats()) + " beats missed");
  const auto& times = device.poll_times();
  if (times.has_median_s()) say("poll time", "median " + milliseconds(times.median_s()) + ", 99 of 100 within " + milliseconds(times.p99_s()));
  say("errors", n(device.errors()) + " failed polls and openings");
  say("openings", n(device.openings()));
  say("state changes", n(device.state_changes()) + (device.withheld_changes() == 0 ? "" : ", " + n(device.withheld_changes()) + " of them too many to be stored"));
  if (device.notices() > 0) {
    say("notices", n(device.notices()) + (device.withheld_notices() == 0 ? "" : ", " + n(device.withheld_notices()) + " of them too many to be stored"));
  }
  if (device.overdue_calls() > 0) say("overdue calls", n(device.overdue_calls()) + ": the driver did not come back in time");
  if (device.driver_failures() > 0) say("driver failures", n(device.driver_failures()) + ": mistakes in the program; see the journal");
  if (device.has_device_clock()) {
    const auto& clock = device.device_clock();
    auto words = clock_words(clock) + (clock.off() ? ": OFF, beyond " : "; off beyond ") + stretch_of_time(clock.limit_s());
    if (clock.has_drift_s_per_day()) {
      char drift[64];
      std::snprintf(drift, sizeof drift, "; %s %.1f s a day", clock.drift_s_per_day() < 0 ? "loses" : "gains", std::abs(clock.drift_s_per_day()));
      words += drift;
    }
    say("clock", words);
  }
  say("counters", counts(device.counters()));
  say("readings", n(device.readings()) + (device.readings_by_kind_size() == 0 ? "" : ": " + counts(device.readings_by_kind())));
  if (device.has_last()) {
    const auto& last = device.last();
    say("last reading", ago(last.arrived(), now) + ": " + what(last.kind(), last.lane(), last.has_vehicle_number() ? std::optional(last.vehicle_number()) : std::nullopt));
  }
  return lines;
}

std::vector<Line> value_lines(const v1::LastReading& reading) {
  std::vector<Line> lines;
  for (const auto& value : reading.values()) {
    lines.push_back(value_line(value.name(), value.unit(), value.has_number() ? std::optional(value.number()) : std::nullopt, value.text()));
  }
  return lines;
}

std::vector<Line> value_lines(const Reading& reading) {
  std::vector<Line> lines;
  for (const auto& value : values_of(reading)) lines.push_back(value_line(value.name, value.unit, value.number, value.text));
  return lines;
}

std::string reading_title(const Reading& reading) {
  auto time = to_rfc3339(reading.arrived);
  time.replace(23, std::string::npos, "Z");
  return time + "  " + reading.device + ": " + what(kind_of(reading), reading.lane, reading.count) +
         (reading.device_time ? ", its clock says " + to_rfc3339(*reading.device_time).substr(0, 19) + "Z" : "");
}

std::string reading_json(const Reading& reading, bool pretty) {
  nlohmann::ordered_json json{{"arrived", to_rfc3339(reading.arrived)}, {"device", reading.device}, {"lane", reading.lane}, {"kind", kind_of(reading)}};
  if (reading.count) json["vehicle_number"] = *reading.count;
  if (reading.device_time) json["device_time"] = to_rfc3339(*reading.device_time);
  if (reading.frame_sha256) json["frame_sha256"] = to_hex(*reading.frame_sha256);
  auto& values = json["values"] = nlohmann::ordered_json::object();
  for (const auto& value : values_of(reading)) {
    const std::string name(value.name);
    if (!value.measured()) continue;
    if (value.number) values[name] = *value.number;
    else if (!values.contains(name)) values[name] = value.text;
    else values[name] = values[name].get<std::string>() + "; " + value.text;
  }
  return json.dump(pretty ? 2 : -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string frame_line(const Frame& frame) {
  static constexpr std::string_view kMarks = "?><x=";  // by Frame::Kind
  const auto shown = frame.bytes.first(std::min(frame.bytes.size(), kMostShownBytes));
  const auto mark = std::min<std::size_t>(static_cast<std::size_t>(frame.kind), kMarks.size() - 1);
  std::string line = to_rfc3339(frame.arrived).substr(11, 12) + ' ' + kMarks[mark];
  char byte[4];
  for (const auto value : shown) {
    std::snprintf(byte, sizeof byte, " %02X", value);
    line += byte;
  }
  if (shown.size() < frame.bytes.size()) line += " ... " + std::to_string(frame.bytes.size()) + " bytes";
  return line;
}

}  // namespace exhaust::ctl
