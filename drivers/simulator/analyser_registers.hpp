#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// The registers of one lane's analyser (config/devices/analyser-history.toml). 32-bit values are two registers, high
/// word first (ABCD); a value that was not measured is NaN. Pure: no I/O, no lock.
///
/// 0      handshake: the number of the newest complete measurement, u32; 0 before the first
/// 100    64 slots of 16 registers; measurement n stands in slot n % 64:
///        +0 vehicle number u32, +2 CO2 excess %, +4 CO/CO2, +6 HC/CO2, +8 NO/CO2, +10 NO2/CO2, +12 r2 of CO (all f32),
///        +14 samples u16, +15 low half of the measurement's number u16
class AnalyserRegisters {
 public:
  static constexpr std::size_t kHandshake = 0;
  static constexpr std::size_t kFirstSlot = 100;
  static constexpr std::size_t kSlots = 64;
  static constexpr std::size_t kStride = 16;
  static constexpr std::size_t kCount = kFirstSlot + kSlots * kStride;

  AnalyserRegisters();
  /// The analyser is wired to the gate's trigger: a measurement has the number of its vehicle. The slot is whole
  /// before the handshake moves.
  void complete(std::uint32_t number, const PlumeReading& plume);
  std::span<const std::uint16_t> words() const { return words_; }
  std::uint32_t newest() const { return newest_; }
  /// The words as an analyser shows them that moves its handshake too early: the newest slot's second half is still
  /// of the vehicle before. Absent when `first` to `first + count` shows nothing of both.
  std::optional<std::vector<std::uint16_t>> torn(std::size_t first, std::size_t count) const;

 private:
  void put_u32(std::size_t address, std::uint32_t value);
  void put_f32(std::size_t address, const std::optional<double>& value);

  std::vector<std::uint16_t> words_;
  std::uint32_t newest_ = 0;
};

}  // namespace exhaust::simulator
