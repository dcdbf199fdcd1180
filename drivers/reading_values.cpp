#include "drivers/reading_values.hpp"

#include <array>

namespace exhaust {

namespace {

class Values {
 public:
  template <class Number>
  void always(std::string_view name, std::string_view unit, const std::optional<Number>& number) {
    all_.push_back({name, unit, number ? std::optional(static_cast<double>(*number)) : std::nullopt, {}});
  }
  template <class Number>
  void if_measured(std::string_view name, std::string_view unit, const std::optional<Number>& number) {
    if (number) always(name, unit, number);
  }
  void word(std::string_view name, std::string text) { all_.push_back({name, {}, {}, std::move(text)}); }
  std::vector<ReadingValue> take() { return std::move(all_); }

 private:
  std::vector<ReadingValue> all_;
};

void add(Values& values, const PlumeReading& plume) {
  values.always("co2_excess_percent", "%", plume.co2_excess_percent);
  values.always("co_per_co2", "mol/mol", plume.co_per_co2);
  values.always("hc_per_co2", "mol/mol", plume.hc_per_co2);
  values.always("no_per_co2", "mol/mol", plume.no_per_co2);
  values.if_measured("no2_per_co2", "mol/mol", plume.no2_per_co2);
  values.if_measured("samples", "", plume.samples);
  values.if_measured("co_r2", "", plume.co_r2);
  values.if_measured("co2_percent", "%", plume.co2_percent);
  values.if_measured("co_percent", "%", plume.co_percent);
  values.if_measured("hc_ppm", "ppm", plume.hc_ppm);
  values.if_measured("no_ppm", "ppm", plume.no_ppm);
  values.if_measured("no2_ppm", "ppm", plume.no2_ppm);
  values.if_measured("o2_percent", "%", plume.o2_percent);
  values.if_measured("co_per_co2_error", "mol/mol", plume.co_per_co2_error);
  values.if_measured("hc_per_co2_error", "mol/mol", plume.hc_per_co2_error);
  values.if_measured("no_per_co2_error", "mol/mol", plume.no_per_co2_error);
  values.if_measured("no2_per_co2_error", "mol/mol", plume.no2_per_co2_error);
  if (!plume.points.co2_percent.empty()) values.word("points", std::to_string(plume.points.co2_percent.size()) + " of CO2");
}

void add(Values& values, const SmokeReading& smoke) {
  values.always("opacity_percent", "%", smoke.opacity_percent);
  values.if_measured("k_per_m", "1/m", smoke.k_per_m);
  values.if_measured("ringelmann", "", smoke.ringelmann);
}

void add(Values& values, const SpeedReading& speed) {
  values.always("speed_km_h", "km/h", speed.speed_km_h);
  values.always("acceleration_m_s2", "m/s2", speed.acceleration_m_s2);
  values.if_measured("direction", "", speed.direction);
  values.if_measured("length_m", "m", speed.length_m);
  values.word("reported", speed.solicited ? "when asked" : "as the vehicle passed");
}

void add(Values& values, const PlateReading& plate) {
  values.word("plate", plate.raw_text);
  values.word("color", plate.color);
  values.always("confidence_percent", "%", plate.confidence);
  for (const auto& picture : plate.pictures) {
    values.word("picture", picture.name + (picture.jpeg ? ", " + std::to_string(picture.jpeg->size()) + " bytes" : ""));
  }
}

void add(Values& values, const WeatherReading& weather) {
  values.always("wind_speed_m_s", "m/s", weather.wind_speed_m_s);
  values.always("wind_direction_deg", "deg", weather.wind_direction_deg);
  values.always("temperature_c", "degC", weather.temperature_c);
  values.always("humidity_percent", "%", weather.humidity_percent);
  values.always("pressure_hpa", "hPa", weather.pressure_hpa);
  values.if_measured("rain_mm_h", "mm/h", weather.rain_mm_h);
}

void add(Values& values, const SelfCheckReading& check) {
  values.word("result", check.passed ? "passed" : "failed");
  if (!check.remark.empty()) values.word("remark", check.remark);
}

void add(Values& values, const BeamEvent& beam) {
  values.word("edge", beam.edge == BeamEvent::Edge::kBlocked ? "blocked" : "cleared");
}

}  // namespace

const char* kind_of(const Reading& reading) {
  static constexpr std::array kKinds{"plume", "smoke", "speed", "plate", "weather", "self_check", "beam"};
  static_assert(kKinds.size() == std::variant_size_v<decltype(Reading::body)>);
  return kKinds[reading.body.index()];
}

std::vector<ReadingValue> values_of(const Reading& reading) {
  Values values;
  std::visit([&](const auto& body) { add(values, body); }, reading.body);
  return values.take();
}

}  // namespace exhaust
