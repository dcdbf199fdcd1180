#include "drivers/simulator/register_profile.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include "drivers/modbus/words.hpp"
#include "drivers/simulator/model.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {

namespace {

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
  if (value) return ((*value - field.unit_shift) / field.unit_factor - field.offset) / field.scale;
  return field.not_available.empty() ? std::numeric_limits<double>::quiet_NaN() : field.not_available.front();
}

/// A device that measures and has nothing to complain of.
double raw_of(const StateField& state) {
  const auto measures = [&](const auto& code) { return state.measuring.empty() || code.second == state.measuring.front(); };
  const auto found = std::ranges::find_if(state.words, measures);
  return found == state.words.end() ? 0 : static_cast<double>(found->first);
}
double raw_of(const AlarmField& alarm) { return alarm.normal.empty() ? 0 : static_cast<double>(alarm.normal.front()); }

/// A device's registers, from 0.
class Image {
 public:
  explicit Image(std::size_t count) : words_(count) {}

  void put(const RegisterField& field, std::size_t shift, double raw) {
    if (field.type == RegisterType::kString) return put_text(field, {});
    if (field.type == RegisterType::kBits) return put_bits(field, shift, static_cast<std::uint32_t>(std::max(0.0, raw)));
    write(field, shift, modbus::encode(raw, field.type, field.order));
  }
  void put_text(const RegisterField& field, const std::string& text) {
    std::vector<std::uint16_t> words(field.length);
    for (std::size_t i = 0; i < text.size() && i / 2 < words.size(); ++i) {
      words[i / 2] = static_cast<std::uint16_t>(words[i / 2] | (static_cast<unsigned char>(text[i]) << (i % 2 == 0 ? 8 : 0)));
    }
    write(field, 0, words);
  }
  std::vector<std::uint16_t> take() { return std::move(words_); }

 private:
  void put_bits(const RegisterField& field, std::size_t shift, std::uint32_t value) {
    // The first word is the high one; bit 0 is the least significant of the last.
    for (int bit = field.first_bit; bit <= field.last_bit; ++bit, value >>= 1) {
      const auto word = field.address + shift + field.length - 1u - static_cast<std::size_t>(bit) / 16;
      if ((value & 1) != 0 && word < words_.size()) words_[word] = static_cast<std::uint16_t>(words_[word] | 1u << (bit % 16));
    }
  }
  void write(const RegisterField& field, std::size_t shift, const std::vector<std::uint16_t>& words) {
    if (field.address + shift + words.size() > words_.size()) return;
    std::ranges::copy(words, words_.begin() + static_cast<std::ptrdiff_t>(field.address + shift));
  }
  std::vector<std::uint16_t> words_;
};

/// Everything that has a place, but the handshake and what stands in slots.
std::vector<const RegisterField*> fixed_places(const ModbusProfile& profile) {
  std::vector<const RegisterField*> places;
  for (const auto& state : profile.states) places.push_back(&state.where);
  for (const auto& alarm : profile.alarms) places.push_back(&alarm.where);
  for (const auto& identity : profile.identities) places.push_back(&identity.where);
  return places;
}

}  // namespace

std::size_t registers_of(const ModbusProfile& profile) {
  std::size_t count = profile.handshake ? end_of(*profile.handshake) : 0;
  const auto slots = (profile.slots - std::size_t{1}) * profile.slot_stride;
  for (const auto& field : profile.fields) count = std::max(count, end_of(field) + slots);
  for (const auto* place : fixed_places(profile)) count = std::max(count, end_of(*place));
  return std::min<std::size_t>(count, 65536);
}

std::vector<std::uint16_t> registers_at(const ModbusProfile& profile, std::uint32_t newest, std::uint64_t seed, double at_s) {
  Image image(registers_of(profile));
  const auto weather = weather_at(at_s);
  const std::uint32_t oldest = newest >= profile.slots ? newest - profile.slots + 1u : 1u;
  for (auto number = profile.reading == ReadingKind::kWeather ? newest : oldest; number <= newest; ++number) {
    const auto vehicle = make_vehicle(seed, number);
    const auto shift = std::size_t{number % profile.slots} * profile.slot_stride;
    for (const auto& field : profile.fields) image.put(field, shift, raw_of(field, value_of(field.quantity, vehicle, number, weather)));
    for (const auto& state : profile.states) image.put(state.where, in_slot(profile, state.where) ? shift : 0, raw_of(state));
    for (const auto& alarm : profile.alarms) image.put(alarm.where, in_slot(profile, alarm.where) ? shift : 0, raw_of(alarm));
  }
  for (const auto& identity : profile.identities) {
    const auto told = identity.expect.value_or("1");
    if (identity.where.type == RegisterType::kString) image.put_text(identity.where, told);
    else image.put(identity.where, 0, std::strtod(told.c_str(), nullptr));
  }
  if (profile.handshake) image.put(*profile.handshake, 0, newest);
  return image.take();
}

}  // namespace exhaust::simulator
