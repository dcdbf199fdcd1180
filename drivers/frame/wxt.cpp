#include <algorithm>
#include <string>

#include "drivers/frame/decoders.hpp"
#include "drivers/frame/text_line.hpp"

namespace exhaust::frame {

namespace {

constexpr std::size_t kMostBytes = 512;
constexpr std::string_view kEnd = "\r\n";
constexpr std::string_view kComposite = "0R0\r\n";

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// aR0 composite, aR1 wind, aR2 pressure temperature humidity, aR3 rain; aR5 is the supervisor. a: the device's address.
bool is_data(std::string_view line) {
  return line.size() > 4 && is_alphanumeric(line[0]) && line[1] == 'R' && line[2] >= '0' && line[2] <= '3' && line[3] == ',';
}

struct Unit {
  char letter;
  double factor;
  double offset = 0;
};
constexpr Unit kSpeeds[]{{'M', 1}, {'K', 1 / 3.6}, {'S', 0.44704}, {'N', 1852.0 / 3600}};
constexpr Unit kTemperatures[]{{'C', 1}, {'F', 1 / 1.8, -32 / 1.8}};
constexpr Unit kPressures[]{{'H', 1}, {'P', 0.01}, {'B', 1000}, {'M', 1013.25 / 760}, {'I', 33.8639}};
constexpr Unit kDegrees[]{{'D', 1}};
constexpr Unit kPercents[]{{'P', 1}};
constexpr Unit kRains[]{{'M', 1}, {'I', 25.4}};

struct Word {
  std::string_view key;
  std::optional<double> WeatherReading::*place;
  std::span<const Unit> units;
};
/// Of wind, the averages.
constexpr Word kWords[]{{"Dm", &WeatherReading::wind_direction_deg, kDegrees}, {"Sm", &WeatherReading::wind_speed_m_s, kSpeeds},
                        {"Ta", &WeatherReading::temperature_c, kTemperatures}, {"Ua", &WeatherReading::humidity_percent, kPercents},
                        {"Pa", &WeatherReading::pressure_hpa, kPressures},     {"Ri", &WeatherReading::rain_mm_h, kRains}};

/// "236D" with the unit's letter. Absent: '#' in the letter's place says that it is not valid. Error: anything else.
Result<std::optional<double>> value_of(std::string_view text, std::span<const Unit> units) {
  if (text.ends_with('#')) return std::nullopt;
  const auto bad = fail(ErrorKind::kBadFrame, "'" + std::string(text.substr(0, 20)) + "' is no number with a known unit");
  if (text.empty()) return bad;
  const auto unit = std::ranges::find(units, text.back(), &Unit::letter);
  const auto number = number_in(text.substr(0, text.size() - 1));
  if (unit == units.end() || !number) return bad;
  return *number * unit->factor + unit->offset;
}

/// A line begins with the address; what is no letter or digit before it is noise.
Cut cut_wxt(const FrameSettings&, ByteView waiting) {
  const auto begins = [](std::uint8_t byte) { return is_alphanumeric(static_cast<char>(byte)); };
  const auto noise = static_cast<std::size_t>(std::ranges::find_if(waiting, begins) - waiting.begin());
  return noise > 0 ? Cut::skip(noise) : cut_line(waiting, "", kEnd, kMostBytes);
}

Role role_of(const FrameSettings& settings, ByteView line) {
  const auto text = as_text(line);
  if (!is_data(text)) return Role::kForeign;
  const auto request = settings.request.value_or(std::string(kComposite));
  if (request.empty()) return Role::kReport;
  return text.starts_with(request.substr(0, 3)) ? Role::kAnswer : Role::kForeign;
}

Result<Readings> read_wxt(const FrameSettings&, ByteView line) {
  const auto text = as_text(line);
  if (!is_data(text) || text.find(kEnd) != text.size() - kEnd.size()) return fail(ErrorKind::kBadFrame, "not one whole data message");
  WeatherReading weather;
  for (const auto pair : split(content_of(text.substr(4), "", kEnd), ",")) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      return fail(ErrorKind::kBadFrame, "'" + std::string(pair.substr(0, 20)) + "' is not a key with a value");
    }
    const auto word = std::ranges::find(kWords, pair.substr(0, equals), &Word::key);
    if (word == std::end(kWords)) continue;
    const auto value = value_of(pair.substr(equals + 1), word->units);
    if (!value) return std::unexpected(value.error());
    weather.*(word->place) = *value;
  }
  Reading reading;
  reading.body = weather;
  return Readings{std::move(reading)};
}

}  // namespace

/// Vaisala WXT weather transmitters in their ASCII protocol (devices.md 3.3), polled or automatic.
constexpr Decoder kWxt{.name = "wxt",
                       .cut = &cut_wxt,
                       .role = &role_of,
                       .read = &read_wxt,
                       .request = [](const FrameSettings& settings) {
                         const auto text = as_bytes(settings.request ? std::string_view(*settings.request) : kComposite);
                         return Bytes(text.begin(), text.end());
                       }};

}  // namespace exhaust::frame
