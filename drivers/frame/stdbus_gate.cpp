#include "drivers/frame/decoders.hpp"
#include "drivers/frame/stdbus.hpp"

namespace exhaust::frame {

namespace {

Bytes request_of(const FrameSettings& settings) {
  return stdbus::encode({.addresses = {settings.host_address, settings.board_address},
                         .command = stdbus::kSpeedCommand,
                         .sub = stdbus::kRead});
}

Role role_of(const FrameSettings& settings, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  const bool from_the_gate = frame && frame->command == stdbus::kSpeedCommand && frame->addresses.size() >= 2 &&
                             frame->addresses.front() == settings.board_address && frame->addresses.back() == settings.host_address;
  if (!from_the_gate) return Role::kForeign;
  if (frame->sub == stdbus::kReadAnswer) return Role::kAnswer;
  return frame->sub == stdbus::kWrite ? Role::kReport : Role::kForeign;
}

Result<Readings> read_gate(const FrameSettings&, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  if (!frame) return fail(ErrorKind::kBadFrame, "not one whole Stdbus frame");
  const auto speed = stdbus::decode_speed(frame->payload);
  if (!speed) return std::unexpected(speed.error());
  Reading reading;
  reading.count = speed->count;
  reading.body = SpeedReading{.speed_km_h = speed->speed_km_h,
                              .acceleration_m_s2 = speed->acceleration_m_s2,
                              .direction = speed->direction,
                              .solicited = frame->sub == stdbus::kReadAnswer};
  return Readings{std::move(reading)};
}

/// A report that cannot be understood is acknowledged as well: repeating it would not make it better.
Bytes acknowledgement_of(ByteView report) {
  const auto frame = stdbus::parse(report);
  return frame ? stdbus::encode(stdbus::answer_to(*frame, stdbus::kWriteAnswer)) : Bytes{};
}

}  // namespace

/// The speed board of a Stdbus (devices.md 5). It speaks when a vehicle passes and when it is asked.
constexpr Decoder kStdbusGate{.name = "stdbus-gate",
                              .cut = [](const FrameSettings&, ByteView waiting) { return stdbus::cut(waiting); },
                              .role = &role_of,
                              .read = &read_gate,
                              .request = &request_of,
                              .acknowledgement = &acknowledgement_of,
                              .answers_may_be_late = true};

}  // namespace exhaust::frame
