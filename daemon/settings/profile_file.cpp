#include <set>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

namespace {

const std::set<std::string, std::less<>> kQuantities{
    "vehicle_number",     "measurement_check",  "co2_excess_percent", "co_per_co2",      "hc_per_co2",
    "no_per_co2",         "no2_per_co2",        "samples",            "co_r2",           "opacity_percent",
    "k_per_m",            "ringelmann",         "wind_speed_m_s",     "wind_direction_deg", "temperature_c",
    "humidity_percent",   "pressure_hpa",       "rain_mm_h"};

void read_field(TableReader& table, unsigned address_base, RegisterField& field) {
  unsigned address = address_base;
  table.require("address", "a register number");
  table.integer("address", address, address_base, 65535);
  field.address = static_cast<std::uint16_t>(address - address_base);
  table.word("type", field.type,
             {{"u16", RegisterType::kU16}, {"i16", RegisterType::kI16}, {"u32", RegisterType::kU32},
              {"i32", RegisterType::kI32}, {"f32", RegisterType::kF32}, {"f64", RegisterType::kF64}});
  table.word("order", field.order,
             {{"ABCD", WordOrder::kABCD}, {"CDAB", WordOrder::kCDAB}, {"BADC", WordOrder::kBADC}, {"DCBA", WordOrder::kDCBA}});
  table.number("scale", field.scale, -1e9, 1e9);
  table.number("offset", field.offset, -1e9, 1e9);
  table.numbers("not_available", field.not_available);
  std::vector<double> valid;
  table.numbers("valid", valid);
  if (valid.size() == 2 && valid[0] <= valid[1]) {
    field.valid_min = valid[0];
    field.valid_max = valid[1];
  } else if (table.has("valid")) {
    table.mistake("valid", "expected [least, most]");
  }
}

}  // namespace

Result<ModbusProfile> read_profile(const std::filesystem::path& file) {
  const auto text = read_text_file(file);
  if (!text) return std::unexpected(text.error());
  ModbusProfile profile;
  const auto done = read_toml(*text, file.string(), [&](TableReader& root) {
    root.require("profile", "a name");
    root.text("profile", profile.name);
    root.word("reading", profile.reading,
              {{"plume", ModbusProfile::Reading::kPlume}, {"smoke", ModbusProfile::Reading::kSmoke},
               {"weather", ModbusProfile::Reading::kWeather}});
    root.word("function", profile.function, {{"holding", RegisterFunction::kHolding}, {"input", RegisterFunction::kInput}});
    unsigned base = 0;
    root.integer("address_base", base, 0, 1);
    root.integer("slots", profile.slots, 1, 1024);
    root.integer("slot_stride", profile.slot_stride, 0, 1024);
    root.table("handshake", [&](TableReader& table) { read_field(table, base, profile.handshake.emplace()); });
    root.require("field", "at least one [[field]]");
    root.tables("field", [&](TableReader& table) {
      auto& field = profile.fields.emplace_back();
      table.require("quantity", "what the register holds");
      table.text("quantity", field.quantity);
      if (!field.quantity.empty() && !kQuantities.contains(field.quantity)) {
        table.mistake("quantity", "'" + field.quantity + "' is not a quantity that a reading has");
      }
      read_field(table, base, field);
    });
    if (profile.slots > 1 && profile.slot_stride == 0) root.mistake("slot_stride", "expected the registers of one slot");
    if (profile.reading != ModbusProfile::Reading::kWeather && !profile.handshake) {
      root.mistake("reading", "a measurement of vehicles needs a [handshake] counter, or an old one could be taken for a new one");
    }
    if (profile.slots > 1 && !profile.handshake) root.mistake("slots", "a history needs a [handshake] counter");
  });
  if (!done) return std::unexpected(done.error());
  return profile;
}

}  // namespace exhaust::settings
