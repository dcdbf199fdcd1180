#include "daemon/assembly/reading_state.hpp"

#include <algorithm>

namespace exhaust::assembly {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

/// The functions below take every field of a reading apart by structured bindings, so that a new field that nobody
/// keeps does not compile.
template <class Message, class Setter>
void set(Message& message, Setter setter, const auto& value) {
  if (value) (message.*setter)(*value);
}

template <class Value>
std::optional<Value> if_there(bool has, Value value) {
  return has ? std::optional(value) : std::nullopt;
}

v1::SpeedState to_message(const SpeedReading& reading) {
  const auto& [speed_km_h, acceleration_m_s2, direction, length_m, solicited] = reading;
  v1::SpeedState to;
  set(to, &v1::SpeedState::set_speed_km_h, speed_km_h);
  set(to, &v1::SpeedState::set_acceleration_m_s2, acceleration_m_s2);
  set(to, &v1::SpeedState::set_direction, direction);
  set(to, &v1::SpeedState::set_length_m, length_m);
  to.set_solicited(solicited);
  return to;
}

v1::PlateState to_message(const PlateReading& reading) {
  const auto& [raw_text, color, confidence, event_id, pictures] = reading;
  v1::PlateState to;
  to.set_raw_text(raw_text);
  to.set_color(color);
  set(to, &v1::PlateState::set_confidence, confidence);
  to.set_event_id(event_id);
  for (const auto& [name, jpeg] : pictures) {
    auto& picture = *to.add_pictures();
    picture.set_name(name);
    if (jpeg) picture.set_jpeg(*jpeg);
  }
  return to;
}

v1::PlumeSamples to_message(const PlumeReading::Points& points) {
  const auto& [co2_percent, co_percent, hc_ppm, no_ppm, no2_ppm] = points;
  v1::PlumeSamples to;
  to.mutable_co2_percent()->Add(co2_percent.begin(), co2_percent.end());
  to.mutable_co_percent()->Add(co_percent.begin(), co_percent.end());
  to.mutable_hc_ppm()->Add(hc_ppm.begin(), hc_ppm.end());
  to.mutable_no_ppm()->Add(no_ppm.begin(), no_ppm.end());
  to.mutable_no2_ppm()->Add(no2_ppm.begin(), no2_ppm.end());
  return to;
}

PlumeReading::Points from_message(const v1::PlumeSamples& from) {
  return {{from.co2_percent().begin(), from.co2_percent().end()},
          {from.co_percent().begin(), from.co_percent().end()},
          {from.hc_ppm().begin(), from.hc_ppm().end()},
          {from.no_ppm().begin(), from.no_ppm().end()},
          {from.no2_ppm().begin(), from.no2_ppm().end()}};
}

PlumeReading from_message(const v1::Plume& from) {
  PlumeReading to;
  to.co2_excess_percent = if_there(from.has_co2_excess_percent(), from.co2_excess_percent());
  to.co_per_co2 = if_there(from.has_co_per_co2(), from.co_per_co2());
  to.hc_per_co2 = if_there(from.has_hc_per_co2(), from.hc_per_co2());
  to.no_per_co2 = if_there(from.has_no_per_co2(), from.no_per_co2());
  to.no2_per_co2 = if_there(from.has_no2_per_co2(), from.no2_per_co2());
  to.samples = if_there(from.has_samples(), from.samples());
  to.co_r2 = if_there(from.has_co_r2(), from.co_r2());
  to.co2_percent = if_there(from.has_co2_percent(), from.co2_percent());
  to.co_percent = if_there(from.has_co_percent(), from.co_percent());
  to.hc_ppm = if_there(from.has_hc_ppm(), from.hc_ppm());
  to.no_ppm = if_there(from.has_no_ppm(), from.no_ppm());
  to.no2_ppm = if_there(from.has_no2_ppm(), from.no2_ppm());
  to.o2_percent = if_there(from.has_o2_percent(), from.o2_percent());
  to.co_per_co2_error = if_there(from.has_co_per_co2_error(), from.co_per_co2_error());
  to.hc_per_co2_error = if_there(from.has_hc_per_co2_error(), from.hc_per_co2_error());
  to.no_per_co2_error = if_there(from.has_no_per_co2_error(), from.no_per_co2_error());
  to.no2_per_co2_error = if_there(from.has_no2_per_co2_error(), from.no2_per_co2_error());
  to.points = from_message(from.points());
  return to;
}

SmokeReading from_message(const v1::Smoke& from) {
  return {if_there(from.has_opacity_percent(), from.opacity_percent()), if_there(from.has_k_per_m(), from.k_per_m()),
          if_there(from.has_ringelmann(), from.ringelmann())};
}

WeatherReading from_message(const v1::Weather& from) {
  WeatherReading to;
  to.wind_speed_m_s = if_there(from.has_wind_speed_m_s(), from.wind_speed_m_s());
  to.wind_direction_deg = if_there(from.has_wind_direction_deg(), from.wind_direction_deg());
  to.temperature_c = if_there(from.has_temperature_c(), from.temperature_c());
  to.humidity_percent = if_there(from.has_humidity_percent(), from.humidity_percent());
  to.pressure_hpa = if_there(from.has_pressure_hpa(), from.pressure_hpa());
  to.rain_mm_h = if_there(from.has_rain_mm_h(), from.rain_mm_h());
  return to;
}

SpeedReading from_message(const v1::SpeedState& from) {
  SpeedReading to;
  to.speed_km_h = if_there(from.has_speed_km_h(), from.speed_km_h());
  to.acceleration_m_s2 = if_there(from.has_acceleration_m_s2(), from.acceleration_m_s2());
  to.direction = if_there(from.has_direction(), static_cast<std::uint8_t>(from.direction()));
  to.length_m = if_there(from.has_length_m(), from.length_m());
  to.solicited = from.solicited();
  return to;
}

PlateReading from_message(const v1::PlateState& from) {
  PlateReading to;
  to.raw_text = from.raw_text();
  to.color = from.color();
  to.confidence = if_there(from.has_confidence(), from.confidence());
  to.event_id = from.event_id();
  for (const auto& picture : from.pictures()) {
    to.pictures.push_back({picture.name(), std::make_shared<const std::string>(picture.jpeg())});
  }
  return to;
}

}  // namespace

v1::Plume to_message(const PlumeReading& plume) {
  const auto& [co2_excess_percent, co_per_co2, hc_per_co2, no_per_co2, no2_per_co2, samples, co_r2, co2_percent,
               co_percent, hc_ppm, no_ppm, no2_ppm, o2_percent, co_per_co2_error, hc_per_co2_error, no_per_co2_error,
               no2_per_co2_error, points] = plume;
  v1::Plume to;
  set(to, &v1::Plume::set_co2_excess_percent, co2_excess_percent);
  set(to, &v1::Plume::set_co_per_co2, co_per_co2);
  set(to, &v1::Plume::set_hc_per_co2, hc_per_co2);
  set(to, &v1::Plume::set_no_per_co2, no_per_co2);
  set(to, &v1::Plume::set_no2_per_co2, no2_per_co2);
  set(to, &v1::Plume::set_samples, samples);
  set(to, &v1::Plume::set_co_r2, co_r2);
  set(to, &v1::Plume::set_co2_percent, co2_percent);
  set(to, &v1::Plume::set_co_percent, co_percent);
  set(to, &v1::Plume::set_hc_ppm, hc_ppm);
  set(to, &v1::Plume::set_no_ppm, no_ppm);
  set(to, &v1::Plume::set_no2_ppm, no2_ppm);
  set(to, &v1::Plume::set_o2_percent, o2_percent);
  set(to, &v1::Plume::set_co_per_co2_error, co_per_co2_error);
  set(to, &v1::Plume::set_hc_per_co2_error, hc_per_co2_error);
  set(to, &v1::Plume::set_no_per_co2_error, no_per_co2_error);
  set(to, &v1::Plume::set_no2_per_co2_error, no2_per_co2_error);
  if (auto each = to_message(points); each.ByteSizeLong() > 0) *to.mutable_points() = std::move(each);
  return to;
}

v1::Smoke to_message(const SmokeReading& smoke) {
  const auto& [opacity_percent, k_per_m, ringelmann] = smoke;
  v1::Smoke to;
  set(to, &v1::Smoke::set_opacity_percent, opacity_percent);
  set(to, &v1::Smoke::set_k_per_m, k_per_m);
  set(to, &v1::Smoke::set_ringelmann, ringelmann);
  return to;
}

v1::Weather to_message(const WeatherReading& weather) {
  const auto& [wind_speed_m_s, wind_direction_deg, temperature_c, humidity_percent, pressure_hpa, rain_mm_h] = weather;
  v1::Weather to;
  set(to, &v1::Weather::set_wind_speed_m_s, wind_speed_m_s);
  set(to, &v1::Weather::set_wind_direction_deg, wind_direction_deg);
  set(to, &v1::Weather::set_temperature_c, temperature_c);
  set(to, &v1::Weather::set_humidity_percent, humidity_percent);
  set(to, &v1::Weather::set_pressure_hpa, pressure_hpa);
  set(to, &v1::Weather::set_rain_mm_h, rain_mm_h);
  return to;
}

v1::ReadingState to_message(const Reading& reading) {
  const auto& [device, lane, delivered, arrived, device_time, count, session, frame_sha256, body] = reading;
  v1::ReadingState state;
  state.set_device(device);
  state.set_lane(lane);
  state.set_delivered_ns(to_ns(delivered));
  state.set_arrived_us(to_us(arrived));
  if (device_time) state.set_device_time_us(to_us(*device_time));
  if (count) state.set_count(*count);
  state.set_session(session);
  if (frame_sha256) state.set_frame_sha256(frame_sha256->data(), frame_sha256->size());
  std::visit(Overloaded{
                 [&](const PlumeReading& plume) { *state.mutable_plume() = to_message(plume); },
                 [&](const SmokeReading& smoke) { *state.mutable_smoke() = to_message(smoke); },
                 [&](const SpeedReading& speed) { *state.mutable_speed() = to_message(speed); },
                 [&](const PlateReading& plate) { *state.mutable_plate() = to_message(plate); },
                 [&](const WeatherReading& weather) { *state.mutable_weather() = to_message(weather); },
                 [&](const SelfCheckReading& check) {
                   const auto& [passed, remark] = check;
                   state.mutable_self_check()->set_passed(passed);
                   state.mutable_self_check()->set_remark(remark);
                 },
                 [&](const BeamEvent& beam) {
                   const auto& [edge] = beam;
                   state.mutable_beam()->set_cleared(edge == BeamEvent::Edge::kCleared);
                 },
             },
             body);
  return state;
}

Result<Reading> from_message(const v1::ReadingState& state) {
  Reading reading;
  reading.device = state.device();
  reading.lane = state.lane();
  const auto delivered = monotonic_from_ns(state.delivered_ns());
  const auto arrived = wall_from_us(state.arrived_us());
  if (!delivered || !arrived) return fail(ErrorKind::kDamaged, "a reading's stamp is out of range");
  reading.delivered = *delivered;
  reading.arrived = *arrived;
  if (state.has_device_time_us()) {
    // The device's own clock may say anything that a timestamp can hold.
    reading.device_time = WallTime{std::chrono::microseconds{state.device_time_us()}};
  }
  if (state.has_count()) reading.count = state.count();
  reading.session = state.session();
  if (Digest hash; state.frame_sha256().size() == hash.size()) {
    std::ranges::copy(as_bytes(state.frame_sha256()), hash.begin());
    reading.frame_sha256 = hash;
  } else if (!state.frame_sha256().empty()) {
    return fail(ErrorKind::kDamaged, "a reading's frame hash is not one");
  }
  switch (state.body_case()) {
    case v1::ReadingState::kPlume: reading.body = from_message(state.plume()); break;
    case v1::ReadingState::kSmoke: reading.body = from_message(state.smoke()); break;
    case v1::ReadingState::kSpeed: reading.body = from_message(state.speed()); break;
    case v1::ReadingState::kPlate: reading.body = from_message(state.plate()); break;
    case v1::ReadingState::kWeather: reading.body = from_message(state.weather()); break;
    case v1::ReadingState::kSelfCheck: reading.body = SelfCheckReading{state.self_check().passed(), state.self_check().remark()}; break;
    case v1::ReadingState::kBeam:
      reading.body = BeamEvent{state.beam().cleared() ? BeamEvent::Edge::kCleared : BeamEvent::Edge::kBlocked};
      break;
    case v1::ReadingState::BODY_NOT_SET: return fail(ErrorKind::kDamaged, "a reading says nothing");
  }
  return reading;
}

std::int64_t to_ns(MonotonicTime time) { return std::chrono::nanoseconds{time.time_since_epoch()}.count(); }
std::int64_t to_us(WallTime time) { return time.time_since_epoch().count(); }

Result<MonotonicTime> monotonic_from_ns(std::int64_t ns) {
  constexpr std::int64_t kMost = 1LL << 60;  // 36 years
  if (ns < 0 || ns > kMost) return fail(ErrorKind::kDamaged, "a stamp of " + std::to_string(ns) + " ns is none");
  return MonotonicTime{std::chrono::nanoseconds{ns}};
}

Result<WallTime> wall_from_us(std::int64_t us) {
  constexpr std::int64_t kMost = 253'402'300'799'000'000;
  if (us < 0 || us > kMost) return fail(ErrorKind::kDamaged, "a stamp of " + std::to_string(us) + " us is none");
  return WallTime{std::chrono::microseconds{us}};
}

}  // namespace exhaust::assembly
