#include "drivers/simulator/conox.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace exhaust::simulator {
namespace {

using testing::HasSubstr;

const std::string kHeader = "ConoxID,FuelType,SpeedKPH,AccelKPHPerSec,Ratio_CO_CO2,Ratio_HC_CO2,Ratio_NO_CO2,Ratio_NO2_CO2\n";

Result<std::vector<MeasuredVehicle>> read(const std::string& text) {
  std::istringstream in(text);
  return read_conox(in, "cars.csv");
}

TEST(Conox, ReadsRatiosSpeedAndAccelerationAndKeepsNegatives) {
  const auto vehicles = read(kHeader + "1,PETROL,,,0.001796,-0.001231,8e-05,\n22,DIESEL,20.1,-7.585,0.0143,NA,0.001004,0.002163\r\n");
  ASSERT_TRUE(vehicles) << vehicles.error().detail;
  ASSERT_EQ(vehicles->size(), 2u);
  const auto& first = vehicles->at(0);
  EXPECT_EQ(first.fuel, MeasuredVehicle::Fuel::kGasoline);
  EXPECT_EQ(first.speed_km_h, std::nullopt);
  EXPECT_EQ(first.hc_per_co2, -0.001231);
  EXPECT_EQ(first.no_per_co2, 8e-05);
  EXPECT_EQ(first.no2_per_co2, std::nullopt);
  const auto& second = vehicles->at(1);
  EXPECT_EQ(second.fuel, MeasuredVehicle::Fuel::kDiesel);
  EXPECT_EQ(second.speed_km_h, 20.1);
  EXPECT_DOUBLE_EQ(*second.acceleration_m_s2, -7.585 / 3.6);
  EXPECT_EQ(second.hc_per_co2, std::nullopt);
}

TEST(Conox, FindsColumnsByNameAndKnowsQuotes) {
  const auto vehicles = read("Ratio_NO2_CO2,Site,Ratio_NO_CO2,Ratio_HC_CO2,Ratio_CO_CO2,AccelKPHPerSec,SpeedKPH,FuelType\n"
                             "0.4,\"A40, \"\"west\"\"\",0.3,0.2,0.1,3.6,50,BATTERY ELECTRIC\n");
  ASSERT_TRUE(vehicles) << vehicles.error().detail;
  EXPECT_EQ(vehicles->front().co_per_co2, 0.1);
  EXPECT_EQ(vehicles->front().no2_per_co2, 0.4);
  EXPECT_DOUBLE_EQ(*vehicles->front().acceleration_m_s2, 1);
  EXPECT_EQ(vehicles->front().fuel, MeasuredVehicle::Fuel::kElectric);
}

TEST(Conox, SaysWhereAMistakeIs) {
  EXPECT_THAT(read("").error().detail, HasSubstr("cars.csv:1: the file is empty"));
  EXPECT_THAT(read("FuelType,SpeedKPH\n").error().detail, HasSubstr("cars.csv:1: there is no column 'Ratio_CO_CO2'"));
  EXPECT_THAT(read(kHeader).error().detail, HasSubstr("no vehicle"));
  EXPECT_THAT(read(kHeader + "1,PETROL,,,0.1,,,\n2,PETROL,,\n").error().detail, HasSubstr("cars.csv:3: 4 cells"));
  EXPECT_THAT(read(kHeader + "1,PETROL,fast,,0.1,,,\n").error().detail,
              HasSubstr("cars.csv:2: SpeedKPH: 'fast' is not a number"));
  EXPECT_THAT(read(kHeader + "1,PETROL,,,inf,,,\n").error().detail, HasSubstr("cars.csv:2: Ratio_CO_CO2"));
}

}  // namespace
}  // namespace exhaust::simulator
