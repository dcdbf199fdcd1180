#include "drivers/modbus/words.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace exhaust::modbus {

namespace {

bool words_reversed(WordOrder order) { return order == WordOrder::kCDAB || order == WordOrder::kDCBA; }
bool bytes_swapped(WordOrder order) { return order == WordOrder::kBADC || order == WordOrder::kDCBA; }

std::uint16_t swap(std::uint16_t word) { return static_cast<std::uint16_t>(word << 8 | word >> 8); }

/// The value's bits, most significant word first in the result's low bits.
std::uint64_t gather(std::span<const std::uint16_t> words, WordOrder order) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto word = words[words_reversed(order) ? words.size() - 1 - i : i];
    bits = bits << 16 | (bytes_swapped(order) ? swap(word) : word);
  }
  return bits;
}

Registers spread(std::uint64_t bits, std::size_t count, WordOrder order) {
  Registers words(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto word = static_cast<std::uint16_t>(bits >> (16 * (count - 1 - i)));
    words[words_reversed(order) ? count - 1 - i : i] = bytes_swapped(order) ? swap(word) : word;
  }
  return words;
}

template <class Integer>
std::uint64_t integer_bits(double value) {
  using Limits = std::numeric_limits<Integer>;
  if (std::isnan(value)) value = Limits::max();
  value = std::clamp(std::round(value), static_cast<double>(Limits::min()), static_cast<double>(Limits::max()));
  return static_cast<std::make_unsigned_t<Integer>>(static_cast<Integer>(value));
}

}  // namespace

std::size_t word_count(RegisterType type) {
  switch (type) {
    case RegisterType::kU16:
    case RegisterType::kI16: return 1;
    case RegisterType::kU32:
    case RegisterType::kI32:
    case RegisterType::kF32: return 2;
    case RegisterType::kF64: return 4;
  }
  return 1;
}

double decode(std::span<const std::uint16_t> words, RegisterType type, WordOrder order) {
  const auto bits = gather(words.first(word_count(type)), order);
  switch (type) {
    case RegisterType::kU16: return static_cast<double>(static_cast<std::uint16_t>(bits));
    case RegisterType::kI16: return static_cast<double>(static_cast<std::int16_t>(bits));
    case RegisterType::kU32: return static_cast<double>(static_cast<std::uint32_t>(bits));
    case RegisterType::kI32: return static_cast<double>(static_cast<std::int32_t>(bits));
    case RegisterType::kF32: return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case RegisterType::kF64: return std::bit_cast<double>(bits);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Registers encode(double value, RegisterType type, WordOrder order) {
  std::uint64_t bits = 0;
  switch (type) {
    case RegisterType::kU16: bits = integer_bits<std::uint16_t>(value); break;
    case RegisterType::kI16: bits = integer_bits<std::int16_t>(value); break;
    case RegisterType::kU32: bits = integer_bits<std::uint32_t>(value); break;
    case RegisterType::kI32: bits = integer_bits<std::int32_t>(value); break;
    case RegisterType::kF32: bits = std::bit_cast<std::uint32_t>(static_cast<float>(value)); break;
    case RegisterType::kF64: bits = std::bit_cast<std::uint64_t>(value); break;
  }
  return spread(bits, word_count(type), order);
}

Bytes wire_bytes(std::span<const std::uint16_t> words) {
  Bytes bytes;
  bytes.reserve(words.size() * 2);
  for (const auto word : words) {
    bytes.push_back(static_cast<std::uint8_t>(word >> 8));
    bytes.push_back(static_cast<std::uint8_t>(word));
  }
  return bytes;
}

}  // namespace exhaust::modbus
