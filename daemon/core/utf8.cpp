#include "daemon/core/utf8.hpp"

#include <array>
#include <cstdint>

namespace exhaust {

namespace {

/// Takes the next code point off `bytes`, from `at` on.
std::optional<char32_t> next_code_point(std::string_view bytes, std::size_t& at) {
  const auto lead = static_cast<std::uint8_t>(bytes[at++]);
  if (lead < 0x80) return lead;
  if (lead < 0xC2 || lead > 0xF4) return std::nullopt;
  const std::size_t more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  char32_t c = lead & (0x3Fu >> more);
  if (bytes.size() - at < more) return std::nullopt;
  for (std::size_t k = 0; k < more; ++k, ++at) {
    const auto next = static_cast<std::uint8_t>(bytes[at]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    c = (c << 6) | (next & 0x3Fu);
  }
  static constexpr std::array<char32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return std::nullopt;
  return c;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | (c >> 6));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view bytes) {
  std::u32string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto c = next_code_point(bytes, at);
    if (!c) return std::nullopt;
    text.push_back(*c);
  }
  return text;
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    if (!next_code_point(bytes, at)) return false;
  }
  return true;
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    auto next = at;
    if (next_code_point(bytes, next)) {
      text += bytes.substr(at, next - at);
      at = next;
    } else {
      append_utf8(text, 0xFFFD);
      ++at;
    }
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) append_utf8(out, c);
  return out;
}

}  // namespace exhaust
