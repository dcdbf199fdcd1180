#include <algorithm>
#include <string>

#include "drivers/frame/decoders.hpp"
#include "drivers/frame/text_line.hpp"

namespace exhaust::frame {

namespace {

/// The standard has 82; weather stations put more into XDR.
constexpr std::size_t kMostBytes = 512;
constexpr double kHpaPerBar = 1000;
constexpr double kKmhPerMs = 3.6;
constexpr double kMsPerKnot = 1852.0 / 3600;
constexpr double kMsPerMph = 0.44704;

/// "WIMWV", "39", "R", ...: the fields of a sentence with its check sum, which is over what stands between $ and *.
std::vector<std::string_view> fields_of(std::string_view sentence) {
  const auto content = content_of(sentence, "$", "\n");
  return split(content.substr(0, content.rfind('*')), ",");
}

Cut cut_nmea(const FrameSettings&, ByteView waiting) {
  const auto found = cut_line(waiting, "$", "\n", kMostBytes);
  if (found.kind != Cut::Kind::kFrame) return found;
  auto content = content_of(as_text(waiting.first(found.bytes)), "$", "\n");
  if (content.ends_with('\r')) content.remove_suffix(1);
  const auto mark = content.rfind('*');
  if (mark == std::string_view::npos) return Cut::skip(found.bytes, Flaw::kBadFrame);
  if (!is_hex(content.substr(mark + 1), xor_of(content.substr(0, mark)), 2)) return Cut::skip(found.bytes, Flaw::kBadChecksum);
  return found;
}

std::optional<double> metres_per_second(std::string_view number, std::string_view unit) {
  auto value = number_in(number);
  if (!value) return value;
  if (unit == "M") return value;
  if (unit == "K") return *value / kKmhPerMs;
  if (unit == "N") return *value * kMsPerKnot;
  if (unit == "S") return *value * kMsPerMph;
  return std::nullopt;
}

/// dir, R or T, speed, unit, A or V
bool read_mwv(const std::vector<std::string_view>& fields, WeatherReading& weather) {
  if (fields.size() != 6) return false;
  if (fields[5] != "A") return true;  // the station itself says that it is not valid
  weather.wind_direction_deg = number_in(fields[1]);
  weather.wind_speed_m_s = metres_per_second(fields[3], fields[4]);
  return true;
}

/// inHg I, bar B, air C, water C, RH, absolute humidity, dew point C, wind T, wind M, knots N, m/s M
bool read_mda(const std::vector<std::string_view>& fields, WeatherReading& weather) {
  if (fields.size() != 21) return false;
  weather.pressure_hpa = number_in(fields[3]).transform([](double bar) { return bar * kHpaPerBar; });
  weather.temperature_c = number_in(fields[5]);
  weather.humidity_percent = number_in(fields[9]);
  weather.wind_direction_deg = number_in(fields[13]);
  weather.wind_speed_m_s = metres_per_second(fields[19], "M");
  return true;
}

/// Groups of type, number, unit, name. The first of a type is the air's (Vaisala: higher ids are internal ones).
bool read_xdr(const std::vector<std::string_view>& fields, WeatherReading& weather) {
  if (fields.size() < 5 || fields.size() % 4 != 1) return false;
  const auto first = [](std::optional<double>& place, std::optional<double> value) {
    if (!place) place = value;
  };
  for (std::size_t at = 1; at < fields.size(); at += 4) {
    const auto type = fields[at], unit = fields[at + 2];
    auto value = number_in(fields[at + 1]);
    if (!value) continue;
    if (type == "C" && unit == "C") first(weather.temperature_c, value);
    if (type == "C" && unit == "F") first(weather.temperature_c, (*value - 32) / 1.8);
    if (type == "H" && unit == "P") first(weather.humidity_percent, value);
    if (type == "P" && unit == "B") first(weather.pressure_hpa, *value * kHpaPerBar);
    if (type == "P" && unit == "H") first(weather.pressure_hpa, value);
    if (type == "P" && unit == "P") first(weather.pressure_hpa, *value / 100);
  }
  return true;
}

struct Sentence {
  std::string_view type;
  bool (*read)(const std::vector<std::string_view>&, WeatherReading&);
};
constexpr Sentence kSentences[]{{"MWV", &read_mwv}, {"MDA", &read_mda}, {"XDR", &read_xdr}};

/// Two letters say who talks, three what.
const Sentence* sentence_of(const std::vector<std::string_view>& fields) {
  if (fields[0].size() != 5) return nullptr;
  const auto found = std::ranges::find(kSentences, fields[0].substr(2), &Sentence::type);
  return found == std::end(kSentences) ? nullptr : found;
}

Role role_of(const FrameSettings& settings, ByteView sentence) {
  if (sentence_of(fields_of(as_text(sentence))) == nullptr) return Role::kForeign;
  return settings.request.value_or("").empty() ? Role::kReport : Role::kAnswer;
}

Result<Readings> read_nmea(const FrameSettings& settings, ByteView sentence) {
  const auto found = cut_nmea(settings, sentence);
  if (found.kind != Cut::Kind::kFrame || found.bytes != sentence.size()) return fail(ErrorKind::kBadFrame, "not one whole sentence");
  const auto fields = fields_of(as_text(sentence));
  const auto* known = sentence_of(fields);
  WeatherReading weather;
  if (known == nullptr || !known->read(fields, weather)) {
    return fail(ErrorKind::kBadFrame, "'" + std::string(fields[0].substr(0, 10)) + "' with " + std::to_string(fields.size() - 1) +
                                          " fields is no weather sentence");
  }
  Reading reading;
  reading.body = weather;
  return Readings{std::move(reading)};
}

}  // namespace

/// Weather stations that speak NMEA 0183 (devices.md 3.3): MWV, MDA, XDR of any talker.
constexpr Decoder kNmea{.name = "nmea",
                        .cut = &cut_nmea,
                        .role = &role_of,
                        .read = &read_nmea,
                        .request = [](const FrameSettings& settings) {
                          const auto text = as_bytes(settings.request ? std::string_view(*settings.request) : "");
                          return Bytes(text.begin(), text.end());
                        }};

}  // namespace exhaust::frame
