#include "daemon/settings/device_table.hpp"
#include "daemon/settings/settings.hpp"

namespace exhaust::settings {

namespace {

void read_line(TableReader& table, ModbusSettings& modbus) {
  using namespace std::chrono_literals;
  table.word("transaction_id", modbus.line.transaction_id,
             {{"checked", TransactionId::kChecked}, {"ignored", TransactionId::kIgnored}});
  table.duration("extra_pause", modbus.line.extra_pause, 0ms, 1s);
  table.integer("silent_after", modbus.patience.silent_after, 1, 100);
  const auto optional = [&table](std::string_view key, std::optional<Duration>& value, Duration least, Duration most) {
    if (table.has(key)) table.duration(key, value.emplace(), least, most);
  };
  optional("late_answer_guard", modbus.patience.late_answer_guard, 0ms, 60s);
  optional("probe_period", modbus.patience.probe_period, 10ms, 1h);
}

/// What differs from one instrument of a model to the next, or is not certain of the model: [device.NAME.scale] and
/// [device.NAME.address], by quantity.
void read_overrides(TableReader& table, ModbusProfile& profile) {
  table.table("scale", [&](TableReader& inner) {
    for (auto& field : profile.fields) inner.number(field.quantity, field.scale, -1e9, 1e9);
  });
  table.table("address", [&](TableReader& inner) {
    for (auto& field : profile.fields) inner.integer(field.quantity, field.address, 0, 65535);
  });
  if (!table.has("scale") && !table.has("address")) return;
  for (const auto& mistake : mistakes(profile)) table.mistake("profile", mistake.what);
}

}  // namespace

ModbusSettings read_modbus(TableReader& table, FileSource& files) {
  ModbusSettings modbus;
  read_endpoint(table, "endpoint", modbus.endpoint);
  table.integer("unit_id", modbus.unit_id, 0, 255);
  if (modbus.endpoint.kind == Endpoint::Kind::kSerial && (modbus.unit_id < 1 || modbus.unit_id > 247)) {
    table.mistake("unit_id", "expected a whole number from 1 to 247: others are no unit of a serial line");
  }
  read_line(table, modbus);
  read_count(table, modbus.count);
  std::string name;
  table.require("profile", "a register profile, like devices/analyser-history.toml");
  table.text("profile", name);
  if (name.empty()) return modbus;
  const auto file = files.read(name);
  if (!file) {
    table.mistake("profile", file.error().detail);
  } else if (auto profile = parse_profile(file->text, file->where)) {
    modbus.profile = std::move(*profile);
    read_overrides(table, modbus.profile);
  } else {
    table.mistake("profile", profile.error().detail);
  }
  return modbus;
}

}  // namespace exhaust::settings
