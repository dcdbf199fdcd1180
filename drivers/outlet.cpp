#include "drivers/outlet.hpp"

namespace exhaust {

Result<std::vector<Reading>> readings_of(Decode decode, const DeviceSettings& device, const Frame& measurement) {
  auto readings = decode(device, measurement.bytes);
  if (!readings) return readings;
  const auto hash = sha256(measurement.bytes);
  for (auto& reading : *readings) {
    reading.device = device.name;
    if (reading.lane == 0) reading.lane = device.lane;
    reading.delivered = measurement.delivered;
    reading.arrived = measurement.arrived;
    reading.session = measurement.session;
    reading.frame_sha256 = hash;
  }
  return readings;
}

Frame Outlet::frame_now(Frame::Kind kind, ByteView bytes) const {
  return {kind, context_.clock.monotonic(), context_.clock.wall(), session_, bytes};
}

Result<void> Outlet::measurement(ByteView bytes) {
  auto frame = frame_now(Frame::Kind::kMeasurement, bytes);
  auto readings = readings_of(decode_, device_, frame);
  if (!readings) frame.kind = Frame::Kind::kDropped;
  context_.tap(frame);
  if (!readings) return std::unexpected(readings.error());
  for (auto& reading : *readings) context_.deliver(std::move(reading));
  return {};
}

}  // namespace exhaust
