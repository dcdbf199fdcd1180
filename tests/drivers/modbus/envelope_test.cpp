#include "drivers/modbus/envelope.hpp"

#include <gmock/gmock.h>

#include "tests/drivers/capture_text.hpp"
#include "tests/drivers/modbus/profiles.hpp"

namespace exhaust {
namespace {

using namespace modbus;
using testing::HasSubstr;

DeviceSettings device(const ModbusProfile& profile) {
  ModbusSettings settings;
  settings.profile = profile;
  settings.count = CountSource::kShared;
  DeviceSettings device;
  device.name = profile.name;
  device.driver = settings;
  return device;
}

/// devices.md 2 and 3.1, literally.
constexpr const char* kQuestion = "01 03 00 00 00 0A C5 CD";
constexpr const char* kAnswer = "01 03 14 00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D 7D 89";

Envelope weather_envelope() {
  Envelope envelope;
  envelope.framing = Framing::kRtu;
  envelope.exchanges.push_back({*from_hex(kQuestion), *from_hex(kAnswer)});
  return envelope;
}

TEST(ModbusEnvelope, IsTheFramesAsTheyWereWithTheirLengths) {
  EXPECT_EQ(to_hex(compose(weather_envelope())),
            to_hex(*from_hex("02 01 00 08 01 03 00 00 00 0A C5 CD 00 19 01 03 14 00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 "
                             "70 50 00 44 7D 7D 89 00")));
}

TEST(ModbusEnvelope, BecomesTheReadingOfItsFrames) {
  const auto readings = decode_modbus(device(weather_profile()), compose(weather_envelope()));
  ASSERT_TRUE(readings) << readings.error().detail;
  ASSERT_EQ(readings->size(), 1u);
  const auto& weather = std::get<WeatherReading>(readings->front().body);
  EXPECT_EQ(weather.wind_speed_m_s, 3.25);
  EXPECT_EQ(weather.wind_direction_deg, 180);
  EXPECT_EQ(weather.temperature_c, 25.5);
  EXPECT_EQ(weather.humidity_percent, 60);
  EXPECT_EQ(weather.pressure_hpa, 1013.25);
}

TEST(ModbusEnvelope, CutAnywhereIsABadFrame) {
  const auto whole = compose(weather_envelope());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto readings = decode_modbus(device(weather_profile()), ByteView(whole).first(size));
    ASSERT_FALSE(readings) << size;
    EXPECT_EQ(readings.error().kind, ErrorKind::kBadFrame) << size;
  }
}

TEST(ModbusEnvelope, WithAnyBitOfAnRtuFrameTurnedIsRefused) {
  const auto whole = compose(weather_envelope());
  for (std::size_t bit = 8 * 4; bit < 8 * (whole.size() - 1); ++bit) {
    auto damaged = whole;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1u << bit % 8));
    EXPECT_FALSE(decode_modbus(device(weather_profile()), damaged)) << bit;
  }
}

TEST(ModbusEnvelope, ThatGoesOnAfterItsEndIsABadFrame) {
  auto longer = compose(weather_envelope());
  longer.push_back(0);
  EXPECT_THAT(decode_modbus(device(weather_profile()), longer).error().detail, HasSubstr("after its end"));
}

TEST(ModbusEnvelope, OfAHistoryTellsWhichSlotsAreTaken) {
  const auto profile = analyser_profile();
  Registers words(32);
  words[1] = 1005;            // vehicle number of measurement 5
  words[15] = 5;
  words[16 + 1] = 1006;
  words[16 + 15] = 6;
  Envelope envelope;
  envelope.framing = Framing::kTcp;
  const auto question = compose(Framing::kTcp, 7, {1, RegisterFunction::kInput, {100 + 5 * 16, 32}});
  Bytes answer{0, 7, 0, 0, 0, 3 + 64, 1, 4, 64};
  for (const auto byte : wire_bytes(words)) answer.push_back(byte);
  envelope.exchanges.push_back({question, answer});
  envelope.takings = {{0, 6}};
  auto readings = decode_modbus(device(profile), compose(envelope));
  ASSERT_TRUE(readings) << readings.error().detail;
  ASSERT_EQ(readings->size(), 1u);
  EXPECT_EQ(readings->front().count, 1006u);
  envelope.takings = {{0, 5}, {0, 6}};
  EXPECT_EQ(decode_modbus(device(profile), compose(envelope))->size(), 2u);
  envelope.takings = {{0, 7}};
  EXPECT_THAT(decode_modbus(device(profile), compose(envelope)).error().detail, HasSubstr("not in its exchange"));
  envelope.takings = {{0, 64 + 6}};
  EXPECT_THAT(decode_modbus(device(profile), compose(envelope)).error().detail, HasSubstr("holds another one"));
  envelope.takings = {{1, 6}};
  EXPECT_THAT(decode_modbus(device(profile), compose(envelope)).error().detail, HasSubstr("exchange that is not there"));
  envelope.takings = {};
  EXPECT_FALSE(decode_modbus(device(profile), compose(envelope)));
}

TEST(ModbusEnvelope, WhoseAnswerIsNotWhatWasAskedForIsABadFrame) {
  auto envelope = weather_envelope();
  envelope.exchanges[0].request = *from_hex("01 03 00 00 00 09 85 CC");
  EXPECT_THAT(decode_modbus(device(weather_profile()), compose(envelope)).error().detail, HasSubstr("another length"));
}

/// The lines of a capture with direction `=` are envelopes; `>` and `<` are the frames of exchanges without measurement.
std::vector<Reading> replay(const std::string& file, const ModbusProfile& profile) {
  std::vector<Reading> all;
  Bytes question;
  for (const auto& frame : read_capture_text(file)) {
    if (frame.direction == '>') question = frame.bytes;
    if (frame.direction == '<') {
      EXPECT_TRUE(read_block(Framing::kTcp, question, frame.bytes)) << frame.at_s;
    }
    if (frame.direction != '=') continue;
    auto readings = decode_modbus(device(profile), frame.bytes);
    EXPECT_TRUE(readings) << frame.at_s << ": " << readings.error().detail;
    if (!readings) continue;
    for (auto& reading : *readings) all.push_back(std::move(reading));
  }
  return all;
}

TEST(ModbusCapture, OfTheWeatherStationGivesItsReadings) {
  const auto readings = replay("drivers/modbus/captures/zhixiangyu-weather.txt", weather_profile());
  ASSERT_EQ(readings.size(), 1u);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).pressure_hpa, 1013.25);
  EXPECT_EQ(std::get<WeatherReading>(readings[0].body).wind_speed_m_s, 3.25);
}

TEST(ModbusCapture, OfTheAnalyserGivesTheMeasurementsOfItsSlots) {
  const auto readings = replay("drivers/modbus/captures/analyser-history.txt", analyser_profile());
  ASSERT_EQ(readings.size(), 3u);
  const double co2[] = {3.039, 1.319, 1.786}, co[] = {0.001628, -0.002833, 0.023682}, r2[] = {0.913, 0.984, 0.936};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& plume = std::get<PlumeReading>(readings[i].body);
    EXPECT_EQ(readings[i].count, 6 + i);
    EXPECT_NEAR(*plume.co2_excess_percent, co2[i], 1e-6);
    EXPECT_NEAR(*plume.co_per_co2, co[i], 1e-8);
    EXPECT_NEAR(*plume.co_r2, r2[i], 1e-7);
    EXPECT_EQ(plume.samples, i == 2 ? 42u : 31u);
  }
}

}  // namespace
}  // namespace exhaust
