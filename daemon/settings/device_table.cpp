#include "daemon/settings/device_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/settings/settings.hpp"

namespace exhaust::settings {

namespace {

using namespace std::chrono_literals;

void read_endpoint(TableReader& table, std::string_view key, Endpoint& endpoint) {
  std::string text;
  table.require(key, "tcp:HOST:PORT or serial:/dev/serial/by-id/NAME?baud=9600");
  table.text(key, text);
  if (text.empty()) return;
  if (auto parsed = parse_endpoint(text)) endpoint = *parsed;
  else table.mistake(key, parsed.error().detail);
}

void read_count(TableReader& table, CountSource& count) {
  table.word("count", count, {{"none", CountSource::kNone}, {"shared", CountSource::kShared}});
}

ModbusSettings read_modbus(TableReader& table, const std::filesystem::path& folder) {
  ModbusSettings modbus;
  read_endpoint(table, "endpoint", modbus.endpoint);
  table.integer("unit_id", modbus.unit_id, 0, 255);
  read_count(table, modbus.count);
  std::string name;
  table.require("profile", "a register profile, like devices/analyser-history.toml");
  table.text("profile", name);
  if (name.empty()) return modbus;
  const auto file = find_file(name, folder);
  if (!file) {
    table.mistake("profile", file.error().detail);
  } else if (auto profile = read_profile(*file)) {
    modbus.profile = std::move(*profile);
  } else {
    table.mistake("profile", profile.error().detail);
  }
  return modbus;
}

AkSettings read_ak(TableReader& table) {
  static constexpr std::array<std::string_view, 6> kWords{"opacity_percent", "k_per_m", "ringelmann",
                                                          "vehicle_number",  "measurement_number", "-"};
  AkSettings ak;
  read_endpoint(table, "endpoint", ak.endpoint);
  table.text("channel", ak.channel);
  table.require("values", "the words of the answer, in order");
  table.texts("values", ak.values);
  for (const auto& value : ak.values) {
    if (std::ranges::find(kWords, value) == kWords.end()) {
      table.mistake("values", "'" + value + "' is not one of: opacity_percent, k_per_m, ringelmann, vehicle_number, "
                                            "measurement_number, - (skip)");
    }
  }
  const auto numbered = [](const std::string& value) { return value == "vehicle_number" || value == "measurement_number"; };
  if (!ak.values.empty() && std::ranges::none_of(ak.values, numbered)) {
    table.mistake("values", "one must be vehicle_number or measurement_number, or an old measurement could be taken for a new one");
  }
  table.flag("fetch_by_number", ak.fetch_by_number);
  read_count(table, ak.count);
  table.integer("dont_care", ak.dont_care, 0, 255);
  return ak;
}

FrameSettings read_frame(TableReader& table) {
  FrameSettings frame;
  read_endpoint(table, "endpoint", frame.endpoint);
  table.require("decoder", "stdbus-gate");
  table.text("decoder", frame.decoder);
  if (!frame.decoder.empty() && frame.decoder != "stdbus-gate") {
    table.mistake("decoder", "'" + frame.decoder + "' is not one of: stdbus-gate");
  }
  table.integer("host_address", frame.host_address, 0, 255);
  table.integer("board_address", frame.board_address, 0, 255);
  return frame;
}

AnprSettings read_anpr(TableReader& table) {
  AnprSettings anpr;
  std::string listen;
  table.require("listen", "HOST:PORT");
  table.text("listen", listen);
  if (const auto colon = listen.rfind(':'); colon != std::string::npos && colon > 0) {
    anpr.listen_host = listen.substr(0, colon);
    const auto port = std::string_view(listen).substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), anpr.listen_port);
    if (error != std::errc{} || end != port.data() + port.size()) table.mistake("listen", "expected HOST:PORT");
  } else if (!listen.empty()) {
    table.mistake("listen", "expected HOST:PORT");
  }
  table.text("path", anpr.path);
  if (!anpr.path.starts_with('/')) table.mistake("path", "expected a path that begins with /");
  table.text("count_element", anpr.count_element);
  read_count(table, anpr.count);
  if (anpr.count == CountSource::kShared && anpr.count_element.empty()) {
    table.mistake("count", "count = \"shared\" needs count_element, the name of the XML element with the number");
  }
  table.table("lane_of_line", [&](TableReader& lanes) {
    for (const auto& [line, lane] : lanes.pairs()) {
      Lane number = 0;
      std::from_chars(lane.data(), lane.data() + lane.size(), number);
      if (number == 0) lanes.mistake(line, "expected the number of a lane");
      anpr.lane_of_line[line] = number;
    }
  });
  table.table("color_words", [&](TableReader& colors) {
    for (const auto& [word, color] : colors.pairs()) anpr.color_words[word] = color;
  });
  return anpr;
}

}  // namespace

void read_device(TableReader& table, const std::filesystem::path& folder, DeviceSettings& device) {
  std::string driver;
  table.require("driver", "modbus, ak, frame or anpr");
  table.text("driver", driver);
  table.integer("lane", device.lane, 0, 64);
  table.duration("period", device.period, 10ms, 1h);
  table.duration("response_timeout", device.response_timeout, 10ms, 60s);
  table.duration("backoff_first", device.backoff_first, 10ms, 1h);
  table.duration("backoff_most", device.backoff_most, 10ms, 24h);
  table.text("model", device.model);
  table.text("maker", device.maker);
  table.text("verification_expires", device.verification_expires);
  if (driver == "modbus") device.driver = read_modbus(table, folder);
  else if (driver == "ak") device.driver = read_ak(table);
  else if (driver == "frame") device.driver = read_frame(table);
  else if (driver == "anpr") device.driver = read_anpr(table);
  else if (!driver.empty()) table.mistake("driver", "'" + driver + "' is not one of: modbus, ak, frame, anpr");

  // Weather is everybody's, and a camera names the lane itself; anything else belongs to one lane.
  const auto* modbus = std::get_if<ModbusSettings>(&device.driver);
  const bool of_one_lane = driver == "ak" || driver == "frame" ||
                           (driver == "modbus" && modbus != nullptr && modbus->profile.reading != ModbusProfile::Reading::kWeather);
  if (of_one_lane) table.require("lane", "the lane that this device measures");
}

}  // namespace exhaust::settings
