#include "daemon/settings/device_table.hpp"

#include <algorithm>

namespace exhaust::settings {

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

void read_device(TableReader& table, FileSource& files, DeviceSettings& device) {
  std::string driver;
  table.require("driver", "modbus, ak, frame, anpr or mq007");
  table.text("driver", driver);
  table.integer("lane", device.lane, 0, 64);
  table.duration("period", device.period, 10ms, 1h);
  table.duration("response_timeout", device.response_timeout, 10ms, 60s);
  table.duration("backoff_first", device.backoff_first, 10ms, 1h);
  table.duration("backoff_most", device.backoff_most, 10ms, 24h);
  table.integer("degraded_after", device.degraded_after, 1, 1000);
  table.integer("down_after", device.down_after, 1, 1000);
  if (device.down_after < device.degraded_after) table.mistake("down_after", "expected no less than degraded_after");
  table.duration("clock_offset_limit", device.clock_offset_limit, 100ms, 24h);
  table.text("model", device.model);
  table.text("maker", device.maker);
  table.text("verification_expires", device.verification_expires);
  if (driver == "modbus") device.driver = read_modbus(table, files);
  else if (driver == "ak") device.driver = read_ak(table);
  else if (driver == "frame") device.driver = read_frame(table);
  else if (driver == "anpr") device.driver = read_anpr(table);
  else if (driver == "mq007") device.driver = read_mq007(table);
  else if (!driver.empty()) return table.mistake("driver", "'" + driver + "' is not one of: modbus, ak, frame, anpr, mq007");

  // An AK device may think for a second (devices.md 1).
  if (driver == "ak" && !table.has("response_timeout")) device.response_timeout = 1s;

  // Weather is everybody's, and a camera names the lane itself; anything else belongs to one lane.
  const auto kinds = gives(device);
  const auto of_one_lane = [](ReadingKind kind) { return kind != ReadingKind::kWeather && kind != ReadingKind::kPlate; };
  if (!driver.empty() && std::ranges::any_of(kinds, of_one_lane)) table.require("lane", "the lane that this device measures");
}

}  // namespace exhaust::settings
