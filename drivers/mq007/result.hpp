#pragma once

#include <cstdint>
#include <optional>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/mq007_settings.hpp"

namespace exhaust::mq007 {

inline constexpr std::size_t kFloatsWithSpectrum = 2334;
inline constexpr std::size_t kFloatsWithoutSpectrum = 34;

/// What the unit measured of one vehicle, in its own units. -999, NaN and infinity on the wire are absent here.
struct TestResult {
  std::optional<double> hc, no;        ///< by the unit's combustion equation
  std::optional<double> co, co2;       ///< by the unit's combustion equation
  std::optional<double> opacity_max, opacity_mean;  ///< over ten channels
  std::optional<double> blackness;     ///< the unit's own smoke index, a tenth of the largest opacity
  std::optional<double> k;             ///< light absorption, 1/m; the unit does not say over which length
  std::optional<double> length_cm;     ///< outer distance of front and rear wheels
  std::optional<double> speed_km_h;
  std::optional<double> acceleration_m_s2;
  bool has_peak_spectrum = false;      ///< the struct came with its 2300 points
  std::size_t spectra_bytes = 0;       ///< what stood behind the struct

  bool operator==(const TestResult&) const = default;
};

/// Data of a type 12 message: a struct of 2334 or 34 little-endian f32, then spectra as a QDataStream, or nothing. Which
/// struct it is follows from the length; where both would fit, from the spectra: they must be read to their end behind
/// it. Error: kBadFrame.
Result<TestResult> decode_result(ByteView data, ResultStruct expected = ResultStruct::kByLength);

/// The data of a type 12 message without spectra behind it. Absent is -999.
Bytes encode_result(const TestResult& result);

}  // namespace exhaust::mq007
