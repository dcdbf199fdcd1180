#pragma once

#include "daemon/quality/quality_settings.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

/// Reads [quality].
void read_quality(TableReader& table, quality::QualitySettings& quality);
/// Tells of a verification_expires that is no day.
void check_verification(TableReader& table, const DeviceSettings& device);

}  // namespace exhaust::settings
