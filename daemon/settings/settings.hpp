#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/assembly/assembly_settings.hpp"
#include "daemon/assessment/standard.hpp"
#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger_settings.hpp"
#include "daemon/service/service_settings.hpp"
#include "daemon/uplink/tier_settings.hpp"
#include "drivers/device_settings.hpp"

namespace exhaust::settings {

struct StationSettings {
  std::string id;     ///< dwbh
  std::string name;
  std::optional<double> longitude_deg, latitude_deg;
  bool simulated = false;   ///< marks the ledger and every record; refused by platforms unless they say otherwise
  double time_scale = 1.0;  ///< [simulation]: divides device periods and joining windows
};

/// Everything a daemon is told, checked. Immutable after reading. Secrets are paths, never values.
struct Settings {
  std::filesystem::path file;
  std::string text;               ///< the file, byte for byte: goes into the ledger
  StationSettings station;
  ledger::LedgerSettings ledger;
  service::ServiceSettings service;
  std::vector<assembly::LaneSettings> lanes;     ///< empty at a hub
  std::vector<DeviceSettings> devices;
  std::vector<uplink::TierSettings> tiers;
  std::optional<assessment::Standard> standard;  ///< absent at a hub
};

/// Relative paths in the file are relative to its folder; device profiles and standards are also looked for in the
/// shipped folder (`shipped_folder()`). Errors: kSettings; every mistake at once, one a line, with file and line.
Result<Settings> read_settings(const std::filesystem::path& file);

/// Where the program's own profiles and standards are: share/exhaustd beside the folder of the running program.
std::filesystem::path shipped_folder();
/// `name` as it is, beside `base`, or among the shipped ones. Error: kSettings, with the places looked at.
Result<std::filesystem::path> find_file(const std::filesystem::path& name, const std::filesystem::path& base);

/// A register profile: config/devices/*.toml.
Result<ModbusProfile> read_profile(const std::filesystem::path& file);

}  // namespace exhaust::settings
