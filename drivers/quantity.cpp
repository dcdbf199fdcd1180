#include "drivers/quantity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace exhaust {

namespace {

constexpr std::array kPercent{Unit{"%"}, Unit{"ppm", 1e-4}, Unit{"1", 100}};
constexpr std::array kPpm{Unit{"ppm"}, Unit{"%", 1e4}, Unit{"ppb", 1e-3}};
// Analysers that give ratios in their own words: ppm of the gas for each percent of CO2 is 1e-4 mol/mol.
constexpr std::array kRatio{Unit{"mol/mol"}, Unit{"1"}, Unit{"%/%"}, Unit{"%", 1e-2}, Unit{"ppm/%", 1e-4}};
constexpr std::array kShare{Unit{"1"}, Unit{"%", 1e-2}};
constexpr std::array kOpacity{Unit{"%"}, Unit{"1", 100}};
constexpr std::array kExtinction{Unit{"1/m"}};
constexpr std::array kGrade{Unit{"1"}};
constexpr std::array kRoadSpeed{Unit{"km/h"}, Unit{"m/s", 3.6}, Unit{"m/h", 1e-3}, Unit{"mph", 1.609344}};
constexpr std::array kAcceleration{Unit{"m/s2"}, Unit{"km/h/s", 1 / 3.6}, Unit{"g", 9.80665}};
constexpr std::array kLength{Unit{"m"}, Unit{"cm", 1e-2}, Unit{"mm", 1e-3}};
constexpr std::array kWind{Unit{"m/s"}, Unit{"km/h", 1 / 3.6}, Unit{"knot", 1852.0 / 3600}, Unit{"mph", 0.44704}};
constexpr std::array kAngle{Unit{"deg"}, Unit{"rad", 57.29577951308232}};
constexpr std::array kTemperature{Unit{"degC"}, Unit{"degF", 5.0 / 9, -160.0 / 9}, Unit{"K", 1, -273.15}};
constexpr std::array kHumidity{Unit{"%"}, Unit{"1", 100}};
constexpr std::array kPressure{Unit{"hPa"},      Unit{"mbar"},           Unit{"kPa", 10}, Unit{"Pa", 1e-2},
                               Unit{"bar", 1e3}, Unit{"mmHg", 1.333224}, Unit{"inHg", 33.86389}};
constexpr std::array kRain{Unit{"mm/h"}, Unit{"mm/min", 60}, Unit{"in/h", 25.4}};

using enum ReadingKind;

const std::array kQuantities{
    Quantity{"co2_excess_percent", kPlume, &PlumeReading::co2_excess_percent, kPercent},
    Quantity{"co_per_co2", kPlume, &PlumeReading::co_per_co2, kRatio},
    Quantity{"hc_per_co2", kPlume, &PlumeReading::hc_per_co2, kRatio},
    Quantity{"no_per_co2", kPlume, &PlumeReading::no_per_co2, kRatio},
    Quantity{"no2_per_co2", kPlume, &PlumeReading::no2_per_co2, kRatio},
    Quantity{"samples", kPlume, &PlumeReading::samples, {}},
    Quantity{"co_r2", kPlume, &PlumeReading::co_r2, kShare},
    Quantity{"co2_percent", kPlume, &PlumeReading::co2_percent, kPercent},
    Quantity{"co_percent", kPlume, &PlumeReading::co_percent, kPercent},
    Quantity{"hc_ppm", kPlume, &PlumeReading::hc_ppm, kPpm},
    Quantity{"no_ppm", kPlume, &PlumeReading::no_ppm, kPpm},
    Quantity{"no2_ppm", kPlume, &PlumeReading::no2_ppm, kPpm},
    Quantity{"o2_percent", kPlume, &PlumeReading::o2_percent, kPercent},
    Quantity{"co_per_co2_error", kPlume, &PlumeReading::co_per_co2_error, kRatio},
    Quantity{"hc_per_co2_error", kPlume, &PlumeReading::hc_per_co2_error, kRatio},
    Quantity{"no_per_co2_error", kPlume, &PlumeReading::no_per_co2_error, kRatio},
    Quantity{"no2_per_co2_error", kPlume, &PlumeReading::no2_per_co2_error, kRatio},
    Quantity{"opacity_percent", kSmoke, &SmokeReading::opacity_percent, kOpacity},
    Quantity{"k_per_m", kSmoke, &SmokeReading::k_per_m, kExtinction},
    Quantity{"ringelmann", kSmoke, &SmokeReading::ringelmann, kGrade},
    Quantity{"speed_km_h", kSpeed, &SpeedReading::speed_km_h, kRoadSpeed},
    Quantity{"acceleration_m_s2", kSpeed, &SpeedReading::acceleration_m_s2, kAcceleration},
    Quantity{"direction", kSpeed, &SpeedReading::direction, {}},
    Quantity{"length_m", kSpeed, &SpeedReading::length_m, kLength},
    Quantity{"wind_speed_m_s", kWeather, &WeatherReading::wind_speed_m_s, kWind},
    Quantity{"wind_direction_deg", kWeather, &WeatherReading::wind_direction_deg, kAngle},
    Quantity{"temperature_c", kWeather, &WeatherReading::temperature_c, kTemperature},
    Quantity{"humidity_percent", kWeather, &WeatherReading::humidity_percent, kHumidity},
    Quantity{"pressure_hpa", kWeather, &WeatherReading::pressure_hpa, kPressure},
    Quantity{"rain_mm_h", kWeather, &WeatherReading::rain_mm_h, kRain},
};

void join(std::string& list, std::string_view word) {
  if (!list.empty()) list += ", ";
  list += word;
}

template <class Body, class Number>
bool put_member(std::optional<Number> Body::*place, std::optional<double> value, ReadingBody& body) {
  auto* found = std::get_if<Body>(&body);
  if (found == nullptr) return false;
  if constexpr (std::is_same_v<Number, double>) {
    found->*place = value;
  } else {
    const auto whole = whole_number(value, std::numeric_limits<Number>::max());
    found->*place = whole ? std::optional(static_cast<Number>(*whole)) : std::nullopt;
  }
  return true;
}

}  // namespace

const char* to_string(ReadingKind kind) {
  switch (kind) {
    case kPlume: return "plume";
    case kSmoke: return "smoke";
    case kSpeed: return "speed";
    case kPlate: return "plate";
    case kWeather: return "weather";
  }
  return "";
}

ReadingBody empty_body(ReadingKind kind) {
  switch (kind) {
    case kPlume: return PlumeReading{};
    case kSmoke: return SmokeReading{};
    case kSpeed: return SpeedReading{};
    case kPlate: return PlateReading{};
    case kWeather: break;
  }
  return WeatherReading{};
}

std::span<const Quantity> quantities() { return kQuantities; }

const Quantity* find_quantity(std::string_view word) {
  const auto found = std::ranges::find(kQuantities, word, &Quantity::word);
  return found == kQuantities.end() ? nullptr : &*found;
}

bool has_quantity(ReadingKind kind, std::string_view word) {
  const auto* quantity = find_quantity(word);
  return quantity != nullptr && quantity->kind == kind;
}

std::string quantity_words(ReadingKind kind) {
  std::string list;
  for (const auto& quantity : kQuantities) {
    if (quantity.kind == kind) join(list, quantity.word);
  }
  return list;
}

const Unit* find_unit(const Quantity& quantity, std::string_view word) {
  const auto found = std::ranges::find(quantity.units, word, &Unit::word);
  return found == quantity.units.end() ? nullptr : &*found;
}

std::string unit_words(const Quantity& quantity) {
  std::string list;
  for (const auto& unit : quantity.units) join(list, unit.word);
  return list;
}

bool put(const Quantity& quantity, std::optional<double> value, ReadingBody& body) {
  return std::visit([&](auto place) { return put_member(place, value, body); }, quantity.place);
}

bool put(std::string_view word, std::optional<double> value, ReadingBody& body) {
  const auto* quantity = find_quantity(word);
  return quantity != nullptr && put(*quantity, value, body);
}

std::optional<std::uint64_t> whole_number(std::optional<double> value, double most) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it doubles skip whole numbers
  if (!value || *value < 0 || *value > std::min(most, kExact) || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace exhaust
