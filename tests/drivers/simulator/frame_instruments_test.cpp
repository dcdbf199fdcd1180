// The daemon's decoders read what the simulated instruments say.
#include "drivers/simulator/frame_instruments.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "drivers/ak/driver.hpp"
#include "drivers/ak/telegram.hpp"
#include "drivers/frame/decoder.hpp"
#include "drivers/frame/driver.hpp"
#include "drivers/frame/frame_reader.hpp"
#include "drivers/simulator/weather.hpp"

namespace exhaust::simulator {
namespace {

using testing::DoubleNear;
using testing::Optional;

/// Settings of a decoder, for one of the instruments.
FrameSettings settings_of(std::string decoder) {
  FrameSettings settings;
  settings.decoder = std::move(decoder);
  if (settings.decoder == "stdbus-bench") {
    settings.host_address = 0x00;
    settings.board_address = 0x10;
    settings.transmittance = Transmittance::kFraction;
  }
  if (settings.decoder == "delimited") settings.delimited = simulated_format();
  return settings;
}

/// All readings in `bytes`; each byte belongs to a frame.
std::vector<Reading> readings_in(const FrameSettings& settings, ByteView bytes) {
  DeviceSettings device;
  device.driver = settings;
  const auto* decoder = frame::find_decoder(settings.decoder);
  frame::FrameReader reader([&](ByteView waiting) { return decoder->cut(settings, waiting); });
  reader.feed(bytes);
  std::vector<Reading> readings;
  while (const auto piece = reader.next()) {
    EXPECT_TRUE(piece->whole) << to_hex(piece->bytes);
    auto decoded = decode_frame(device, piece->bytes);
    EXPECT_TRUE(decoded) << decoded.error().detail;
    if (decoded) readings.insert(readings.end(), decoded->begin(), decoded->end());
  }
  EXPECT_TRUE(reader.reset().empty());
  return readings;
}

/// The answer to the decoder's own request.
std::vector<Reading> asked(Instrument& instrument, const std::string& decoder, double at_s) {
  const auto settings = settings_of(decoder);
  const auto request = frame::find_decoder(decoder)->request(settings);
  EXPECT_FALSE(request.empty());
  // Half of it is forgotten in a silence; then it comes in two pieces.
  if (request.size() > 1) {
    instrument.take(ByteView(request).first(1), at_s);
    instrument.silence();
  }
  auto answer = instrument.take(ByteView(request).first(request.size() / 2), at_s);
  const auto rest = instrument.take(ByteView(request).subspan(request.size() / 2), at_s);
  answer.insert(answer.end(), rest.begin(), rest.end());
  return readings_in(settings, answer);
}

template <class Body>
Body only(const std::vector<Reading>& readings) {
  EXPECT_EQ(readings.size(), 1u);
  return readings.empty() ? Body{} : std::get<Body>(readings.front().body);
}

constexpr double kMoment_s = 17.5;

std::unique_ptr<Instrument> make_frame_instrument(std::string_view word) {
  return std::ranges::find(frame_instruments(), word, &FrameInstrument::word)->make();
}

TEST(FrameInstruments, TheBenchKeepsItsResultUntilTheNextVehicle) {
  const auto bench = make_frame_instrument("bench");
  const auto readings = asked(*bench, "stdbus-bench", kMoment_s);
  ASSERT_EQ(readings.size(), 2u);
  const auto& plume = std::get<PlumeReading>(readings[0].body);
  EXPECT_THAT(plume.co2_percent, Optional(DoubleNear(*gases_at(16).co2_percent, 1e-5)));
  EXPECT_THAT(plume.no_ppm, Optional(DoubleNear(*gases_at(16).no_ppm, 1e-4)));
  EXPECT_THAT(std::get<SmokeReading>(readings[1].body).opacity_percent, Optional(DoubleNear(*smoke_at(kMoment_s).opacity_percent, 1e-4)));
}

TEST(FrameInstruments, TheBenchHasThePointsOfItsResult) {
  const auto bench = make_frame_instrument("bench");
  auto settings = settings_of("stdbus-bench");
  settings.bench_points = true;
  const auto* decoder = frame::find_decoder("stdbus-bench");
  auto measurement = bench->take(decoder->request(settings), kMoment_s);
  for (const auto& question : decoder->further(settings)) {
    const auto answer = bench->take(question, kMoment_s);
    EXPECT_TRUE(decoder->answers(question, answer));
    measurement.insert(measurement.end(), answer.begin(), answer.end());
  }
  DeviceSettings device;
  device.driver = settings;
  const auto readings = decode_frame(device, measurement);
  ASSERT_TRUE(readings);
  const auto& plume = std::get<PlumeReading>(readings->front().body);
  ASSERT_EQ(plume.points.co2_percent.size(), 50u);
  ASSERT_EQ(plume.points.no_ppm.size(), 50u);
  for (const std::size_t i : {0, 20, 49}) {
    EXPECT_NEAR(plume.points.no_ppm[i] / plume.points.co2_percent[i], *plume.no_ppm / *plume.co2_percent, 1e-4);
  }
}

TEST(FrameInstruments, WeatherIsSaidOnceASecond) {
  for (const auto* kind : {"nmea", "delimited"}) {
    const auto station = make_frame_instrument(kind);
    const auto readings = readings_in(settings_of(kind), station->beat(kMoment_s));
    ASSERT_FALSE(readings.empty());
    EXPECT_TRUE(station->beat(kMoment_s + 0.4).empty());
    EXPECT_FALSE(station->beat(kMoment_s + 1).empty());
    const auto& weather = std::get<WeatherReading>(readings.back().body);
    const auto truth = weather_at(kMoment_s);
    EXPECT_THAT(weather.temperature_c, Optional(DoubleNear(*truth.temperature_c, 0.051))) << kind;
    EXPECT_THAT(weather.humidity_percent, Optional(DoubleNear(*truth.humidity_percent, 0.051))) << kind;
    EXPECT_THAT(weather.pressure_hpa, Optional(DoubleNear(*truth.pressure_hpa, 0.051))) << kind;
  }
}

TEST(FrameInstruments, TheWxtAnswersWithItsComposite) {
  const auto weather = only<WeatherReading>(asked(*make_frame_instrument("wxt"), "wxt", kMoment_s));
  const auto truth = weather_at(kMoment_s);
  EXPECT_THAT(weather.wind_direction_deg, Optional(DoubleNear(*truth.wind_direction_deg, 0.51)));
  EXPECT_THAT(weather.wind_speed_m_s, Optional(DoubleNear(*truth.wind_speed_m_s, 0.051)));
  EXPECT_THAT(weather.pressure_hpa, Optional(DoubleNear(*truth.pressure_hpa, 0.051)));
}

TEST(FrameInstruments, AnalysersAnswerInTheirFrames) {
  const auto truth = gases_at(kMoment_s);
  for (const auto* kind : {"nha503", "mqw50a", "fga4100"}) {
    SCOPED_TRACE(kind);
    const double step = std::string_view(kind) == "fga4100" ? 0.051 : 0.0051;
    const auto plume = only<PlumeReading>(asked(*make_frame_instrument(kind), kind, kMoment_s));
    EXPECT_THAT(plume.co_percent, Optional(DoubleNear(*truth.co_percent, 0.0051)));
    EXPECT_THAT(plume.co2_percent, Optional(DoubleNear(*truth.co2_percent, step)));
    EXPECT_THAT(plume.o2_percent, Optional(DoubleNear(*truth.o2_percent, step)));
    EXPECT_THAT(plume.hc_ppm, Optional(DoubleNear(*truth.hc_ppm, 0.51)));
    EXPECT_THAT(plume.no_ppm, Optional(DoubleNear(*truth.no_ppm, 0.51)));
  }
}

TEST(FrameInstruments, OpacimetersAnswerInTheirFrames) {
  for (const auto* kind : {"nht6", "mqy200"}) {
    const auto smoke = only<SmokeReading>(asked(*make_frame_instrument(kind), kind, kMoment_s));
    EXPECT_THAT(smoke.opacity_percent, Optional(DoubleNear(*smoke_at(kMoment_s).opacity_percent, 0.051))) << kind;
    EXPECT_THAT(smoke.k_per_m, Optional(DoubleNear(*smoke_at(kMoment_s).k_per_m, 0.0051))) << kind;
  }
}

TEST(FrameInstruments, TheAkAnalyserMeasuresStandsByAndHasErrors) {
  const auto analyser = make_frame_instrument("ak");
  const auto ask = [&](std::string_view code, double at_s) {
    const auto answer = analyser->take(as_bytes(ak::encode_command(code, "K0")), at_s);
    const auto reply = ak::parse_reply(as_text(answer));
    EXPECT_TRUE(reply);
    return reply.value_or(ak::Reply{});
  };
  AkSettings settings;
  settings.reading = ReadingKind::kPlume;
  settings.values = {"co_percent", "co2_percent", "hc_ppm", "no_ppm"};
  settings.each_poll = true;
  DeviceSettings device;
  device.driver = settings;
  const auto plume = only<PlumeReading>(decode_ak(device, analyser->take(as_bytes(ak::encode_command("AKON", "K0")), kMoment_s)).value());
  EXPECT_THAT(plume.co2_percent, Optional(DoubleNear(*gases_at(kMoment_s).co2_percent, 0.0051)));
  EXPECT_THAT(ask("ASTZ", 199).values, testing::ElementsAre("SREM", "SMGA"));
  EXPECT_THAT(ask("ASTZ", 205).values, testing::ElementsAre("SREM", "STBY"));
  EXPECT_EQ(ask("AKON", 425).status, 1);
  EXPECT_THAT(ask("ASTF", 425).values, testing::ElementsAre("12"));
  EXPECT_EQ(ask("AKON", 431).status, 0);
  EXPECT_EQ(ask("XXXX", 1).code, ak::kUnknownCode);
}

}  // namespace
}  // namespace exhaust::simulator
