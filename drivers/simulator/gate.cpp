#include "drivers/simulator/gate.hpp"

namespace exhaust::simulator {

namespace {

constexpr std::uint8_t kForward = 1;

stdbus::GateSpeed speed_of(const Passing& passing) {
  return {.count = passing.number,
          .direction = kForward,
          .speed_km_h = passing.vehicle.speed_km_h,
          .acceleration_m_s2 = passing.vehicle.acceleration_m_s2};
}

}  // namespace

Bytes GateBoard::report(const Passing& passing) {
  newest_ = speed_of(passing);
  return stdbus::encode({.addresses = {kBoard, kHost},
                         .index = 1,
                         .command = stdbus::kSpeedCommand,
                         .sub = stdbus::kWrite,
                         .payload = stdbus::encode_speed(newest_)});
}

void GateBoard::remember(const Passing& passing) { newest_ = speed_of(passing); }

Bytes GateBoard::answers(ByteView received) {
  Bytes out;
  reader_.feed(received);
  while (const auto got = reader_.next()) {
    const auto& frame = got->frame;
    const bool for_us = !frame.addresses.empty() && frame.addresses.back() == kBoard;
    if (!for_us || frame.command != stdbus::kSpeedCommand || frame.sub != stdbus::kRead) continue;
    asked_ = true;
    const auto answer = stdbus::encode(
        stdbus::answer_to(frame, stdbus::kReadAnswer, stdbus::encode_speed(newest_)));
    out.insert(out.end(), answer.begin(), answer.end());
  }
  return out;
}

}  // namespace exhaust::simulator
