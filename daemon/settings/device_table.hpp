#pragma once

#include <string>

#include "daemon/settings/file_source.hpp"
#include "daemon/settings/toml_reader.hpp"
#include "drivers/device_settings.hpp"

namespace exhaust::settings {

/// Reads one [device.NAME]. `files`: where profiles come from.
void read_device(TableReader& table, FileSource& files, DeviceSettings& device);

/// The keys of one driver, each in a file of its own.
ModbusSettings read_modbus(TableReader& table, FileSource& files);
AkSettings read_ak(TableReader& table);
FrameSettings read_frame(TableReader& table);
AnprSettings read_anpr(TableReader& table);
Mq007Settings read_mq007(TableReader& table);

/// What several drivers have.
void read_endpoint(TableReader& table, std::string_view key, Endpoint& endpoint);
void read_count(TableReader& table, CountSource& count);

}  // namespace exhaust::settings
