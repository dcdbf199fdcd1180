#include "daemon/registry/vehicle_codes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exhaust::registry {
namespace {

struct CodeCase {
  std::string name;
  std::optional<std::string> (*read)(std::string_view);
  std::string code;
  std::optional<std::string> word;
};
class VehicleCode : public testing::TestWithParam<CodeCase> {};

TEST_P(VehicleCode, IsReadByItsTable) { EXPECT_EQ(GetParam().read(GetParam().code), GetParam().word); }

INSTANTIATE_TEST_SUITE_P(PlatesMd5And6, VehicleCode, testing::ValuesIn(std::vector<CodeCase>{
    {"FuelA", fuel_of_code, "A", "gasoline"}, {"FuelB", fuel_of_code, "b", "diesel"}, {"FuelC", fuel_of_code, " C ", "electric"},
    {"FuelE", fuel_of_code, "E", "other"}, {"FuelO", fuel_of_code, "O", "other"}, {"FuelP", fuel_of_code, "P", "other"},
    {"FuelInChinese", fuel_of_code, "柴油", "diesel"}, {"TwoFuels", fuel_of_code, "AE", "other"}, {"TwoFuelsOneUnknown", fuel_of_code, "AX", std::nullopt},
    {"FuelG", fuel_of_code, "G", std::nullopt}, {"FuelNumber", fuel_of_code, "1", std::nullopt}, {"FuelNone", fuel_of_code, "", std::nullopt},
    {"Hpzl02", plate_type_of_code, "02", "02"}, {"Hpzl2", plate_type_of_code, "2", "02"}, {"Hpzl52", plate_type_of_code, "52", "52"},
    {"Hpzl77", plate_type_of_code, "77", std::nullopt},
    {"Stage0", emission_stage_of_code, "0", "0"}, {"Stage6", emission_stage_of_code, "6", "6"}, {"Stage7", emission_stage_of_code, "7", std::nullopt},
    {"StageRoman", emission_stage_of_code, "国Ⅵ", "6"}, {"StageChinese", emission_stage_of_code, "国三", "3"}, {"StageDigit", emission_stage_of_code, "国5", "5"},
    {"UseA", use_of_code, "a", "A"}, {"UseTwo", use_of_code, "AB", std::nullopt},
    {"TypeK33", type_of_code, "K33", "K33"}, {"TypeH11", type_of_code, "h11", "H11"}, {"TypeModel", type_of_code, "BJ7162", std::nullopt},
    {"TypeNumber", type_of_code, "133", std::nullopt},
    {"CategoryM1", category_of_code, "M1", "M1"}, {"CategoryN3", category_of_code, "n3", "N3"}, {"CategoryM4", category_of_code, "M4", std::nullopt},
}), [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace exhaust::registry
