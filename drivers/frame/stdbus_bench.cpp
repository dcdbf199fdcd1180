#include <utility>

#include "drivers/frame/decoders.hpp"
#include "drivers/frame/stdbus.hpp"

namespace exhaust::frame {

namespace {

constexpr std::size_t kGasesBytes = 16;

Bytes request_of(const FrameSettings& settings) {
  return stdbus::encode({.addresses = {settings.host_address, settings.board_address},
                         .command = stdbus::kBenchCommand,
                         .sub = stdbus::kRead});
}

Role role_of(const FrameSettings& settings, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  const bool answer = frame && frame->command == stdbus::kBenchCommand && frame->sub == stdbus::kReadAnswer &&
                      frame->addresses.size() >= 2 && frame->addresses.front() == settings.board_address &&
                      frame->addresses.back() == settings.host_address;
  return answer ? Role::kAnswer : Role::kForeign;
}

std::optional<double> opacity_percent(std::optional<double> transmittance, Transmittance unit) {
  if (!transmittance) return std::nullopt;
  return unit == Transmittance::kFraction ? 100 - *transmittance * 100 : 100 - *transmittance;
}

Result<Readings> read_bench(const FrameSettings& settings, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  if (!frame) return fail(ErrorKind::kBadFrame, "not one whole Stdbus frame");
  const auto bench = stdbus::decode_bench(frame->payload);
  if (!bench) return std::unexpected(bench.error());
  auto gases = settings.bench_values == BenchValues::kResult ? bench->result : bench->mean;
  if (settings.swap_hc_no) std::swap(gases.hc_ppm, gases.no_ppm);
  Readings readings(1);
  PlumeReading plume;
  plume.co2_percent = gases.co2_percent;
  plume.co_percent = gases.co_percent;
  plume.hc_ppm = gases.hc_ppm;
  plume.no_ppm = gases.no_ppm;
  readings[0].body = plume;
  if (settings.transmittance != Transmittance::kNone) {
    SmokeReading smoke;
    smoke.opacity_percent = opacity_percent(bench->smoke, settings.transmittance);
    readings.emplace_back().body = smoke;
  }
  return readings;
}

/// A result stands until the next one, and has no number: the same bits are the same measurement.
std::optional<Bytes> identity_of(const FrameSettings& settings, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  if (settings.bench_values == BenchValues::kMean || !frame || frame->payload.size() < kGasesBytes) return Bytes{};
  return Bytes(frame->payload.end() - kGasesBytes, frame->payload.end());
}

}  // namespace

/// A gas bench on a Stdbus (devices.md 5, command 18).
constexpr Decoder kStdbusBench{.name = "stdbus-bench",
                               .cut = [](const FrameSettings&, ByteView waiting) { return stdbus::cut(waiting); },
                               .role = &role_of,
                               .read = &read_bench,
                               .request = &request_of,
                               .identity = &identity_of};

}  // namespace exhaust::frame
