#pragma once

#include <string>

#include "daemon/settings/standard_file.hpp"
#include "exhaust/v1/passage.pb.h"

/// The words that the tests of assessment speak with.
namespace exhaust::assessment {

inline Standard shipped(const std::string& id) {
  return settings::read_standard(std::string(EXHAUST_SOURCE_DIR) + "/config/standards/" + id + ".toml").value();
}
inline Standard diesel_standard() { return shipped("hj845-2017"); }
inline Standard gasoline_standard() { return shipped("example-gasoline-beijing-2020"); }

/// A clean, well measured vehicle: valid by every rule of the shipped standards, below every limit.
inline v1::Passage clean(const std::string& fuel) {
  v1::Passage p;
  p.set_line("04");
  p.set_lane(1);
  p.set_record_number("A1101190010420201028084857");
  p.mutable_detected_at()->set_seconds(1603846137);
  p.mutable_plate()->set_text("京A12345");
  p.mutable_plate()->set_color("yellow");
  p.mutable_plate()->set_class_("ordinary");
  p.mutable_vehicle()->set_fuel(fuel);
  p.mutable_vehicle()->set_fuel_source("plate_color");
  p.set_speed_km_h(46.81);
  p.set_acceleration_m_s2(0.21);
  p.set_slope_deg(0.2);
  auto& plume = *p.mutable_plume();
  plume.set_co2_excess_percent(1.36);
  plume.set_co_per_co2(0.05);
  plume.set_hc_per_co2(0.001);
  plume.set_no_per_co2(0.005);
  plume.set_samples(50);
  plume.set_co_r2(0.97);
  p.mutable_smoke()->set_opacity_percent(1.14);
  p.mutable_smoke()->set_ringelmann(0);
  auto& weather = *p.mutable_weather();
  weather.set_wind_speed_m_s(0);
  weather.set_temperature_c(6.2);
  weather.set_humidity_percent(40.4);
  weather.set_pressure_hpa(971);
  weather.set_rain_mm_h(0);
  return p;
}

}  // namespace exhaust::assessment
