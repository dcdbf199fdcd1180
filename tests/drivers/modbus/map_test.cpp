#include "drivers/modbus/map.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/drivers/modbus/profiles.hpp"
#include "tests/drivers/modbus/wire.hpp"

namespace exhaust::modbus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(ModbusMap, DecodesTheWeatherStationFromItsLiteralBytes) {
  // devices.md 3.1: the payload of the answer
  const Block block{RegisterFunction::kHolding, 0, wire("00 00 40 50 00 00 43 34 00 00 41 CC 00 00 42 70 50 00 44 7D")};
  const auto decoded = decode({&block, 1}, weather_profile());
  ASSERT_TRUE(decoded);
  const auto& weather = std::get<WeatherReading>(decoded->body);
  EXPECT_EQ(weather.wind_speed_m_s, 3.25);
  EXPECT_EQ(weather.wind_direction_deg, 180);
  EXPECT_EQ(weather.temperature_c, 25.5);
  EXPECT_EQ(weather.humidity_percent, 60);
  EXPECT_EQ(weather.pressure_hpa, 1013.25);
  EXPECT_EQ(weather.rain_mm_h, std::nullopt);
}

TEST(ModbusMap, DecodesAPlumeAndLeavesOutWhatWasNotMeasured) {
  const Block block{RegisterFunction::kInput, 100, wire("00 01 E2 40"   // vehicle 123456
                              "3F 80 00 00"   // co2 excess 1.0
                              "BD CC CC CD"   // co -0.1: noise stays
                              "7F C0 00 00"   // hc NaN
                              "3A 83 12 6F"   // no 0.001
                              "7F 80 00 00"   // no2 infinite
                              "3F 40 00 00"   // r2 0.75
                              "00 32"         // 50 samples
                              "E2 40")};
  const auto decoded = decode({&block, 1}, analyser_profile());
  ASSERT_TRUE(decoded);
  const auto& plume = std::get<PlumeReading>(decoded->body);
  EXPECT_EQ(decoded->vehicle_number, 123456u);
  EXPECT_EQ(decoded->measurement_check, 0xE240);
  EXPECT_EQ(plume.co2_excess_percent, 1.0);
  EXPECT_NEAR(*plume.co_per_co2, -0.1, 1e-8);
  EXPECT_EQ(plume.hc_per_co2, std::nullopt);
  EXPECT_NEAR(*plume.no_per_co2, 0.001, 1e-10);
  EXPECT_EQ(plume.no2_per_co2, std::nullopt);
  EXPECT_EQ(plume.co_r2, 0.75);
  EXPECT_EQ(plume.samples, 50u);
}

ModbusProfile one_field(RegisterField field) {
  return {"one", ModbusProfile::Reading::kWeather, RegisterFunction::kInput, {std::move(field)}, {}, 1, 0};
}

TEST(ModbusMap, ScalesAndKnowsTheCodesForNoValue) {
  RegisterField field{"temperature_c", 0x1F, RegisterType::kI16, WordOrder::kABCD, 0.1, 0.0, {32767}, {}, {}};
  const auto temperature = [&](std::string_view hex) {
    const Block block{RegisterFunction::kInput, 0x1F, wire(hex)};
    return std::get<WeatherReading>(decode({&block, 1}, one_field(field))->body).temperature_c;
  };
  EXPECT_NEAR(*temperature("FF 9C"), -10.0, 1e-12);
  EXPECT_EQ(temperature("7F FF"), std::nullopt);
  field.offset = -40;  // Ecowitt: (raw - 400) / 10
  EXPECT_NEAR(*temperature("02 8A"), 25.0, 1e-12);
}

TEST(ModbusMap, ValuesOutsideTheirRangeAreAbsentAndCounted) {
  const RegisterField field{"pressure_hpa", 0, RegisterType::kU16, WordOrder::kABCD, 0.1, 0.0, {}, 500.0, 1100.0};
  for (const auto& [hex, valid] : {std::pair{"27 94", true}, {"03 F5", false}, {"FF FF", false}}) {
    const Block block{RegisterFunction::kInput, 0, wire(hex)};
    const auto decoded = decode({&block, 1}, one_field(field));
    EXPECT_EQ(std::get<WeatherReading>(decoded->body).pressure_hpa.has_value(), valid) << hex;
    EXPECT_EQ(decoded->out_of_range, valid ? 0u : 1u) << hex;
  }
}

TEST(ModbusMap, AShortAnswerIsABadFrame) {
  const Block block{RegisterFunction::kHolding, 0, Registers(9)};
  EXPECT_EQ(decode({&block, 1}, weather_profile()).error().kind, ErrorKind::kBadFrame);
}

/// What one field says of these registers.
struct FieldCase {
  std::string name;
  RegisterField field;
  const char* bytes;
  std::optional<double> value;
};
RegisterField of(const char* quantity, RegisterType type, std::vector<double> not_available = {},
                 WordOrder order = WordOrder::kABCD) {
  auto made = field(quantity, 0, type, order);
  made.not_available = std::move(not_available);
  return made;
}
class ModbusNoValue : public testing::TestWithParam<FieldCase> {};
TEST_P(ModbusNoValue, F06IsAbsentAndItsNeighbourIsNot) {
  std::uint32_t out_of_range = 0;
  EXPECT_EQ(decode_field(wire(GetParam().bytes), GetParam().field, out_of_range), GetParam().value);
  EXPECT_EQ(out_of_range, 0u);
}
INSTANTIATE_TEST_SUITE_P(
    Codes, ModbusNoValue,
    testing::ValuesIn(std::vector<FieldCase>{
        {"U16", of("humidity_percent", RegisterType::kU16, {65535}), "FF FF", std::nullopt},
        {"U16Swapped", of("humidity_percent", RegisterType::kU16, {0xFF00}, WordOrder::kBADC), "00 FF", std::nullopt},
        {"U16Neighbour", of("humidity_percent", RegisterType::kU16, {65535}), "FF FE", 65534},
        {"I16", of("temperature_c", RegisterType::kI16, {32767, -32768}), "80 00", std::nullopt},
        {"U32", of("pressure_hpa", RegisterType::kU32, {4294967295.0}), "FF FF FF FF", std::nullopt},
        {"I32Reversed", of("temperature_c", RegisterType::kI32, {0x7FFFFFFF}, WordOrder::kCDAB), "FF FF 7F FF", std::nullopt},
        {"U64", of("pressure_hpa", RegisterType::kU64, {18446744073709551615.0}), "FF FF FF FF FF FF FF FF", std::nullopt},
        {"F32IsComparedAsF32", of("temperature_c", RegisterType::kF32, {-999.9}), "C4 79 F9 9A", std::nullopt},
        {"F32Neighbour", of("temperature_c", RegisterType::kF32, {-999.9}), "C4 79 F9 9B", -999.90008544921875},
        {"F64", of("temperature_c", RegisterType::kF64, {-999.9}), "C0 8F 3F 33 33 33 33 33", std::nullopt},
        {"NaN", of("temperature_c", RegisterType::kF32), "7F C0 00 00", std::nullopt},
        {"SignallingNaN", of("temperature_c", RegisterType::kF32), "7F A0 00 00", std::nullopt},
        {"Infinite", of("temperature_c", RegisterType::kF32), "FF 80 00 00", std::nullopt},
        {"DenormalIsANumber", of("temperature_c", RegisterType::kF32), "00 00 00 01", 1.401298464324817e-45}}),
    [](const auto& each) { return each.param.name; });

TEST(ModbusMap, ADevicesUnitBecomesTheQuantitysOwnAndTheRangeIsInTheDevicesUnit) {
  auto pressure = field("pressure_hpa", 0);
  pressure.scale = 0.1;
  pressure.unit_factor = 10;
  pressure.valid_min = 50;
  pressure.valid_max = 110;
  std::uint32_t out_of_range = 0;
  EXPECT_NEAR(*decode_field(wire("03 F5"), pressure, out_of_range), 1013.0, 1e-9) << "101.3 kPa";
  EXPECT_EQ(decode_field(wire("27 95"), pressure, out_of_range), std::nullopt) << "hPa taken for kPa";
  EXPECT_EQ(out_of_range, 1u);
}

TEST(ModbusMap, ASpeedReadingIsAnAnswerOfUnknownAge) {
  ModbusProfile profile;
  profile.reading = ReadingKind::kSpeed;
  profile.handshake = field("handshake", 50);
  profile.fields = {field("vehicle_number", 0, RegisterType::kU64), field("speed_km_h", 4), field("direction", 5),
                    field("length_m", 6)};
  profile.fields[1].scale = 0.1;
  profile.fields[3].unit_factor = 0.01;
  ASSERT_TRUE(check(profile));
  const Block block{RegisterFunction::kInput, 0, wire("00 20 00 00 00 00 00 01  01 D4  00 01  01 C2")};
  const auto decoded = decode({&block, 1}, profile);
  ASSERT_TRUE(decoded);
  const auto& speed = std::get<SpeedReading>(decoded->body);
  EXPECT_EQ(decoded->vehicle_number, 9007199254740993u) << "no digit of a u64 is lost";
  EXPECT_NEAR(*speed.speed_km_h, 46.8, 1e-12);
  EXPECT_EQ(speed.direction, 1);
  EXPECT_EQ(speed.length_m, 4.5);
  EXPECT_EQ(speed.acceleration_m_s2, std::nullopt);
  EXPECT_TRUE(speed.solicited);
}

TEST(ModbusMap, AFieldOfTheOtherFunctionIsNotTakenFromTheSameNumber) {
  auto profile = one_field(field("humidity_percent", 3));
  profile.fields[0].function = RegisterFunction::kHolding;
  const std::vector<Block> blocks{{RegisterFunction::kInput, 3, {11}}, {RegisterFunction::kHolding, 3, {22}}};
  EXPECT_EQ(std::get<WeatherReading>(decode(blocks, profile)->body).humidity_percent, 22);
}

}  // namespace
}  // namespace exhaust::modbus
