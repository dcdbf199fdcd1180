#include "drivers/modbus/map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace exhaust::modbus {

namespace {

/// The words of the settings, and where they go in the reading.
template <class Body>
struct Quantity {
  std::string_view word;
  std::optional<double> Body::*place;
};

constexpr std::array kPlume{Quantity<PlumeReading>{"co2_excess_percent", &PlumeReading::co2_excess_percent},
                            Quantity<PlumeReading>{"co_per_co2", &PlumeReading::co_per_co2},
                            Quantity<PlumeReading>{"hc_per_co2", &PlumeReading::hc_per_co2},
                            Quantity<PlumeReading>{"no_per_co2", &PlumeReading::no_per_co2},
                            Quantity<PlumeReading>{"no2_per_co2", &PlumeReading::no2_per_co2},
                            Quantity<PlumeReading>{"co_r2", &PlumeReading::co_r2}};
constexpr std::array kSmoke{Quantity<SmokeReading>{"opacity_percent", &SmokeReading::opacity_percent},
                            Quantity<SmokeReading>{"k_per_m", &SmokeReading::k_per_m},
                            Quantity<SmokeReading>{"ringelmann", &SmokeReading::ringelmann}};
constexpr std::array kWeather{Quantity<WeatherReading>{"wind_speed_m_s", &WeatherReading::wind_speed_m_s},
                              Quantity<WeatherReading>{"wind_direction_deg", &WeatherReading::wind_direction_deg},
                              Quantity<WeatherReading>{"temperature_c", &WeatherReading::temperature_c},
                              Quantity<WeatherReading>{"humidity_percent", &WeatherReading::humidity_percent},
                              Quantity<WeatherReading>{"pressure_hpa", &WeatherReading::pressure_hpa},
                              Quantity<WeatherReading>{"rain_mm_h", &WeatherReading::rain_mm_h}};

constexpr std::string_view kVehicleNumber = "vehicle_number";
constexpr std::string_view kMeasurementCheck = "measurement_check";
constexpr std::string_view kSamples = "samples";

template <class Body, std::size_t N>
bool store(const std::array<Quantity<Body>, N>& table, std::string_view word, std::optional<double> value, Body& body) {
  const auto found = std::ranges::find(table, word, &Quantity<Body>::word);
  if (found == table.end()) return false;
  body.*(found->place) = value;
  return true;
}

std::optional<std::uint64_t> whole(std::optional<double> value, double most) {
  if (!value || *value < 0 || *value > most || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

bool store(std::string_view word, std::optional<double> value, PlumeReading& body) {
  if (word == kSamples) {
    if (const auto samples = whole(value, 4294967295.0)) body.samples = static_cast<std::uint32_t>(*samples);
    return true;
  }
  return store(kPlume, word, value, body);
}
bool store(std::string_view word, std::optional<double> value, SmokeReading& body) {
  return store(kSmoke, word, value, body);
}
bool store(std::string_view word, std::optional<double> value, WeatherReading& body) {
  return store(kWeather, word, value, body);
}

/// False: no such quantity in this kind of reading.
bool store(std::string_view word, std::optional<double> value, Decoded& out) {
  if (word == kVehicleNumber) {
    out.vehicle_number = whole(value, 9007199254740992.0);  // 2^53: beyond it doubles are not whole numbers
    return true;
  }
  if (word == kMeasurementCheck) {
    if (const auto check = whole(value, 65535)) out.measurement_check = static_cast<std::uint16_t>(*check);
    return true;
  }
  return std::visit([&](auto& body) { return store(word, value, body); }, out.body);
}

Decoded empty(ModbusProfile::Reading reading) {
  Decoded decoded;
  if (reading == ModbusProfile::Reading::kSmoke) decoded.body = SmokeReading{};
  if (reading == ModbusProfile::Reading::kWeather) decoded.body = WeatherReading{};
  return decoded;
}

std::size_t end_of(const RegisterField& field) { return field.address + word_count(field.type); }

std::span<const std::uint16_t> find_words(std::span<const Block> blocks, const RegisterField& field) {
  for (const auto& block : blocks) {
    if (field.address < block.first || end_of(field) > block.first + block.words.size()) continue;
    return std::span(block.words).subspan(field.address - block.first, word_count(field.type));
  }
  return {};
}

}  // namespace

Result<void> check(const ModbusProfile& profile) {
  const auto bad = [&](const std::string& text) {
    return fail(ErrorKind::kSettings, "register profile '" + profile.name + "': " + text);
  };
  if (profile.fields.empty()) return bad("has no fields");
  if (profile.slots < 1) return bad("slots must be at least 1");
  auto scratch = empty(profile.reading);
  for (const auto& field : profile.fields) {
    if (!store(field.quantity, 0.0, scratch)) return bad("'" + field.quantity + "' is no quantity of its reading");
    if (std::ranges::count(profile.fields, field.quantity, &RegisterField::quantity) > 1) {
      return bad("'" + field.quantity + "' stands there twice");
    }
    const auto last_slot = static_cast<std::size_t>(profile.slots - 1) * profile.slot_stride;
    if (end_of(field) + last_slot > 65536) return bad("'" + field.quantity + "' lies beyond register 65535");
  }
  if (profile.slots > 1 && !profile.handshake) return bad("slots need a handshake counter");
  if (!profile.handshake) return {};
  const auto kind = profile.handshake->type;
  if (kind != RegisterType::kU16 && kind != RegisterType::kU32) return bad("the handshake counter must be u16 or u32");
  if (end_of(*profile.handshake) > 65536) return bad("the handshake counter lies beyond register 65535");
  const auto slot = slot_range(profile);
  if (slot.count > kMostRegisters) return bad("the fields of one measurement must fit one request of 125 registers");
  if (profile.slots > 1 && slot.count > profile.slot_stride) return bad("the fields reach beyond slot_stride");
  return {};
}

std::vector<RegisterRange> plan(const ModbusProfile& profile) {
  auto fields = profile.fields;
  std::ranges::sort(fields, {}, &RegisterField::address);
  std::vector<RegisterRange> ranges;
  for (const auto& field : fields) {
    if (!ranges.empty()) {
      auto& range = ranges.back();
      const std::size_t count = std::max<std::size_t>(range.first + range.count, end_of(field)) - range.first;
      if (field.address <= range.first + range.count && count <= kMostRegisters) {
        range.count = static_cast<std::uint16_t>(count);
        continue;
      }
    }
    ranges.push_back({field.address, static_cast<std::uint16_t>(word_count(field.type))});
  }
  return ranges;
}

RegisterRange slot_range(const ModbusProfile& profile) {
  std::size_t first = 65536, end = 0;
  for (const auto& field : profile.fields) {
    first = std::min<std::size_t>(first, field.address);
    end = std::max(end, end_of(field));
  }
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(end - first)};
}

SlotRequest plan_slots(const ModbusProfile& profile, std::uint64_t first, std::uint64_t last) {
  const auto slot = slot_range(profile);
  const std::uint64_t place = first % profile.slots;
  std::uint64_t count = 1;
  if (profile.slots > 1) {
    const std::uint64_t fit = (kMostRegisters - slot.count) / profile.slot_stride + 1;
    count = std::min({last - first + 1, fit, profile.slots - place});
  }
  const auto stride = profile.slot_stride;
  return {{static_cast<std::uint16_t>(slot.first + place * stride),
           static_cast<std::uint16_t>((count - 1) * stride + slot.count)},
          first,
          static_cast<std::uint16_t>(count)};
}

Block cut_slot(const ModbusProfile& profile, std::span<const std::uint16_t> answer, std::size_t index) {
  const auto slot = slot_range(profile);
  const auto words = answer.subspan(index * profile.slot_stride, slot.count);
  return {slot.first, Registers(words.begin(), words.end())};
}

std::optional<double> decode_field(std::span<const std::uint16_t> words, const RegisterField& field) {
  const double raw = decode(words, field.type, field.order);
  if (!std::isfinite(raw) || std::ranges::find(field.not_available, raw) != field.not_available.end()) {
    return std::nullopt;
  }
  // A field without scale keeps every digit.
  const double value = field.scale == 1.0 && field.offset == 0.0 ? raw : raw * field.scale + field.offset;
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Result<Decoded> decode(std::span<const Block> blocks, const ModbusProfile& profile) {
  auto decoded = empty(profile.reading);
  for (const auto& field : profile.fields) {
    const auto words = find_words(blocks, field);
    if (words.empty()) {
      return fail(ErrorKind::kBadFrame, "'" + field.quantity + "' at register " + std::to_string(field.address) +
                                            " is not in the answer");
    }
    auto value = decode_field(words, field);
    if (value && ((field.valid_min && *value < *field.valid_min) || (field.valid_max && *value > *field.valid_max))) {
      value.reset();
      ++decoded.out_of_range;
    }
    store(field.quantity, value, decoded);
  }
  return decoded;
}

}  // namespace exhaust::modbus
