#include "daemon/settings/settings.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "daemon/settings/device_table.hpp"
#include "daemon/settings/file_source.hpp"
#include "daemon/settings/quality_table.hpp"
#include "daemon/settings/standard_file.hpp"
#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

namespace {

using namespace std::chrono_literals;

void read_station(TableReader& table, StationSettings& station) {
  table.require("id", "the station number (dwbh), like A110119001");
  table.text("id", station.id);
  if (const auto id = check_station_id(station.id); !id && table.has("id")) table.mistake("id", id.error().detail);
  table.text("name", station.name);
  table.number("longitude_deg", station.longitude_deg, -180, 180);
  table.number("latitude_deg", station.latitude_deg, -90, 90);
  table.flag("simulated", station.simulated);
}

void read_lane(TableReader& table, assembly::LaneSettings& lane) {
  table.require("lane", "1, 2, ...");
  table.integer("lane", lane.lane, 1, 64);
  table.text("line", lane.line);
  if (lane.line.size() != 2 || !std::ranges::all_of(lane.line, [](char c) { return c >= '0' && c <= '9'; })) {
    table.mistake("line", "expected two digits, like \"01\"");
  }
  table.number("slope_deg", lane.slope_deg, -15, 15);
}

void read_windows(TableReader& table, assembly::LaneSettings& windows) {
  table.duration("join_window", windows.join_window, 100ms, 10min);
  table.duration("early_window", windows.early_window, 0ms, 1min);
  table.duration("plume_delay", windows.plume_delay, 0ms, 1min);
  table.duration("smoke_delay", windows.smoke_delay, 0ms, 1min);
  table.duration("plate_delay", windows.plate_delay, 0ms, 1min);
  table.duration("plate_window", windows.plate_window, 0ms, 10min);
  table.duration("certain_by", windows.certain_by, 0ms, 5s);
  table.duration("double_window", windows.double_window, 0ms, 1min);
  table.flag("better_plate", windows.better_plate);
  table.duration("weather_age", windows.weather_age, 1s, 24h);
  table.integer("jump_limit", windows.jump_limit, 0, 4000);
  table.duration("gap_least", windows.gap_least, 0ms, 1h);
}

/// "HOST:PORT" with a port from `least_port` to 65535, or "unix:/path".
void read_address(TableReader& table, std::string_view key, std::string& address, int least_port) {
  table.text(key, address);
  if (address.empty() || address.starts_with("unix:/")) return;
  const auto colon = address.rfind(':');
  int port = -1;
  if (colon != std::string::npos && colon > 0) {
    const auto digits = std::string_view(address).substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) port = -1;
  }
  if (port < least_port || port > 65535) table.mistake(key, "'" + address + "' is not an address: expected HOST:PORT or unix:/PATH");
}

void read_service(TableReader& table, const std::filesystem::path& folder, service::ServiceSettings& service) {
  read_address(table, "listen", service.listen, 0);
  std::string socket = service.socket.string();
  table.text("socket", socket);
  if (socket.empty()) table.mistake("socket", "expected the path of the local socket");
  service.socket = folder / socket;
  if (service.socket.string().size() > 100) table.mistake("socket", "the path is longer than the 100 characters a socket may have");
}

void read_capture(TableReader& table, const std::filesystem::path& folder, capture::CaptureSettings& capture) {
  std::string path = capture.folder.string();
  table.text("folder", path);
  capture.folder = folder / path;
  table.integer("most_bytes", capture.most_bytes, 1 << 20, std::int64_t{64} << 30);
  table.integer("most_files", capture.most_files, 1, 1000);
}

void read_registry(TableReader& table, const std::filesystem::path& folder, registry::RegistrySettings& registry) {
  std::string file;
  table.require("file", "a file of 'exhaustctl registry import'");
  table.text("file", file);
  if (table.has("file") && file.empty()) table.mistake("file", "expected a file of 'exhaustctl registry import'");
  registry.file = file.empty() ? std::filesystem::path() : folder / file;
}

void read_fuel_rules(TableReader& table, registry::FuelRules& rules) {
  table.flag("heuristics", rules.heuristics);
  table.number("diesel_above_length_m", rules.diesel_above_length_m, 1, 100);
  table.number("diesel_above_opacity_percent", rules.diesel_above_opacity_percent, 0, 100);
}

void read_accounts(TableReader& table, projection::AccountsSettings& accounts) {
  table.number("capture_least_percent", accounts.capture_least_percent, 0, 100);
  table.number("recognition_day_least_percent", accounts.recognition_day_least_percent, 0, 100);
  table.number("recognition_night_least_percent", accounts.recognition_night_least_percent, 0, 100);
  table.integer("day_begins_hour", accounts.day_begins_hour, 0, 24);
  table.integer("day_ends_hour", accounts.day_ends_hour, 0, 24);
  if (accounts.day_begins_hour > accounts.day_ends_hour) table.mistake("day_ends_hour", "the day ends before it begins");
}

void read_tier(const std::string& name, TableReader& table, uplink::TierSettings& tier) {
  tier.name = name;
  table.require("endpoint", "HOST:PORT of the platform");
  read_address(table, "endpoint", tier.endpoint, 1);
  if (table.has("endpoint") && tier.endpoint.empty()) table.mistake("endpoint", "expected HOST:PORT of the platform");
  table.integer("batch_entries", tier.batch_entries, 1, 1000);
  table.integer("batch_bytes", tier.batch_bytes, 1024, 2 << 20);
  table.integer("window_batches", tier.window_batches, 1, 64);
  table.duration("batch_deadline", tier.batch_deadline, 1s, 10min);
  table.duration("backoff_first", tier.backoff_first, 10ms, 10min);
  table.duration("backoff_most", tier.backoff_most, 10ms, 24h);
}

/// In the order that they are asked in.
void read_standards(TableReader& table, FileSource& files, assessment::StandardSet& set) {
  std::vector<std::string> names;
  table.require("files", "a list of standards, like [\"standards/hj845-2017.toml\"]");
  table.texts("files", names);
  if (table.has("files") && names.empty()) table.mistake("files", "expected at least one standard");
  std::vector<assessment::Standard> standards;
  for (const auto& name : names) {
    auto file = files.read(name);
    if (!file) {
      table.mistake("files", file.error().detail);
      continue;
    }
    auto standard = parse_standard(std::move(file->text), file->where);
    if (standard) standards.push_back(std::move(*standard));
    else table.mistake("files", standard.error().detail);
  }
  set = assessment::StandardSet(std::move(standards));
  if (const auto conflict = set.conflict()) table.mistake("files", *conflict);
}

/// The only place that knows of scaled time: every device period and joining window, and that a lane's vehicles are closer.
void scale_time(Settings& settings) {
  const auto scaled = [by = settings.station.time_scale](Duration& duration) {
    duration = std::chrono::duration_cast<Duration>(duration / by);
  };
  for (auto& device : settings.devices) scaled(device.period);
  for (auto& lane : settings.lanes) {
    lane.time_scale = settings.station.time_scale;
    for (auto* window : {&lane.join_window, &lane.early_window, &lane.plume_delay, &lane.smoke_delay, &lane.plate_delay,
                         &lane.plate_window, &lane.certain_by, &lane.double_window, &lane.weather_age}) {
      scaled(*window);
    }
  }
}

struct Reporter {
  std::string name;
  bool is_mq007;
};

/// Tells of a device that reports the vehicles of a lane beside a MQ-007, which counts nothing: each would count twice.
/// `reporters`: who reports vehicles, by lane, so far.
void check_reporter(TableReader& table, const DeviceSettings& device, std::map<Lane, Reporter>& reporters) {
  const bool is_mq007 = std::holds_alternative<Mq007Settings>(device.driver);
  const auto* frame = std::get_if<FrameSettings>(&device.driver);
  const bool counts = frame != nullptr && gives(*frame).contains(ReadingKind::kSpeed) &&
                      (frame->decoder == "stdbus-gate" || frame->count == CountSource::kShared);
  if (!is_mq007 && !counts) return;
  const auto [other, first] = reporters.try_emplace(device.lane, Reporter{device.name, is_mq007});
  if (first || !(is_mq007 || other->second.is_mq007)) return;
  table.mistake("lane", "'" + other->second.name + "' reports the vehicles of this lane already, and a mq007 has no count: "
                        "each would count twice");
}

/// What each lane may wait for, and what it cannot measure without, follows from the devices that serve it.
void derive_expectations(Settings& settings) {
  for (auto& lane : settings.lanes) {
    for (const auto& device : settings.devices) {
      if (device.lane != 0 && device.lane != lane.lane) continue;
      const auto kinds = gives(device);
      if (kinds.contains(ReadingKind::kSpeed)) lane.triggered_by.push_back(device.name);
      if (kinds.contains(ReadingKind::kPlume)) lane.plume_from.push_back(device.name);
      if (kinds.contains(ReadingKind::kSmoke)) lane.smoke_from.push_back(device.name);
      if (kinds.contains(ReadingKind::kPlate)) lane.plate_from.push_back(device.name);
    }
    lane.expects_plume = !lane.plume_from.empty();
    lane.expects_smoke = !lane.smoke_from.empty();
    lane.expects_plate = !lane.plate_from.empty();
  }
}

}  // namespace

std::filesystem::path shipped_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "exhaustd";
}

Result<std::filesystem::path> find_file(const std::filesystem::path& name, const std::filesystem::path& base) {
  for (const auto& place : {base / name, shipped_folder() / name}) {
    if (std::filesystem::is_regular_file(place)) return place;
  }
  return fail(ErrorKind::kSettings, "no file " + (base / name).string() + " nor " + (shipped_folder() / name).string());
}

namespace {

Result<Settings> read(Settings settings, FileSource& files) {
  const auto& folder = files.folder();
  const auto done = read_toml(settings.text, settings.file.string(), [&](TableReader& root) {
    root.require("station", "[station] with the station's id");
    root.table("station", [&](TableReader& table) { read_station(table, settings.station); });
    root.table("simulation", [&](TableReader& table) {
      table.number("time_scale", settings.station.time_scale, 1, 1000);
      if (!settings.station.simulated) table.mistake("time_scale", "is allowed only with simulated = true in [station]");
    });
    root.table("ledger", [&](TableReader& table) {
      std::string path = settings.ledger.folder.string();
      table.text("folder", path);
      settings.ledger.folder = folder / path;
      table.word("algorithm", settings.ledger.algorithm, {{"sha256", HashAlgorithm::kSha256}, {"sm3", HashAlgorithm::kSm3}});
    });
    root.table("capture", [&](TableReader& table) { read_capture(table, folder, settings.capture); });
    root.table("registry", [&](TableReader& table) { read_registry(table, folder, settings.registry); });
    root.table("fuel", [&](TableReader& table) { read_fuel_rules(table, settings.registry.fuel); });
    root.table("service", [&](TableReader& table) { read_service(table, folder, settings.service); });
    root.table("ingest", [&](TableReader& table) {
      settings.service.ingest = true;
      table.flag("accept_simulated", settings.service.accept_simulated);
    });
    root.table("quality", [&](TableReader& table) { read_quality(table, settings.quality); });
    assembly::LaneSettings windows;
    root.table("assembly", [&](TableReader& table) { read_windows(table, windows); });
    std::set<Lane> lanes;
    root.tables("lane", [&](TableReader& table) {
      auto& lane = settings.lanes.emplace_back(windows);
      read_lane(table, lane);
      if (!lanes.insert(lane.lane).second) table.mistake("lane", "there is another lane " + std::to_string(lane.lane));
    });
    std::map<Lane, Reporter> reporters;
    root.named_tables("device", [&](const std::string& name, TableReader& table) {
      auto& device = settings.devices.emplace_back();
      device.name = name;
      read_device(table, files, device);
      check_reporter(table, device, reporters);
      check_verification(table, device);
      if (device.lane != 0 && !lanes.contains(device.lane)) {
        table.mistake("lane", "there is no [[lane]] with lane = " + std::to_string(device.lane));
      }
    });
    root.table("standard", [&](TableReader& table) { read_standards(table, files, settings.standards); });
    root.table("determinations", [&](TableReader& table) {
      table.flag("make", settings.determinations.make);
      if (settings.determinations.make && settings.standards.empty()) table.mistake("make", "needs [standard], whose rule of repetition determines");
    });
    root.table("accounts", [&](TableReader& table) { read_accounts(table, settings.accounts); });
    root.named_tables("tier", [&](const std::string& name, TableReader& table) {
      read_tier(name, table, settings.tiers.emplace_back());
    });
    if (!settings.lanes.empty() && !root.has("standard")) root.require("standard", "[standard] files = [...], for the lanes to be judged by");
    if (settings.lanes.empty() && !settings.service.ingest) root.require("lane", "one or more [[lane]], or [ingest] for a hub");
  });
  if (!done) return std::unexpected(done.error());
  scale_time(settings);
  derive_expectations(settings);
  settings.files = std::move(files).files();
  return settings;
}

}  // namespace

Result<Settings> read_settings(const std::filesystem::path& file) {
  Settings settings;
  settings.file = file;
  auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  settings.text = std::move(*text);
  FileSource files(std::filesystem::absolute(file).parent_path());
  return read(std::move(settings), files);
}

Result<Settings> read_settings(NamedFile named, const std::vector<NamedFile>& given) {
  Settings settings;
  settings.file = std::move(named.name);
  settings.text = std::move(named.text);
  FileSource files(given);
  return read(std::move(settings), files);
}

}  // namespace exhaust::settings
