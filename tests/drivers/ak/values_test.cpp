#include "drivers/ak/values.hpp"

#include <gmock/gmock.h>

namespace exhaust::ak {
namespace {

AkSettings settings(ReadingKind reading, std::vector<std::string> values) {
  AkSettings ak;
  ak.reading = reading;
  ak.values = std::move(values);
  return ak;
}
const auto kNames = settings(ReadingKind::kSmoke, {"opacity_percent", "k_per_m", "-", "vehicle_number"});
const SmokeReading& smoke(const Result<Measurement>& measurement) { return std::get<SmokeReading>(measurement->body); }

TEST(AkValues, AreTakenByPosition) {
  const auto measurement = read_values({"35.2", "1.01", "SMGA", "812"}, kNames);
  ASSERT_TRUE(measurement);
  EXPECT_EQ(smoke(measurement).opacity_percent, 35.2);
  EXPECT_EQ(smoke(measurement).k_per_m, 1.01);
  EXPECT_EQ(smoke(measurement).ringelmann, std::nullopt);
  EXPECT_EQ(measurement->vehicle_number, 812u);
}

TEST(AkValues, MarkedOnesAreAbsent) {
  const auto measurement = read_values({"#35.2", "NaN", "-", "#812"}, kNames);
  ASSERT_TRUE(measurement);
  EXPECT_EQ(smoke(measurement).opacity_percent, std::nullopt);
  EXPECT_EQ(smoke(measurement).k_per_m, std::nullopt);
  EXPECT_EQ(measurement->vehicle_number, std::nullopt);
}

TEST(AkValues, AnotherCountThanConfiguredIsABadFrame) {
  EXPECT_EQ(read_values({"35.2", "1.01", "0"}, kNames).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(read_values({"35.2", "1.01", "0", "1", "2"}, kNames).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(read_values({"35.2", "SMGA", "0", "1"}, kNames).error().kind, ErrorKind::kBadFrame);
}

TEST(AkValues, NumbersAreWholeAndNotNegative) {
  EXPECT_EQ(read_values({"1", "1", "-", "-3"}, kNames)->vehicle_number, std::nullopt);
  EXPECT_EQ(read_values({"1", "1", "-", "3.5"}, kNames)->vehicle_number, std::nullopt);
}

TEST(AkValues, OfAnAnalyserAreConcentrations) {
  const auto ak = settings(ReadingKind::kPlume, {"co_percent", "co2_percent", "hc_ppm", "no_ppm", "no2_ppm", "o2_percent"});
  const auto measurement = read_values({"1.23", "12.34", "120", "345", "#12", "-0.01"}, ak);
  ASSERT_TRUE(measurement);
  const auto& plume = std::get<PlumeReading>(measurement->body);
  EXPECT_EQ(plume.co_percent, 1.23);
  EXPECT_EQ(plume.co2_percent, 12.34);
  EXPECT_EQ(plume.hc_ppm, 120);
  EXPECT_EQ(plume.no_ppm, 345);
  EXPECT_EQ(plume.no2_ppm, std::nullopt);
  EXPECT_EQ(plume.o2_percent, -0.01) << "negative values are noise and stay negative";
  EXPECT_EQ(plume.co_per_co2, std::nullopt);
}

TEST(AkValues, OfAWeatherStationAreWeather) {
  const auto measurement = read_values({"25.5", "1013.25"}, settings(ReadingKind::kWeather, {"temperature_c", "pressure_hpa"}));
  ASSERT_TRUE(measurement);
  EXPECT_EQ(std::get<WeatherReading>(measurement->body).temperature_c, 25.5);
  EXPECT_EQ(std::get<WeatherReading>(measurement->body).pressure_hpa, 1013.25);
}

TEST(AkValues, UnknownDoubleOrNoNamesAreSettingsErrors) {
  const auto check = [](std::vector<std::string> names) { return check_values(settings(ReadingKind::kSmoke, std::move(names))); };
  EXPECT_TRUE(check({"-", "-", "ringelmann", "measurement_number"}));
  EXPECT_EQ(check({"opacity"}).error().kind, ErrorKind::kSettings);
  EXPECT_EQ(check({"co_percent"}).error().kind, ErrorKind::kSettings) << "of another kind of reading";
  EXPECT_EQ(check({"k_per_m", "k_per_m"}).error().kind, ErrorKind::kSettings);
  EXPECT_EQ(check({}).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust::ak
