#include <string>

#include "drivers/mq007/driver.hpp"
#include "drivers/mq007/frame.hpp"
#include "drivers/mq007/result.hpp"
#include "drivers/mq007/status.hpp"

namespace exhaust {

namespace {

using Value = std::optional<double>;

constexpr double kPpmOfOnePercent = 1e4;

Value scaled(const Value& value, double by) { return value ? Value(*value * by) : std::nullopt; }
Value percent(const Value& value, GasUnit unit) {
  return scaled(value, unit == GasUnit::kPercent ? 1 : 1 / kPpmOfOnePercent);
}
Value ppm(const Value& value, GasUnit unit) { return scaled(value, unit == GasUnit::kPpm ? 1 : kPpmOfOnePercent); }

Reading reading_of(auto body) {
  Reading reading;
  reading.body = std::move(body);
  return reading;
}

std::vector<Reading> readings_of(const mq007::TestResult& result, const Mq007Settings& settings) {
  PlumeReading plume;
  plume.co2_percent = percent(result.co2, settings.co2_unit);
  plume.co_percent = percent(result.co, settings.co_unit);
  plume.hc_ppm = ppm(result.hc, settings.hc_unit);
  plume.no_ppm = ppm(result.no, settings.no_unit);

  SmokeReading smoke;
  const auto& opacity = settings.opacity == Mq007Settings::Opacity::kMax ? result.opacity_max : result.opacity_mean;
  smoke.opacity_percent = scaled(opacity, settings.opacity_unit == Mq007Settings::OpacityUnit::kPercent ? 1 : 100);
  if (settings.use_k) smoke.k_per_m = result.k;

  SpeedReading speed;
  speed.speed_km_h = result.speed_km_h;
  speed.acceleration_m_s2 = result.acceleration_m_s2;
  speed.length_m = scaled(result.length_cm, 0.01);
  return {reading_of(plume), reading_of(smoke), reading_of(speed)};
}

}  // namespace

Result<std::vector<Reading>> decode_mq007(const DeviceSettings& device, ByteView frame) {
  const auto message = mq007::parse(frame);
  if (!message) return std::unexpected(message.error());
  if (message->type == mq007::type::kTrigger) return std::vector{reading_of(BeamEvent{BeamEvent::Edge::kBlocked})};
  if (message->type == mq007::type::kCarLeft) return std::vector{reading_of(BeamEvent{BeamEvent::Edge::kCleared})};
  if (message->type == mq007::type::kCalibrationStatus) {
    const auto status = mq007::decode_calibration_status(message->data);
    if (!status) return std::unexpected(status.error());
    if (!status->finished) return fail(ErrorKind::kBadFrame, "a calibration that has not finished says nothing");
    return std::vector{reading_of(SelfCheckReading{status->succeeded, "calibration" + (status->text.empty() ? "" : ": " + status->text)})};
  }
  if (message->type != mq007::type::kResult) return fail(ErrorKind::kBadFrame, "a frame of this type measures nothing");
  const auto& settings = std::get<Mq007Settings>(device.driver);
  const auto result = mq007::decode_result(message->data, settings.result_struct);
  if (!result) return std::unexpected(result.error());
  return readings_of(*result, settings);
}

}  // namespace exhaust
