#include <algorithm>
#include <array>
#include <utility>

#include "drivers/frame/decoders.hpp"
#include "drivers/frame/stdbus.hpp"

namespace exhaust::frame {

namespace {

constexpr std::size_t kGasesBytes = 16;

/// Of each gas, in the order in which the board numbers them. Boards whose *result* has HC before NO have the points
/// under commands of their own.
struct PointsCommand {
  std::uint8_t command;
  std::vector<double> PlumeReading::Points::* place;
};
constexpr std::array<PointsCommand, 4> kPoints{{{stdbus::kCo2PointsCommand, &PlumeReading::Points::co2_percent},
                                                {stdbus::kCoPointsCommand, &PlumeReading::Points::co_percent},
                                                {stdbus::kNoPointsCommand, &PlumeReading::Points::no_ppm},
                                                {stdbus::kHcPointsCommand, &PlumeReading::Points::hc_ppm}}};

bool is_points(std::uint8_t command) { return std::ranges::count(kPoints, command, &PointsCommand::command) > 0; }

Bytes question(const FrameSettings& settings, std::uint8_t command) {
  return stdbus::encode(
      {.addresses = {settings.host_address, settings.board_address}, .command = command, .sub = stdbus::kRead});
}

Bytes request_of(const FrameSettings& settings) { return question(settings, stdbus::kBenchCommand); }

std::vector<Bytes> further_of(const FrameSettings& settings) {
  std::vector<Bytes> questions;
  if (!settings.bench_points) return questions;
  for (const auto& gas : kPoints) questions.push_back(question(settings, gas.command));
  questions.push_back(request_of(settings));
  return questions;
}

/// Points that cannot be read are no answer, so that they do not cost the result that they belong to.
bool answers(ByteView question, ByteView raw) {
  const auto asked = stdbus::parse(question);
  const auto answer = stdbus::parse(raw);
  if (!asked || !answer || asked->command != answer->command) return false;
  return !is_points(answer->command) || stdbus::decode_points(answer->payload).has_value();
}

Role role_of(const FrameSettings& settings, ByteView raw) {
  const auto frame = stdbus::parse(raw);
  const bool ours = frame && (frame->command == stdbus::kBenchCommand || (settings.bench_points && is_points(frame->command)));
  const bool answer = ours && frame->sub == stdbus::kReadAnswer &&
                      frame->addresses.size() >= 2 && frame->addresses.front() == settings.board_address &&
                      frame->addresses.back() == settings.host_address;
  return answer ? Role::kAnswer : Role::kForeign;
}

std::optional<double> opacity_percent(std::optional<double> transmittance, Transmittance unit) {
  if (!transmittance) return std::nullopt;
  return unit == Transmittance::kFraction ? 100 - *transmittance * 100 : 100 - *transmittance;
}

/// The frame that `raw` begins with; nothing: it begins with none.
std::optional<ByteView> first_frame(ByteView raw) {
  if (raw.empty()) return std::nullopt;
  const auto cut = stdbus::cut(raw);
  return cut.kind == Cut::Kind::kFrame ? std::optional(raw.first(cut.bytes)) : std::nullopt;
}

/// What tells one result from the next: it has no number.
ByteView result_bits(const stdbus::StdbusFrame& frame) {
  return frame.payload.size() < kGasesBytes ? ByteView() : ByteView(frame.payload).last(kGasesBytes);
}

/// What follows a result: its points, and the result again. Without that, or with another one, the points may be of the
/// next vehicle, and there are none.
Result<void> read_points(const stdbus::StdbusFrame& result, ByteView raw, PlumeReading::Points& points) {
  bool same_before_and_after = false;
  while (!raw.empty()) {
    const auto piece = first_frame(raw);
    const auto frame = piece ? stdbus::parse(*piece) : std::nullopt;
    if (frame && frame->command == stdbus::kBenchCommand) {
      same_before_and_after = std::ranges::equal(result_bits(*frame), result_bits(result));
      raw = raw.subspan(piece->size());
      continue;
    }
    const auto gas = frame ? std::ranges::find(kPoints, frame->command, &PointsCommand::command) : kPoints.end();
    if (gas == kPoints.end()) return fail(ErrorKind::kBadFrame, "what follows the result is not its points");
    auto values = stdbus::decode_points(frame->payload);
    if (!values) return std::unexpected(values.error());
    points.*(gas->place) = std::move(*values);
    raw = raw.subspan(piece->size());
  }
  if (!same_before_and_after) points = {};
  return {};
}

Result<Readings> read_bench(const FrameSettings& settings, ByteView raw) {
  const auto piece = first_frame(raw);
  const auto frame = piece ? stdbus::parse(*piece) : std::nullopt;
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
  if (const auto read = read_points(*frame, raw.subspan(piece->size()), plume.points); !read) return std::unexpected(read.error());
  readings[0].body = std::move(plume);
  if (settings.transmittance != Transmittance::kNone) {
    SmokeReading smoke;
    smoke.opacity_percent = opacity_percent(bench->smoke, settings.transmittance);
    readings.emplace_back().body = smoke;
  }
  return readings;
}

/// A result stands until the next one, and has no number: the same bits are the same measurement.
std::optional<Bytes> identity_of(const FrameSettings& settings, ByteView raw) {
  const auto piece = first_frame(raw);
  const auto frame = piece ? stdbus::parse(*piece) : std::nullopt;
  if (settings.bench_values == BenchValues::kMean || !frame) return Bytes{};
  const auto bits = result_bits(*frame);
  return Bytes(bits.begin(), bits.end());
}

}  // namespace

/// A gas bench on a Stdbus (devices.md 5, commands 18 and A0 to A3).
constexpr Decoder kStdbusBench{.name = "stdbus-bench",
                               .cut = [](const FrameSettings&, ByteView waiting) { return stdbus::cut(waiting); },
                               .role = &role_of,
                               .read = &read_bench,
                               .request = &request_of,
                               .further = &further_of,
                               .answers = &answers,
                               .identity = &identity_of};

}  // namespace exhaust::frame
