#include "drivers/mq007/result.hpp"

#include <bit>
#include <cmath>
#include <string>

#include "drivers/mq007/qt_stream.hpp"

namespace exhaust::mq007 {

namespace {

constexpr float kNoValue = -999.0f;
constexpr std::size_t kPeakPoints = kFloatsWithSpectrum - kFloatsWithoutSpectrum;
constexpr std::size_t kBytesWithSpectrum = kFloatsWithSpectrum * 4;
constexpr std::size_t kBytesWithoutSpectrum = kFloatsWithoutSpectrum * 4;

// Where the values stand, counted in floats: 8 of the UV channel, 6 of the IR channel, with spectrum 2300 points, 14 of
// the smoke channel, 6 of the speed gate.
constexpr std::size_t kHc = 6, kNo = 7, kCo = 12, kCo2 = 13;
constexpr std::size_t kGasFloats = 14;
constexpr std::size_t kOpacityMax = 10, kOpacityMean = 11, kBlackness = 12, kK = 13;
constexpr std::size_t kLength = 14, kSpeed = 15, kAcceleration = 16;

/// Six lists and six lists of lists of 4-byte numbers: measured and background spectra of three channels.
bool are_spectra(ByteView bytes) {
  QtReader reader(bytes);
  for (int i = 0; i < 6; ++i) reader.skip_list(4);
  for (int i = 0; i < 6; ++i) {
    const auto lists = reader.u32();
    for (std::uint32_t list = 0; list < lists && reader.ok(); ++list) reader.skip_list(4);
  }
  return reader.finished();
}

bool fits(ByteView data, std::size_t struct_bytes) {
  if (data.size() < struct_bytes) return false;
  return data.size() == struct_bytes || are_spectra(data.subspan(struct_bytes));
}

/// The struct's size, or 0.
std::size_t struct_bytes_of(ByteView data, ResultStruct expected) {
  const bool may_be_long = data.size() >= kBytesWithSpectrum && expected != ResultStruct::kWithoutSpectrum;
  const bool may_be_short = data.size() >= kBytesWithoutSpectrum && expected != ResultStruct::kWithSpectrum;
  // Where only one is possible, what stands behind it may be of a version that we do not know.
  if (may_be_long != may_be_short) return may_be_long ? kBytesWithSpectrum : kBytesWithoutSpectrum;
  if (may_be_long && fits(data, kBytesWithSpectrum)) return kBytesWithSpectrum;
  if (may_be_short && fits(data, kBytesWithoutSpectrum)) return kBytesWithoutSpectrum;
  return 0;
}

class Floats {
 public:
  explicit Floats(ByteView bytes) : bytes_(bytes) {}
  std::optional<double> operator[](std::size_t index) const {
    const auto at = bytes_.subspan(index * 4, 4);
    const auto word = std::uint32_t{at[3]} << 24 | std::uint32_t{at[2]} << 16 | std::uint32_t{at[1]} << 8 | at[0];
    const auto value = std::bit_cast<float>(word);
    if (!std::isfinite(value) || value == kNoValue) return std::nullopt;
    return value;
  }

 private:
  ByteView bytes_;
};

void put(Bytes& bytes, std::size_t index, const std::optional<double>& value) {
  const auto word = std::bit_cast<std::uint32_t>(value ? static_cast<float>(*value) : kNoValue);
  for (std::size_t i = 0; i < 4; ++i) bytes[index * 4 + i] = static_cast<std::uint8_t>(word >> (8 * i));
}

}  // namespace

Result<TestResult> decode_result(ByteView data, ResultStruct expected) {
  const auto struct_bytes = struct_bytes_of(data, expected);
  if (struct_bytes == 0) {
    return fail(ErrorKind::kBadFrame, "a result of " + std::to_string(data.size()) + " bytes is neither " +
                                          std::to_string(kBytesWithSpectrum) + " nor " +
                                          std::to_string(kBytesWithoutSpectrum) + " bytes and spectra");
  }
  TestResult result;
  result.has_peak_spectrum = struct_bytes == kBytesWithSpectrum;
  result.spectra_bytes = data.size() - struct_bytes;
  const Floats gas(data);
  const Floats rest(data.subspan((kGasFloats + (result.has_peak_spectrum ? kPeakPoints : 0)) * 4));
  result.hc = gas[kHc];
  result.no = gas[kNo];
  result.co = gas[kCo];
  result.co2 = gas[kCo2];
  result.opacity_max = rest[kOpacityMax];
  result.opacity_mean = rest[kOpacityMean];
  result.blackness = rest[kBlackness];
  result.k = rest[kK];
  result.length_cm = rest[kLength];
  result.speed_km_h = rest[kSpeed];
  result.acceleration_m_s2 = rest[kAcceleration];
  return result;
}

Bytes encode_result(const TestResult& result) {
  const std::size_t floats = result.has_peak_spectrum ? kFloatsWithSpectrum : kFloatsWithoutSpectrum;
  const std::size_t rest = kGasFloats + (result.has_peak_spectrum ? kPeakPoints : 0);
  Bytes bytes(floats * 4);
  for (std::size_t i = 0; i < floats; ++i) put(bytes, i, std::nullopt);
  for (std::size_t i = kGasFloats; i < rest; ++i) put(bytes, i, 0.0);
  for (std::size_t channel = 0; channel < kOpacityMax; ++channel) put(bytes, rest + channel, result.opacity_mean);
  put(bytes, kHc, result.hc);
  put(bytes, kNo, result.no);
  put(bytes, kCo, result.co);
  put(bytes, kCo2, result.co2);
  put(bytes, rest + kOpacityMax, result.opacity_max);
  put(bytes, rest + kOpacityMean, result.opacity_mean);
  put(bytes, rest + kBlackness, result.blackness);
  put(bytes, rest + kK, result.k);
  put(bytes, rest + kLength, result.length_cm);
  put(bytes, rest + kSpeed, result.speed_km_h);
  put(bytes, rest + kAcceleration, result.acceleration_m_s2);
  return bytes;
}

}  // namespace exhaust::mq007
