#pragma once

#include <filesystem>
#include <string>

#include "daemon/settings/toml_reader.hpp"
#include "drivers/device_settings.hpp"

namespace exhaust::settings {

/// Reads one [device.NAME]. `folder`: where relative profile paths begin.
void read_device(TableReader& table, const std::filesystem::path& folder, DeviceSettings& device);

}  // namespace exhaust::settings
