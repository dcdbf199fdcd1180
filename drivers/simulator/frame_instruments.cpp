#include "drivers/simulator/frame_instruments.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>

#include "drivers/frame/stdbus.hpp"
#include "drivers/frame/text_line.hpp"
#include "drivers/simulator/ak_analyser.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {

namespace {

/// What a device keeps of a request that does not come to an end.
constexpr std::size_t kMostWaiting = 256;

double wave(double at_s, double period_s) { return std::sin(2 * std::numbers::pi * at_s / period_s); }

void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// With its check sum: what stands between $ and *.
std::string sentence(const std::string& content) {
  std::array<char, 8> sum{};
  std::snprintf(sum.data(), sum.size(), "*%02X\r\n", unsigned{frame::xor_of(content)});
  return "$" + content + sum.data();
}

/// The gas bench 10 hex of a Stdbus.
class Bench final : public Instrument {
 public:
  Bytes take(ByteView received, double at_s) override {
    Bytes out;
    reader_.feed(received);
    while (const auto got = reader_.next()) {
      const auto& asked = got->frame;
      const bool for_us = !asked.addresses.empty() && asked.addresses.back() == kBoard;
      if (!for_us || asked.sub != stdbus::kRead) continue;
      const auto measured_s = vehicles_at(at_s) * kVehicleEvery_s;
      if (const auto points = points_at(asked.command, measured_s); !points.empty()) {
        append(out, stdbus::encode(stdbus::answer_to(asked, stdbus::kReadAnswer, stdbus::encode_points(points))));
      }
      if (asked.command != stdbus::kBenchCommand) continue;
      const stdbus::BenchState bench{.laser = 0.95,
                                     .uv = 0.91,
                                     .smoke = 1 - *smoke_at(at_s).opacity_percent / 100,
                                     .mean = gases(at_s),
                                     .result = gases(measured_s)};
      append(out, stdbus::encode(stdbus::answer_to(asked, stdbus::kReadAnswer, stdbus::encode_bench(bench))));
    }
    return out;
  }
  void silence() override { reader_.reset(); }

 private:
  static constexpr std::uint8_t kBoard = 0x10;
  static stdbus::BenchGases gases(double at_s) {
    const auto plume = gases_at(at_s);
    return {.co2_percent = plume.co2_percent, .co_percent = plume.co_percent, .no_ppm = plume.no_ppm, .hc_ppm = plume.hc_ppm};
  }
  /// The plume that was measured then, thinning out: 50 points of the gas, each the same share of what there was at first.
  static std::vector<double> points_at(std::uint8_t command, double at_s) {
    const auto all = gases(at_s);
    std::optional<double> first;
    if (command == stdbus::kCo2PointsCommand) first = all.co2_percent;
    if (command == stdbus::kCoPointsCommand) first = all.co_percent;
    if (command == stdbus::kNoPointsCommand) first = all.no_ppm;
    if (command == stdbus::kHcPointsCommand) first = all.hc_ppm;
    std::vector<double> points;
    for (int i = 0; first && i < 50; ++i) points.push_back(*first * std::exp(-i / 15.0));
    return points;
  }
  stdbus::StdbusReader reader_;
};

/// Says something each second by itself, and listens to nobody.
class Speaker final : public Instrument {
 public:
  explicit Speaker(std::string (*says)(double at_s)) : says_(says) {}
  Bytes take(ByteView, double) override { return {}; }
  Bytes beat(double at_s) override {
    const auto second = static_cast<std::int64_t>(std::floor(at_s));
    if (second <= said_) return {};
    said_ = second;
    const auto text = says_(at_s);
    return {text.begin(), text.end()};
  }

 private:
  std::string (*says_)(double);
  std::int64_t said_ = -1;
};

std::string delimited_line(double at_s) {
  const auto weather = weather_at(at_s);
  return sentence("SIM," + fixed(*weather.temperature_c, 1) + "," + fixed(*weather.humidity_percent, 1) + "," +
                  fixed(*weather.pressure_hpa, 1));
}

std::string nmea_sentences(double at_s) {
  const auto weather = weather_at(at_s);
  const auto direction = fixed(*weather.wind_direction_deg, 1), speed = fixed(*weather.wind_speed_m_s, 1);
  return sentence("WIMWV," + direction + ",R," + speed + ",M,A") +
         sentence("WIMDA,,I," + fixed(*weather.pressure_hpa / 1000, 4) + ",B," + fixed(*weather.temperature_c, 1) + ",C,,," +
                  fixed(*weather.humidity_percent, 1) + ",,,C," + direction + ",T,,M,,N," + speed + ",M");
}

/// Asked with lines: 0R0 composite, 0R1 wind, 0R2 pressure, temperature and humidity.
class Wxt final : public Instrument {
 public:
  Bytes take(ByteView received, double at_s) override {
    waiting_ += as_text(received);
    std::string out;
    for (auto end = waiting_.find("\r\n"); end != std::string::npos; end = waiting_.find("\r\n")) {
      out += answer(waiting_.substr(0, end), at_s);
      waiting_.erase(0, end + 2);
    }
    if (waiting_.size() > kMostWaiting) waiting_.clear();
    return {out.begin(), out.end()};
  }
  void silence() override { waiting_.clear(); }

 private:
  static std::string answer(const std::string& asked, double at_s) {
    const auto weather = weather_at(at_s);
    const auto direction = fixed(*weather.wind_direction_deg, 0), speed = fixed(*weather.wind_speed_m_s, 1);
    const auto wind = ",Dn=" + direction + "D,Dm=" + direction + "D,Dx=" + direction + "D,Sn=" + speed + "M,Sm=" + speed + "M,Sx=" + speed + "M";
    const auto air = ",Ta=" + fixed(*weather.temperature_c, 1) + "C,Ua=" + fixed(*weather.humidity_percent, 1) + "P,Pa=" +
                     fixed(*weather.pressure_hpa, 1) + "H";
    if (asked == "0R0") return asked + wind + air + "\r\n";
    if (asked == "0R1") return asked + wind + "\r\n";
    if (asked == "0R2") return asked + air + "\r\n";
    return {};
  }
  std::string waiting_;
};

/// Answers one fixed request with a frame.
class Asked final : public Instrument {
 public:
  Asked(Bytes request, Bytes (*answer)(double at_s)) : request_(std::move(request)), answer_(answer) {}
  Bytes take(ByteView received, double at_s) override {
    Bytes out;
    append(waiting_, received);
    while (true) {
      const auto found = std::search(waiting_.begin(), waiting_.end(), request_.begin(), request_.end());
      if (found == waiting_.end()) break;
      waiting_.erase(waiting_.begin(), found + static_cast<std::ptrdiff_t>(request_.size()));
      append(out, answer_(at_s));
    }
    const auto kept = std::min(waiting_.size(), request_.size() - 1);
    waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(kept));
    return out;
  }
  void silence() override { waiting_.clear(); }

 private:
  Bytes request_;
  Bytes (*answer_)(double);
  Bytes waiting_;
};

void append_number(Bytes& frame, double value) {
  const auto number = static_cast<std::int16_t>(std::lround(value));
  frame.push_back(static_cast<std::uint8_t>(number >> 8));
  frame.push_back(static_cast<std::uint8_t>(number));
}

/// So that all bytes add up to 0.
void append_complement(Bytes& frame) {
  frame.push_back(static_cast<std::uint8_t>(0u - std::accumulate(frame.begin(), frame.end(), 0u)));
}

Bytes nha503_answer(double at_s) {
  const auto gases = gases_at(at_s);
  Bytes frame{0x81};
  for (const double value : {*gases.hc_ppm, *gases.co_percent * 100, *gases.co2_percent * 100, *gases.o2_percent * 100, *gases.no_ppm,
                             850.0, 80.5 * 10}) {
    append_number(frame, value);
  }
  for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{10}, std::uint8_t{0}}) frame.push_back(byte);  // flow, flags
  append_number(frame, 1.02 * 100);
  frame.push_back(static_cast<std::uint8_t>(std::accumulate(frame.begin(), frame.end(), 0u)));
  return frame;
}

Bytes mqw50a_answer(double at_s) {
  const auto gases = gases_at(at_s);
  Bytes frame{0x06, 0x60, 0x1B};
  for (const double value : {*gases.co2_percent * 100, *gases.co_percent * 100, *gases.hc_ppm, *gases.no_ppm, *gases.o2_percent * 100}) {
    append_number(frame, value);
  }
  frame.resize(27);  // lambda, speed, oil, pressure: nobody reads them
  append_complement(frame);
  return frame;
}

Bytes fga4100_answer(double at_s) {
  const auto gases = gases_at(at_s);
  std::string text;
  for (const double value : {*gases.hc_ppm, *gases.co_percent * 100, *gases.co2_percent * 10, *gases.o2_percent * 10, *gases.no_ppm,
                             102.0, 850.0, 80.0}) {
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%04ld", std::lround(value));
    text += digits.data();
  }
  Bytes frame = from_hex("7E 01 C6 38 7E 01 81 7D 7E 24 01 01 02 00 00 00 00 00").value();
  frame.insert(frame.end(), text.begin(), text.end());
  frame.push_back(static_cast<std::uint8_t>(~std::accumulate(text.begin(), text.end(), 0u)));
  return frame;
}

Bytes opacimeter_answer(std::uint8_t first, double at_s) {
  const auto smoke = smoke_at(at_s);
  Bytes frame{first};
  for (const double value : {*smoke.opacity_percent * 10, *smoke.k_per_m * 100, 820.0, 353.0}) append_number(frame, value);
  append_complement(frame);
  return frame;
}
Bytes nht6_answer(double at_s) { return opacimeter_answer(0xA5, at_s); }
Bytes mqy200_answer(double at_s) { return opacimeter_answer(0xA6, at_s); }

template <class Kind>
std::unique_ptr<Instrument> make() { return std::make_unique<Kind>(); }
template <std::string (*kSays)(double)>
std::unique_ptr<Instrument> make_speaker() { return std::make_unique<Speaker>(kSays); }
template <Bytes (*kAnswer)(double), std::uint8_t... kRequest>
std::unique_ptr<Instrument> make_asked() { return std::make_unique<Asked>(Bytes{kRequest...}, kAnswer); }

}  // namespace

std::uint32_t vehicles_at(double at_s) { return at_s <= 0 ? 0 : static_cast<std::uint32_t>(at_s / kVehicleEvery_s); }

PlumeReading gases_at(double at_s) {
  PlumeReading gases;
  gases.co2_percent = 12.0 + 2.0 * wave(at_s, 61);
  gases.co_percent = 1.0 + 0.5 * wave(at_s, 47);
  gases.hc_ppm = 120 + 60 * wave(at_s, 53);
  gases.no_ppm = 350 + 200 * wave(at_s, 71);
  gases.o2_percent = 0.8 + 0.3 * wave(at_s, 97);
  return gases;
}

SmokeReading smoke_at(double at_s) {
  constexpr double kPath_m = 0.43;
  SmokeReading smoke;
  smoke.opacity_percent = 30 + 20 * wave(at_s, 83);
  smoke.k_per_m = -std::log(1 - *smoke.opacity_percent / 100) / kPath_m;
  return smoke;
}

DelimitedFormat simulated_format() {
  DelimitedFormat format;
  format.reading = ReadingKind::kWeather;
  format.start = "$";
  format.checksum = DelimitedFormat::Checksum::kXor;
  format.field_count = 4;
  DelimitedField name;
  name.text = "SIM";
  format.fields.push_back(name);
  for (const char* quantity : {"temperature_c", "humidity_percent", "pressure_hpa"}) {
    DelimitedField field;
    field.position = static_cast<unsigned>(format.fields.size());
    field.quantity = quantity;
    format.fields.push_back(field);
  }
  return format;
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> digits{};
  const int length = std::snprintf(digits.data(), digits.size(), "%.*f", decimals, value);
  return {digits.data(), static_cast<std::size_t>(length)};
}

std::span<const FrameInstrument> frame_instruments() {
  static constexpr std::array kKinds{
      FrameInstrument{"bench", "Stdbus gas bench 10, a new result every 4 s", Framing::kStdbus, &make<Bench>},
      FrameInstrument{"delimited", "lines of text with the weather, once a second", Framing::kText, &make_speaker<&delimited_line>},
      FrameInstrument{"nmea", "NMEA weather station, once a second", Framing::kText, &make_speaker<&nmea_sentences>},
      FrameInstrument{"wxt", "Vaisala WXT in ASCII, asked with 0R0, 0R1, 0R2", Framing::kText, &make<Wxt>},
      FrameInstrument{"nha503", "gas analyser NHA-503", Framing::kChecked, &make_asked<&nha503_answer, 0x81>},
      FrameInstrument{"mqw50a", "gas analyser MQW-50A", Framing::kChecked, &make_asked<&mqw50a_answer, 0x02, 0x60, 0x03, 0x9B>},
      FrameInstrument{"fga4100", "gas analyser FGA-4100", Framing::kChecked,
                      &make_asked<&fga4100_answer, 0x7E, 0x01, 0xF4, 0x0A, 0x7E, 0x04, 0x00, 0x01, 0x02, 0x02, 0xF6>},
      FrameInstrument{"nht6", "opacimeter NHT-6", Framing::kChecked, &make_asked<&nht6_answer, 0xA5, 0x5B>},
      FrameInstrument{"mqy200", "opacimeter MQY-200", Framing::kChecked, &make_asked<&mqy200_answer, 0xA6, 0x5A>},
      FrameInstrument{"ak", "AK gas analyser, with states and errors", Framing::kAk, &make<AkAnalyser>},
  };
  return kKinds;
}

}  // namespace exhaust::simulator
