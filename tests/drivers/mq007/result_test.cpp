#include "drivers/mq007/result.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {
namespace {

/// Floats as the unit writes them; everything else is -999.
Bytes floats(std::size_t count, std::initializer_list<std::pair<std::size_t, float>> values) {
  Bytes bytes;
  std::vector<float> all(count, -999.0f);
  for (const auto& [index, value] : values) all[index] = value;
  for (const float value : all) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  return bytes;
}

Bytes spectra() {
  QtWriter writer;
  for (int list = 0; list < 6; ++list) writer.i32_list({1, 2, 3});
  for (int list = 0; list < 6; ++list) {
    writer.u32(2);
    writer.f32_list({1.5f});
    writer.f32_list({});
  }
  return writer.bytes();
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Mq007Result, LiteralBytesOfTheShortStruct) {
  auto bytes = floats(34, {});
  ASSERT_EQ(bytes.size(), 136u);
  const auto put = [&](std::size_t index, std::string_view hex) {
    const auto four = from_hex(hex).value();
    std::copy(four.begin(), four.end(), bytes.begin() + static_cast<std::ptrdiff_t>(index * 4));
  };
  EXPECT_EQ(to_hex(ByteView(bytes).first(4)), "00c079c4");  // -999
  put(6, "00 00 D2 42");   // HC 105
  put(7, "00 40 1C 45");   // NO 2500
  put(12, "00 00 00 40");  // CO 2
  put(13, "00 00 5E 41");  // CO2 13.875
  put(24, "00 00 48 41");  // opacity, max 12.5
  put(25, "00 00 C8 40");  // mean 6.25
  put(26, "00 00 A0 3F");  // blackness 1.25
  put(27, "00 00 00 3F");  // K 0.5
  put(28, "00 80 E1 43");  // length 451 cm
  put(29, "00 40 38 42");  // speed 46.0625 km/h
  put(30, "00 00 80 BE");  // acceleration -0.25 m/s2
  const auto result = decode_result(bytes);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->hc, 105);
  EXPECT_EQ(result->no, 2500);
  EXPECT_EQ(result->co, 2);
  EXPECT_EQ(result->co2, 13.875);
  EXPECT_EQ(result->opacity_max, 12.5);
  EXPECT_EQ(result->opacity_mean, 6.25);
  EXPECT_EQ(result->blackness, 1.25);
  EXPECT_EQ(result->k, 0.5);
  EXPECT_EQ(result->length_cm, 451);
  EXPECT_EQ(result->speed_km_h, 46.0625);
  EXPECT_EQ(result->acceleration_m_s2, -0.25);
  EXPECT_FALSE(result->has_peak_spectrum);
  EXPECT_EQ(result->spectra_bytes, 0u);
}

TEST(Mq007Result, TheLongStructHasItsSpectrumBetweenGasAndSmoke) {
  const auto bytes = floats(2334, {{6, 1.5f}, {13, 14.5f}, {14, 77.0f}, {2313, 78.0f}, {2324, 8.0f}, {2329, 50.0f}});
  ASSERT_EQ(bytes.size(), 9336u);
  const auto result = decode_result(bytes);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->has_peak_spectrum);
  EXPECT_EQ(result->hc, 1.5);
  EXPECT_EQ(result->co2, 14.5);
  EXPECT_EQ(result->opacity_max, 8);
  EXPECT_EQ(result->speed_km_h, 50);
}

TEST(Mq007Result, MinusNineHundredNinetyNineIsAbsentAndNothingElseIs) {
  const auto none = decode_result(floats(34, {}));
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, TestResult{});
  const auto some = decode_result(floats(34, {{6, -998.0f}, {7, -0.5f}, {12, 0.0f}}));
  EXPECT_EQ(some->hc, -998);
  EXPECT_EQ(some->no, -0.5);  // noise keeps its sign
  EXPECT_EQ(some->co, 0);     // measured as nothing is not missing
}

TEST(Mq007Result, NanAndInfinityAreAbsent) {
  const auto inf = std::numeric_limits<float>::infinity();
  const auto result = decode_result(floats(34, {{6, std::nanf("")}, {7, inf}, {12, -inf}, {13, 14.0f}}));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->hc, std::nullopt);
  EXPECT_EQ(result->no, std::nullopt);
  EXPECT_EQ(result->co, std::nullopt);
  EXPECT_EQ(result->co2, 14);
}

TEST(Mq007Result, SpectraBehindTheStructAreNotReadButKnown) {
  const auto behind = spectra();
  EXPECT_EQ(decode_result(floats(34, {{6, 9.0f}}) + behind)->spectra_bytes, behind.size());
  const auto long_one = decode_result(floats(2334, {{6, 9.0f}}) + behind);
  ASSERT_TRUE(long_one);
  EXPECT_TRUE(long_one->has_peak_spectrum);
  EXPECT_EQ(long_one->hc, 9);
  EXPECT_EQ(long_one->spectra_bytes, behind.size());
}

TEST(Mq007Result, AShortStructWithManySpectraIsNotTakenForALongOne) {
  QtWriter many;
  for (int list = 0; list < 6; ++list) many.i32_list(std::vector<std::int32_t>(1000));
  for (int list = 0; list < 6; ++list) many.u32(0);
  const auto data = floats(34, {{6, 9.0f}, {29, 61.0f}}) + many.bytes();
  ASSERT_GT(data.size(), 9336u);
  const auto result = decode_result(data);
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->has_peak_spectrum);
  EXPECT_EQ(result->speed_km_h, 61);
}

TEST(Mq007Result, WhereNeitherStructFitsItIsRefusedUnlessTheSettingsSay) {
  const auto data = floats(2334, {{6, 9.0f}}) + Bytes{1, 2, 3};
  EXPECT_EQ(decode_result(data).error().kind, ErrorKind::kBadFrame);
  EXPECT_EQ(decode_result(data, ResultStruct::kWithSpectrum)->spectra_bytes, 3u);
  EXPECT_EQ(decode_result(data, ResultStruct::kWithoutSpectrum)->has_peak_spectrum, false);
}

TEST(Mq007Result, TooShortIsRefused) {
  EXPECT_FALSE(decode_result({}));
  EXPECT_FALSE(decode_result(Bytes(135)));
  EXPECT_FALSE(decode_result(Bytes(9335), ResultStruct::kWithSpectrum));
}

TEST(Mq007Result, ComesBackFromItsEncoding) {
  TestResult result;
  result.hc = 105;
  result.co2 = 14.5;
  result.opacity_max = 3.5;
  result.k = 0.125;
  result.speed_km_h = 44.5;
  for (const bool spectrum : {false, true}) {
    result.has_peak_spectrum = spectrum;
    EXPECT_EQ(decode_result(encode_result(result)), result);
  }
}

}  // namespace
}  // namespace exhaust::mq007
