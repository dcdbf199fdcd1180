#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/assembly/assembly_settings.hpp"
#include "daemon/assessment/standard_set.hpp"
#include "daemon/capture/capture_settings.hpp"
#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger_settings.hpp"
#include "daemon/quality/quality_settings.hpp"
#include "daemon/projection/accounts_settings.hpp"
#include "daemon/projection/determination_settings.hpp"
#include "daemon/registry/registry_settings.hpp"
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

/// A file that the settings name, byte for byte.
struct NamedFile {
  std::string name;   ///< as the settings name it
  std::string text;
};

/// Everything a daemon is told, checked. Immutable after reading. Secrets are paths, never values.
struct Settings {
  std::filesystem::path file;
  std::string text;               ///< the file, byte for byte: goes into the ledger
  std::vector<NamedFile> files;   ///< the others that are in force: device profiles, the standards; by name
  StationSettings station;
  ledger::LedgerSettings ledger;
  capture::CaptureSettings capture;
  registry::RegistrySettings registry;
  service::ServiceSettings service;
  quality::QualitySettings quality;
  projection::DeterminationSettings determinations;
  std::vector<assembly::LaneSettings> lanes;     ///< empty at a hub
  std::vector<DeviceSettings> devices;
  std::vector<uplink::TierSettings> tiers;
  projection::AccountsSettings accounts;
  assessment::StandardSet standards;             ///< empty at a hub
};

/// Relative paths in the file are relative to its folder; device profiles and standards are also looked for in the
/// shipped folder (`shipped_folder()`). Errors: kSettings; every mistake at once, one a line, with file and line.
Result<Settings> read_settings(const std::filesystem::path& file);
/// The same from texts, for a replay: `files` are all that the settings name, and the disk is not looked at. Folders in
/// the result mean nothing.
Result<Settings> read_settings(NamedFile settings, const std::vector<NamedFile>& files);

/// What is asked of each lane's quality, in the order of the lanes.
std::vector<quality::LanePlan> quality_plans(const Settings& settings);

/// Where the program's own profiles and standards are: share/exhaustd beside the folder of the running program.
std::filesystem::path shipped_folder();
/// `name` as it is, beside `base`, or among the shipped ones. Error: kSettings, with the places looked at.
Result<std::filesystem::path> find_file(const std::filesystem::path& name, const std::filesystem::path& base);

/// A register profile: config/devices/*.toml.
Result<ModbusProfile> read_profile(const std::filesystem::path& file);
/// `name` stands for the file in mistakes.
Result<ModbusProfile> parse_profile(const std::string& text, const std::string& name);

}  // namespace exhaust::settings
