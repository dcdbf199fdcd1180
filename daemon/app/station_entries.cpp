#include "daemon/app/station_entries.hpp"

#include <algorithm>

#include "daemon/core/digest.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::app {

namespace {

v1::StationInfo station_info(const settings::Settings& settings) {
  v1::StationInfo info;
  info.set_station_id(settings.station.id);
  info.set_name(settings.station.name);
  if (settings.station.longitude_deg) info.set_longitude_deg(*settings.station.longitude_deg);
  if (settings.station.latitude_deg) info.set_latitude_deg(*settings.station.latitude_deg);
  info.set_lanes(static_cast<std::uint32_t>(settings.lanes.size()));
  return info;
}

v1::LineInfo line_info(const settings::Settings& settings, const assembly::LaneSettings& lane) {
  v1::LineInfo info;
  info.set_line(lane.line);
  info.set_lane(lane.lane);
  info.set_slope_deg(lane.slope_deg);
  for (const auto& device : settings.devices) {
    if (device.lane != 0 && device.lane != lane.lane) continue;
    auto& named = *info.add_devices();
    named.set_name(device.name);
    named.set_driver(driver_name(device));
    named.set_model(device.model);
    named.set_maker(device.maker);
    named.set_verification_expires(device.verification_expires);
  }
  return info;
}

std::string bytes_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

std::vector<ledger::Draft> start_entries(const settings::Settings& settings, const ledger::Ledger& ledger, WallTime now) {
  std::vector<ledger::Draft> drafts;
  const auto marks = ledger.marks();
  const auto say = [&](std::uint32_t kind, const google::protobuf::Message& body) {
    drafts.push_back({kind, now.time_since_epoch().count(), body.SerializeAsString(), {}});
  };
  const auto say_if_new = [&](const std::string& name, std::uint32_t kind, const google::protobuf::Message& body) {
    const auto hash = to_hex(sha256(as_bytes(body.SerializeAsString())));
    if (const auto said = marks.find("said." + name); said != marks.end() && said->second == hash) return;
    say(kind, body);
    drafts.back().marks["said." + name] = hash;
  };

  if (const auto own = ledger.chain(ledger.own_chain()->key); !own || own->last == 0) {
    v1::LedgerStarted started;
    started.set_reason("new");
    started.set_version(EXHAUST_VERSION);
    say(v1::Entry::ledger_started, started);
  }
  v1::DeviceEvent up;
  up.set_device("exhaustd");
  up.set_state("up");
  up.set_detail("version " EXHAUST_VERSION " started");
  say(v1::Entry::device_event, up);
  say_if_new("station", v1::Entry::station_info, station_info(settings));
  for (const auto& lane : settings.lanes) say_if_new("line." + lane.line + "." + std::to_string(lane.lane), v1::Entry::line_info, line_info(settings, lane));
  const auto snapshot = [&](const std::string& name, const std::string& text) {
    v1::SettingsSnapshot body;
    body.set_name(name);
    body.set_text(text);
    body.set_sha256(bytes_of(sha256(as_bytes(text))));
    return body;
  };
  say_if_new("settings", v1::Entry::settings_snapshot, snapshot(settings.file.filename().string(), settings.text));
  const auto is_standard = [&](const std::string& text) {
    return std::ranges::any_of(settings.standards.all(), [&](const auto& standard) { return standard.text == text; });
  };
  for (const auto& file : settings.files) {
    if (is_standard(file.text)) continue;  // an entry of its own kind
    // A mark's name is a word; a file's may be anything.
    say_if_new("settings." + to_hex(sha256(as_bytes(file.name))).substr(0, 16), v1::Entry::settings_snapshot, snapshot(file.name, file.text));
  }
  // Said once for each text: records name it by its hash. Which ones are in force, the settings say.
  for (const auto& standard : settings.standards.all()) {
    v1::StandardText text;
    text.set_id(standard.id);
    text.set_text(standard.text);
    text.set_sha256(bytes_of(standard.hash));
    say_if_new("standard." + to_hex(standard.hash).substr(0, 16), v1::Entry::standard_text, text);
  }
  return drafts;
}

}  // namespace exhaust::app
