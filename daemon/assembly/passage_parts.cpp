#include "daemon/assembly/passage_parts.hpp"

#include <google/protobuf/util/time_util.h>

#include "daemon/assembly/reading_state.hpp"
#include "daemon/core/utf8.hpp"

namespace exhaust::assembly {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

template <class Message, class Value>
void set(Message& message, void (Message::*setter)(Value), const auto& value) {
  if (value) (message.*setter)(*value);
}

}  // namespace

Part part_of(const Reading& reading) {
  return std::visit(Overloaded{
                        [](const PlumeReading&) { return kPlumePart; },
                        [](const SmokeReading&) { return kSmokePart; },
                        [](const PlateReading&) { return kPlatePart; },
                        [](const SpeedReading&) { return kSpeedPart; },
                        [](const auto&) { return kNoPart; },
                    },
                    reading.body);
}

bool is_trigger(const Reading& reading) {
  if (const auto* beam = std::get_if<BeamEvent>(&reading.body))
    return beam->edge == BeamEvent::Edge::kBlocked;
  return std::holds_alternative<SpeedReading>(reading.body) && reading.count.has_value();
}

bool is_solicited(const Reading& reading) {
  const auto* speed = std::get_if<SpeedReading>(&reading.body);
  return speed != nullptr && speed->solicited;
}

void put(v1::Passage& passage, const Reading& reading) {
  std::visit(Overloaded{
                 [&](const PlumeReading& plume) { *passage.mutable_plume() = to_message(plume); },
                 [&](const SmokeReading& smoke) { *passage.mutable_smoke() = to_message(smoke); },
                 [&](const PlateReading& plate) { *passage.mutable_plate() = to_message(plate); },
                 [&](const SpeedReading& speed) {
                   passage.clear_speed_km_h();  // of another reading, whose place this one takes
                   passage.clear_acceleration_m_s2();
                   passage.clear_length_m();
                   set(passage, &v1::Passage::set_speed_km_h, speed.speed_km_h);
                   set(passage, &v1::Passage::set_acceleration_m_s2, speed.acceleration_m_s2);
                   set(passage, &v1::Passage::set_length_m, speed.length_m);
                 },
                 [](const auto&) {},
             },
             reading.body);
}

void put(v1::Passage& passage, const WeatherReading& weather) {
  passage.mutable_weather()->MergeFrom(to_message(weather));
}

bool add_missing(WeatherReading& to, const WeatherReading& from) {
  bool added = false;
  for (const auto field : {&WeatherReading::wind_speed_m_s, &WeatherReading::wind_direction_deg, &WeatherReading::temperature_c,
                           &WeatherReading::humidity_percent, &WeatherReading::pressure_hpa, &WeatherReading::rain_mm_h}) {
    if (to.*field || !(from.*field)) continue;
    to.*field = from.*field;
    added = true;
  }
  return added;
}

v1::Plate to_message(const PlateReading& plate) {
  v1::Plate to;
  const auto parsed = parse_plate(plate.raw_text, plate.color);
  to.set_text(parsed.text);
  to.set_raw_text(recordable_text(plate.raw_text));
  to.set_class_(parsed.plate_class);
  to.set_corrected(parsed.corrected);
  to.set_color(plate.color);
  set(to, &v1::Plate::set_confidence, plate.confidence);
  return to;
}

v1::Source source_of(const Reading& reading) {
  v1::Source source;
  source.set_device(reading.device);
  if (reading.frame_sha256)
    source.set_frame_sha256(reading.frame_sha256->data(), reading.frame_sha256->size());
  if (reading.device_time) {
    *source.mutable_device_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
        reading.device_time->time_since_epoch().count());
  }
  if (reading.count) source.set_device_count(*reading.count);
  return source;
}

bool is_trailer_of(std::string_view trailer, std::string_view vehicle) {
  const auto behind = decode_utf8(trailer), before = decode_utf8(vehicle);
  if (!behind || !before || behind->size() != 7 || before->size() < 6 || behind->back() != U'挂')
    return false;
  if (before->back() == U'挂' || behind->substr(0, 2) != before->substr(0, 2)) return false;
  return before->find(behind->substr(2, 4), 2) != std::u32string::npos;
}

}  // namespace exhaust::assembly
