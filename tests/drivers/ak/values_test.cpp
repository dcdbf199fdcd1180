#include "drivers/ak/values.hpp"

#include <gmock/gmock.h>

namespace exhaust::ak {
namespace {

const std::vector<std::string> kNames{"opacity_percent", "k_per_m", "-", "vehicle_number"};

TEST(AkValues, AreTakenByPosition) {
  const auto measurement = read_values({"35.2", "1.01", "SMGA", "812"}, kNames);
  ASSERT_TRUE(measurement);
  EXPECT_EQ(measurement->smoke.opacity_percent, 35.2);
  EXPECT_EQ(measurement->smoke.k_per_m, 1.01);
  EXPECT_EQ(measurement->smoke.ringelmann, std::nullopt);
  EXPECT_EQ(measurement->vehicle_number, 812u);
}

TEST(AkValues, MarkedOnesAreAbsent) {
  const auto measurement = read_values({"#35.2", "NaN", "-", "#812"}, kNames);
  ASSERT_TRUE(measurement);
  EXPECT_EQ(measurement->smoke.opacity_percent, std::nullopt);
  EXPECT_EQ(measurement->smoke.k_per_m, std::nullopt);
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

TEST(AkValues, UnknownDoubleOrNoNamesAreSettingsErrors) {
  EXPECT_TRUE(check_names({"-", "-", "ringelmann", "measurement_number"}));
  EXPECT_EQ(check_names({"opacity"}).error().kind, ErrorKind::kSettings);
  EXPECT_EQ(check_names({"k_per_m", "k_per_m"}).error().kind, ErrorKind::kSettings);
  EXPECT_EQ(check_names({}).error().kind, ErrorKind::kSettings);
}

}  // namespace
}  // namespace exhaust::ak
