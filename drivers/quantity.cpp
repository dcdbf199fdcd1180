#include "drivers/quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace exhaust {

namespace {

template <class Body>
struct Place {
  std::string_view word;
  std::optional<double> Body::*place;
};

constexpr std::array kPlume{Place<PlumeReading>{"co2_excess_percent", &PlumeReading::co2_excess_percent},
                            Place<PlumeReading>{"co_per_co2", &PlumeReading::co_per_co2},
                            Place<PlumeReading>{"hc_per_co2", &PlumeReading::hc_per_co2},
                            Place<PlumeReading>{"no_per_co2", &PlumeReading::no_per_co2},
                            Place<PlumeReading>{"no2_per_co2", &PlumeReading::no2_per_co2},
                            Place<PlumeReading>{"co_r2", &PlumeReading::co_r2},
                            Place<PlumeReading>{"co2_percent", &PlumeReading::co2_percent},
                            Place<PlumeReading>{"co_percent", &PlumeReading::co_percent},
                            Place<PlumeReading>{"hc_ppm", &PlumeReading::hc_ppm},
                            Place<PlumeReading>{"no_ppm", &PlumeReading::no_ppm},
                            Place<PlumeReading>{"no2_ppm", &PlumeReading::no2_ppm},
                            Place<PlumeReading>{"o2_percent", &PlumeReading::o2_percent}};
constexpr std::array kSmoke{Place<SmokeReading>{"opacity_percent", &SmokeReading::opacity_percent},
                            Place<SmokeReading>{"k_per_m", &SmokeReading::k_per_m},
                            Place<SmokeReading>{"ringelmann", &SmokeReading::ringelmann}};
constexpr std::array kSpeed{Place<SpeedReading>{"speed_km_h", &SpeedReading::speed_km_h},
                            Place<SpeedReading>{"acceleration_m_s2", &SpeedReading::acceleration_m_s2},
                            Place<SpeedReading>{"length_m", &SpeedReading::length_m}};
constexpr std::array kWeather{Place<WeatherReading>{"wind_speed_m_s", &WeatherReading::wind_speed_m_s},
                              Place<WeatherReading>{"wind_direction_deg", &WeatherReading::wind_direction_deg},
                              Place<WeatherReading>{"temperature_c", &WeatherReading::temperature_c},
                              Place<WeatherReading>{"humidity_percent", &WeatherReading::humidity_percent},
                              Place<WeatherReading>{"pressure_hpa", &WeatherReading::pressure_hpa},
                              Place<WeatherReading>{"rain_mm_h", &WeatherReading::rain_mm_h}};
constexpr std::string_view kSamples = "samples";
constexpr std::string_view kDirection = "direction";

template <class Table, class Body>
bool put(const Table& table, std::string_view word, std::optional<double> value, Body& body) {
  for (const auto& [name, place] : table) {
    if (name != word) continue;
    body.*place = value;
    return true;
  }
  return false;
}

struct Put {
  std::string_view word;
  std::optional<double> value;

  bool operator()(PlumeReading& body) const {
    if (word != kSamples) return put(kPlume, word, value, body);
    const auto samples = whole_number(value, 4294967295.0);
    if (samples) body.samples = static_cast<std::uint32_t>(*samples);
    return true;
  }
  bool operator()(SmokeReading& body) const { return put(kSmoke, word, value, body); }
  bool operator()(SpeedReading& body) const {
    if (word != kDirection) return put(kSpeed, word, value, body);
    const auto direction = whole_number(value, 255);
    if (direction) body.direction = static_cast<std::uint8_t>(*direction);
    return true;
  }
  bool operator()(WeatherReading& body) const { return put(kWeather, word, value, body); }
  template <class Other>
  bool operator()(Other&) const {
    return false;
  }
};

template <class Table>
void append(const Table& table, std::vector<std::string_view>& words) {
  for (const auto& each : table) words.push_back(each.word);
}

}  // namespace

const char* to_string(ReadingKind kind) {
  switch (kind) {
    case ReadingKind::kPlume: return "plume";
    case ReadingKind::kSmoke: return "smoke";
    case ReadingKind::kSpeed: return "speed";
    case ReadingKind::kPlate: return "plate";
    case ReadingKind::kWeather: return "weather";
  }
  return "";
}

ReadingBody empty_body(ReadingKind kind) {
  switch (kind) {
    case ReadingKind::kPlume: return PlumeReading{};
    case ReadingKind::kSmoke: return SmokeReading{};
    case ReadingKind::kSpeed: return SpeedReading{};
    case ReadingKind::kPlate: return PlateReading{};
    case ReadingKind::kWeather: break;
  }
  return WeatherReading{};
}

std::vector<std::string_view> quantities(ReadingKind kind) {
  std::vector<std::string_view> words;
  switch (kind) {
    case ReadingKind::kPlume:
      append(kPlume, words);
      words.push_back(kSamples);
      break;
    case ReadingKind::kSmoke: append(kSmoke, words); break;
    case ReadingKind::kSpeed:
      append(kSpeed, words);
      words.push_back(kDirection);
      break;
    case ReadingKind::kPlate: break;
    case ReadingKind::kWeather: append(kWeather, words); break;
  }
  return words;
}

std::string quantity_list(ReadingKind kind) {
  std::string list;
  for (const auto word : quantities(kind)) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

bool has_quantity(ReadingKind kind, std::string_view word) {
  const auto words = quantities(kind);
  return std::ranges::find(words, word) != words.end();
}

bool put_quantity(ReadingBody& body, std::string_view word, std::optional<double> value) {
  return std::visit(Put{word, value}, body);
}

std::optional<std::uint64_t> whole_number(std::optional<double> value, double most) {
  if (!value || !(*value >= 0) || *value > most || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace exhaust
