#include "drivers/simulator/register_profile.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <tuple>

#include "drivers/modbus/words.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {

namespace {

const std::map<std::string, RegisterType, std::less<>> kTypes{{"u16", RegisterType::kU16}, {"i16", RegisterType::kI16},
                                                              {"u32", RegisterType::kU32}, {"i32", RegisterType::kI32},
                                                              {"f32", RegisterType::kF32}, {"f64", RegisterType::kF64}};
const std::map<std::string, WordOrder, std::less<>> kOrders{
    {"ABCD", WordOrder::kABCD}, {"CDAB", WordOrder::kCDAB}, {"BADC", WordOrder::kBADC}, {"DCBA", WordOrder::kDCBA}};
const std::map<std::string, ModbusProfile::Reading, std::less<>> kReadings{{"plume", ModbusProfile::Reading::kPlume},
                                                                           {"smoke", ModbusProfile::Reading::kSmoke},
                                                                           {"weather", ModbusProfile::Reading::kWeather}};

/// The word's meaning; nothing and `wrong` set if it has none.
template <class Meaning>
void take(const toml::table& table, const char* key, const std::map<std::string, Meaning, std::less<>>& words, Meaning& value,
          std::string& wrong) {
  if (!table.contains(key)) return;
  const auto found = words.find(table[key].value_or(std::string()));
  if (found == words.end()) {
    wrong = key;
  } else {
    value = found->second;
  }
}

RegisterField field_of(const toml::table& table, std::int64_t base, std::string& wrong) {
  RegisterField field;
  field.quantity = table["quantity"].value_or(std::string());
  const auto address = table["address"].value_or(std::int64_t{-1}) - base;
  if (address < 0 || address > 65535) wrong = "address";
  field.address = static_cast<std::uint16_t>(address);
  take(table, "type", kTypes, field.type, wrong);
  take(table, "order", kOrders, field.order, wrong);
  field.scale = table["scale"].value_or(1.0);
  field.offset = table["offset"].value_or(0.0);
  if (field.scale == 0) wrong = "scale";
  if (const auto* codes = table["not_available"].as_array()) {
    for (const auto& code : *codes) field.not_available.push_back(code.value_or(0.0));
  }
  return field;
}

std::size_t end_of(const RegisterField& field) { return field.address + modbus::word_count(field.type); }

/// What the device says of `quantity`; absent: it has not measured it, or does not know it.
std::optional<double> value_of(const std::string& quantity, const Vehicle& vehicle, std::uint32_t number, const WeatherReading& weather) {
  const auto& [plume, smoke] = std::tie(vehicle.plume, vehicle.smoke);
  const std::map<std::string, std::optional<double>, std::less<>> values{
      {"vehicle_number", number},
      {"measurement_number", number},
      {"measurement_check", number & 0xFFFF},
      {"co2_excess_percent", plume.co2_excess_percent},
      {"co_per_co2", plume.co_per_co2},
      {"hc_per_co2", plume.hc_per_co2},
      {"no_per_co2", plume.no_per_co2},
      {"no2_per_co2", plume.no2_per_co2},
      {"co_r2", plume.co_r2},
      {"samples", plume.samples},
      {"opacity_percent", smoke.opacity_percent},
      {"k_per_m", smoke.k_per_m},
      {"ringelmann", smoke.ringelmann},
      {"wind_speed_m_s", weather.wind_speed_m_s},
      {"wind_direction_deg", weather.wind_direction_deg},
      {"temperature_c", weather.temperature_c},
      {"humidity_percent", weather.humidity_percent},
      {"pressure_hpa", weather.pressure_hpa}};
  const auto found = values.find(quantity);
  return found == values.end() ? std::nullopt : found->second;
}

double raw_of(const RegisterField& field, const std::optional<double>& value) {
  if (value) return (*value - field.offset) / field.scale;
  return field.not_available.empty() ? std::numeric_limits<double>::quiet_NaN() : field.not_available.front();
}

}  // namespace

Result<ModbusProfile> parse_register_profile(std::string_view text, const std::string& file) {
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kSettings, file + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  }
  ModbusProfile profile;
  std::string wrong;
  profile.name = root["profile"].value_or(file);
  take(root, "reading", kReadings, profile.reading, wrong);
  if (root["function"].value_or(std::string()) == "holding") profile.function = RegisterFunction::kHolding;
  const auto base = root["address_base"].value_or(std::int64_t{0});
  profile.slots = static_cast<std::uint16_t>(std::clamp<std::int64_t>(root["slots"].value_or(std::int64_t{1}), 1, 1024));
  profile.slot_stride = static_cast<std::uint16_t>(std::clamp<std::int64_t>(root["slot_stride"].value_or(std::int64_t{0}), 0, 1024));
  if (const auto* handshake = root["handshake"].as_table()) profile.handshake = field_of(*handshake, base, wrong);
  if (const auto* fields = root["field"].as_array()) {
    for (const auto& each : *fields) {
      if (const auto* table = each.as_table()) profile.fields.push_back(field_of(*table, base, wrong));
    }
  }
  if (profile.fields.empty()) wrong = "field";
  if (!wrong.empty()) return fail(ErrorKind::kSettings, file + " is no register map: see its '" + wrong + "'");
  return profile;
}

Result<ModbusProfile> read_register_profile(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::kSettings, file.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_register_profile(text.str(), file.string());
}

std::size_t registers_of(const ModbusProfile& profile) {
  std::size_t count = profile.handshake ? end_of(*profile.handshake) : 0;
  for (const auto& field : profile.fields) {
    count = std::max(count, end_of(field) + (profile.slots - std::size_t{1}) * profile.slot_stride);
  }
  return std::min<std::size_t>(count, 65536);
}

std::vector<std::uint16_t> registers_at(const ModbusProfile& profile, std::uint32_t newest, std::uint64_t seed, double at_s) {
  std::vector<std::uint16_t> words(registers_of(profile));
  const auto put = [&words](const RegisterField& field, std::size_t shift, double raw) {
    const auto encoded = modbus::encode(raw, field.type, field.order);
    if (field.address + shift + encoded.size() > words.size()) return;
    std::ranges::copy(encoded, words.begin() + static_cast<std::ptrdiff_t>(field.address + shift));
  };
  const auto weather = weather_at(at_s);
  const std::uint32_t oldest = newest >= profile.slots ? newest - profile.slots + 1u : 1u;
  for (auto number = profile.reading == ModbusProfile::Reading::kWeather ? newest : oldest; number <= newest; ++number) {
    const auto vehicle = make_vehicle(seed, number);
    const auto shift = std::size_t{number % profile.slots} * profile.slot_stride;
    for (const auto& field : profile.fields) put(field, shift, raw_of(field, value_of(field.quantity, vehicle, number, weather)));
  }
  if (profile.handshake) put(*profile.handshake, 0, newest);
  return words;
}

}  // namespace exhaust::simulator
