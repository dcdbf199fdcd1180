#include "drivers/simulator/analyser_registers.hpp"

#include <bit>
#include <limits>

namespace exhaust::simulator {

AnalyserRegisters::AnalyserRegisters() : words_(kCount, 0) {}

void AnalyserRegisters::complete(std::uint32_t number, const PlumeReading& plume) {
  const auto slot = kFirstSlot + number % kSlots * kStride;
  put_u32(slot, number);
  put_f32(slot + 2, plume.co2_excess_percent);
  put_f32(slot + 4, plume.co_per_co2);
  put_f32(slot + 6, plume.hc_per_co2);
  put_f32(slot + 8, plume.no_per_co2);
  put_f32(slot + 10, plume.no2_per_co2);
  put_f32(slot + 12, plume.co_r2);
  words_[slot + 14] = static_cast<std::uint16_t>(plume.samples.value_or(0));
  words_[slot + 15] = static_cast<std::uint16_t>(number);
  put_u32(kHandshake, number);
  newest_ = number;
}

std::optional<std::vector<std::uint16_t>> AnalyserRegisters::torn(std::size_t first, std::size_t count) const {
  const auto half = kFirstSlot + newest_ % kSlots * kStride + kStride / 2;
  if (newest_ < 2 || first >= half || first + count < half + kStride / 2) return std::nullopt;
  const auto before = kFirstSlot + (newest_ - 1) % kSlots * kStride + kStride / 2;
  auto words = words_;
  for (std::size_t i = 0; i < kStride / 2; ++i) words[half + i] = words_[before + i];
  return words;
}

void AnalyserRegisters::put_u32(std::size_t address, std::uint32_t value) {
  words_[address] = static_cast<std::uint16_t>(value >> 16);
  words_[address + 1] = static_cast<std::uint16_t>(value);
}

void AnalyserRegisters::put_f32(std::size_t address, const std::optional<double>& value) {
  const auto number = value ? static_cast<float>(*value) : std::numeric_limits<float>::quiet_NaN();
  put_u32(address, std::bit_cast<std::uint32_t>(number));
}

}  // namespace exhaust::simulator
