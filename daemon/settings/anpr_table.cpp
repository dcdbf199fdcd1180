#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/settings/device_table.hpp"

namespace exhaust::settings {

namespace {

using namespace std::chrono_literals;
using Mode = AnprSettings::Mode;

constexpr std::array<std::string_view, 10> kColors{"blue",  "yellow",       "white",      "black",
                                                   "green", "yellow_green", "green_agri", "civil_aviation",
                                                   "other", "unknown"};

void read_listen(TableReader& table, AnprSettings& anpr) {
  std::string listen;
  table.require("listen", "HOST:PORT");
  table.text("listen", listen);
  const auto colon = listen.rfind(':');
  const auto port =
      colon == std::string::npos ? std::string_view{} : std::string_view(listen).substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), anpr.listen_port);
  const bool right =
      colon != std::string::npos && colon > 0 && error == std::errc{} && end == port.data() + port.size();
  if (right)
    anpr.listen_host = listen.substr(0, colon);
  else if (!listen.empty())
    table.mistake("listen", "expected HOST:PORT");
  table.duration("request_time", anpr.request_time, 1s, 120s);
  table.text("answer", anpr.answer);
}

void read_pull(TableReader& table, AnprSettings& anpr) {
  read_endpoint(table, "endpoint", anpr.endpoint);
  if (anpr.endpoint.kind != Endpoint::Kind::kTcp)
    table.mistake("endpoint", "a camera is reached by tcp:HOST:PORT");
  table.duration("heartbeat_limit", anpr.heartbeat_limit, 1s, 10min);
  table.duration("picture_wait", anpr.picture_wait, 10ms, 10s);
}

void read_json(TableReader& table, AnprSettings& anpr) {
  auto& json = anpr.json;
  table.require("plate_path", "where the plate stands in the JSON, like Picture.Plate.PlateNumber");
  table.text("plate_path", json.plate);
  table.text("color_path", json.color);
  table.text("confidence_path", json.confidence);
  table.number("confidence_scale", json.confidence_scale, 0.001, 1000);
  table.text("lane_path", json.lane);
  table.text("time_path", json.time);
  table.text("event_id_path", json.event_id);
  table.text("count_path", json.count);
  table.texts("picture_paths", json.pictures);
  table.texts("required", json.required);
  table.text("type_path", json.type);
  table.text("type_value", json.type_value);
  if (json.type.empty() != json.type_value.empty())
    table.mistake("type_path", "type_path and type_value go together");
  using enum AnprSettings::TimeFormat;
  table.word(
      "time_format", anpr.time_format,
      {{"rfc3339", kRfc3339}, {"unix_s", kUnixSeconds}, {"unix_ms", kUnixMilliseconds}, {"local", kLocal}});
  for (const auto* path : {&json.plate, &json.color, &json.confidence, &json.lane, &json.time, &json.event_id,
                           &json.count, &json.type}) {
    if (path->starts_with('.') || path->ends_with('.') || path->contains("..")) {
      table.mistake("plate_path", "'" + *path + "' is not a path like Picture.Plate.PlateNumber");
    }
  }
}

/// "+08:00"
void read_offset(TableReader& table, std::optional<std::chrono::minutes>& offset) {
  std::string text;
  table.text("utc_offset", text);
  if (text.empty()) return;
  const auto digits = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const bool form = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
                    std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) == 4;
  if (!form || digits(1) > 14 || digits(4) > 59)
    return table.mistake("utc_offset", "expected an offset like +08:00");
  const auto minutes = std::chrono::minutes{digits(1) * 60 + digits(4)};
  offset = text[0] == '-' ? -minutes : minutes;
}

void read_password(TableReader& table, AnprSettings& anpr) {
  table.text("user", anpr.user);
  table.text("password_file", anpr.password_file);
  table.flag("allow_basic", anpr.allow_basic);
  if (anpr.user.empty() != anpr.password_file.empty())
    table.mistake("user", "user and password_file go together");
  if (!anpr.password_file.empty() && !anpr.password_file.starts_with('/'))
    table.mistake("password_file", "expected an absolute path");
  if (anpr.user.contains(':')) table.mistake("user", "a user name has no colon");
}

void read_count_source(TableReader& table, AnprSettings& anpr) {
  const bool json = anpr.mode == Mode::kJson;
  if (!json) table.text("count_element", anpr.count_element);
  read_count(table, anpr.count);
  if (anpr.count != CountSource::kShared) return;
  if (json && anpr.json.count.empty())
    table.mistake("count", "count = \"shared\" needs count_path, where the number stands in the JSON");
  if (!json && anpr.count_element.empty()) {
    table.mistake("count",
                  "count = \"shared\" needs count_element, the name of the XML element with the number");
  }
}

}  // namespace

AnprSettings read_anpr(TableReader& table) {
  AnprSettings anpr;
  table.word("mode", anpr.mode, {{"isapi", Mode::kIsapi}, {"pull", Mode::kPull}, {"json", Mode::kJson}});
  if (anpr.mode == Mode::kPull) {
    anpr.path = "/ISAPI/Event/notification/alertStream";
    read_pull(table, anpr);
  } else {
    read_listen(table, anpr);
  }
  if (anpr.mode == Mode::kJson) read_json(table, anpr);
  table.text("path", anpr.path);
  if (!anpr.path.starts_with('/') || anpr.path.find_first_of(" \r\n\t") != std::string::npos) {
    table.mistake("path", "expected a path that begins with / and has no blanks");
  }
  read_password(table, anpr);
  read_count_source(table, anpr);
  using enum AnprSettings::TextCoding;
  table.word("text", anpr.text, {{"auto", kAuto}, {"utf-8", kUtf8}, {"gbk", kGbk}});
  read_offset(table, anpr.utc_offset);
  if (anpr.time_format == AnprSettings::TimeFormat::kLocal && !anpr.utc_offset) {
    table.mistake("time_format", "time_format = \"local\" needs utc_offset, like +08:00");
  }
  table.integer("picture_limit_bytes", anpr.picture_limit_bytes, 64 << 10, 8 << 20);
  table.table("lane_of_line", [&](TableReader& lanes) {
    for (const auto& [line, lane] : lanes.pairs()) {
      Lane number = 0;
      std::from_chars(lane.data(), lane.data() + lane.size(), number);
      if (number == 0) lanes.mistake(line, "expected the number of a lane");
      anpr.lane_of_line[line] = number;
    }
  });
  table.table("color_words", [&](TableReader& colors) {
    for (const auto& [word, color] : colors.pairs()) {
      if (std::ranges::find(kColors, color) == kColors.end()) {
        colors.mistake(word,
                       "'" + color +
                           "' is not one of: blue, yellow, white, black, green, yellow_green, green_agri, "
                           "civil_aviation, other, unknown");
      }
      anpr.color_words[word] = color;
    }
  });
  return anpr;
}

}  // namespace exhaust::settings
