#include "drivers/modbus/words.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "daemon/core/plate.hpp"

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
  if (std::isnan(value)) value = static_cast<double>(Limits::max());
  value = std::clamp(std::round(value), static_cast<double>(Limits::min()), static_cast<double>(Limits::max()));
  // The largest 64-bit integer is no double; the one above it does not fit.
  if (value >= static_cast<double>(Limits::max())) return static_cast<std::make_unsigned_t<Integer>>(Limits::max());
  return static_cast<std::make_unsigned_t<Integer>>(static_cast<Integer>(value));
}

}  // namespace

double decode(std::span<const std::uint16_t> words, RegisterType type, WordOrder order) {
  const auto bits = gather(words.first(word_count(type)), order);
  switch (type) {
    case RegisterType::kU16: return static_cast<double>(static_cast<std::uint16_t>(bits));
    case RegisterType::kI16: return static_cast<double>(static_cast<std::int16_t>(bits));
    case RegisterType::kU32: return static_cast<double>(static_cast<std::uint32_t>(bits));
    case RegisterType::kI32: return static_cast<double>(static_cast<std::int32_t>(bits));
    case RegisterType::kU64: return static_cast<double>(bits);
    case RegisterType::kF32: return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case RegisterType::kF64: return std::bit_cast<double>(bits);
    case RegisterType::kString:
    case RegisterType::kBits: break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::uint64_t decode_bits(std::span<const std::uint16_t> words, WordOrder order) { return gather(words, order); }

std::optional<std::string> decode_text(std::span<const std::uint16_t> words, WordOrder order) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto word = words[words_reversed(order) ? words.size() - 1 - i : i];
    if (bytes_swapped(order)) word = swap(word);
    text.push_back(static_cast<char>(word >> 8));
    text.push_back(static_cast<char>(word & 0xFF));
  }
  text.resize(std::min(text.find('\0'), text.size()));
  text.resize(text.find_last_not_of(' ') + 1);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, control) || recordable_text(text) != text) return std::nullopt;
  return text;
}

double decode_raw(std::span<const std::uint16_t> words, const RegisterField& field) {
  if (field.type != RegisterType::kBits) return decode(words, field.type, field.order);
  const auto bits = gather(words.first(word_count(field)), field.order) >> field.first_bit;
  const auto width = static_cast<unsigned>(field.last_bit - field.first_bit + 1);
  return static_cast<double>(bits & ((std::uint64_t{1} << width) - 1));
}

Registers encode(double value, RegisterType type, WordOrder order) {
  std::uint64_t bits = 0;
  switch (type) {
    case RegisterType::kU16: bits = integer_bits<std::uint16_t>(value); break;
    case RegisterType::kI16: bits = integer_bits<std::int16_t>(value); break;
    case RegisterType::kU32: bits = integer_bits<std::uint32_t>(value); break;
    case RegisterType::kI32: bits = integer_bits<std::int32_t>(value); break;
    case RegisterType::kU64: bits = integer_bits<std::uint64_t>(value); break;
    case RegisterType::kF32: bits = std::bit_cast<std::uint32_t>(static_cast<float>(value)); break;
    case RegisterType::kF64: bits = std::bit_cast<std::uint64_t>(value); break;
    case RegisterType::kString:
    case RegisterType::kBits: break;
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
