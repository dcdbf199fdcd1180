#include "daemon/core/bytes.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace exhaust {

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  const auto value = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    const int nibble = value(c);
    if (nibble < 0) return fail(ErrorKind::kBadFrame, "not a hexadecimal digit: '" + std::string(1, c) + "'");
    if (high < 0) {
      high = nibble;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + nibble));
      high = -1;
    }
  }
  if (high >= 0) return fail(ErrorKind::kBadFrame, "an odd number of hexadecimal digits");
  return bytes;
}

std::string to_base64(ByteView bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string clean(text);
  std::erase_if(clean, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  const auto end = std::min(clean.find_last_not_of('=') + 1, clean.size());
  const auto padding = clean.size() - end;
  const bool right = clean.size() % 4 == 0 && padding <= 2 && clean.size() < (1u << 30) &&
                     clean.find_first_not_of(kAlphabet) >= end;
  if (!right) return fail(ErrorKind::kBadFrame, "the text is not base64");
  std::string bytes(clean.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(clean.data()), static_cast<int>(clean.size()));
  if (length < 0) return fail(ErrorKind::kBadFrame, "the text is not base64");
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace exhaust
