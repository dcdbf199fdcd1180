#include "daemon/settings/device_table.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::settings {

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

}  // namespace exhaust::settings
