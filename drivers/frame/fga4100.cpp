#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/frame/decoders.hpp"
#include "drivers/quantity.hpp"

namespace exhaust::frame {

namespace {

constexpr std::uint8_t kRequest[]{0x7E, 0x01, 0xF4, 0x0A, 0x7E, 0x04, 0x00, 0x01, 0x02, 0x02, 0xF6};
constexpr std::uint8_t kFirst = 0x7E;
constexpr std::size_t kLength = 51;
constexpr std::size_t kText = 18;
constexpr std::size_t kDigits = 4;

struct Field {
  std::string_view quantity;
  double divisor;
};
/// In the order of the line; lambda, speed and oil temperature follow.
constexpr Field kFields[]{{"hc_ppm", 1}, {"co_percent", 100}, {"co2_percent", 10}, {"o2_percent", 10}, {"no_ppm", 1}};

/// The complement of the sum of the text, as the request's last byte is of its own.
bool sums_up(ByteView frame) {
  const auto text = frame.subspan(kText, kLength - 1 - kText);
  return static_cast<std::uint8_t>(~std::accumulate(text.begin(), text.end(), 0u)) == frame.back();
}

/// Four characters: digits, perhaps a sign, perhaps blanks before. Absent: none of them is a digit.
std::optional<double> number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Cut cut_fga4100(const FrameSettings&, ByteView waiting) {
  if (waiting[0] != kFirst) return Cut::skip(static_cast<std::size_t>(std::ranges::find(waiting, kFirst) - waiting.begin()));
  if (waiting.size() < kLength) return Cut::more();
  if (sums_up(waiting.first(kLength))) return Cut::frame(kLength);
  return Cut::skip(1, Flaw::kBadChecksum);
}

Result<Readings> read_fga4100(const FrameSettings&, ByteView frame) {
  if (frame.size() != kLength || frame[0] != kFirst || !sums_up(frame)) {
    return fail(ErrorKind::kBadFrame, "not a whole frame of 51 bytes with its check sum");
  }
  Reading reading;
  reading.body = PlumeReading{};
  const auto text = as_text(frame.subspan(kText));
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    auto value = number(text.substr(i * kDigits, kDigits));
    if (value) *value /= kFields[i].divisor;
    put(kFields[i].quantity, value, reading.body);
  }
  return Readings{std::move(reading)};
}

}  // namespace

/// Foshan Fenxi FGA-4100 gas analyser (devices.md 6), 19200 baud.
constexpr Decoder kFga4100{.name = "fga4100",
                           .cut = &cut_fga4100,
                           .role = [](const FrameSettings&, ByteView) { return Role::kAnswer; },
                           .read = &read_fga4100,
                           .request = [](const FrameSettings&) { return Bytes(std::begin(kRequest), std::end(kRequest)); }};

}  // namespace exhaust::frame
