#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"

namespace exhaust {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Lower-case, without separators.
std::string to_hex(ByteView bytes);
/// Either case; blanks between bytes are skipped. Error: kBadFrame.
Result<Bytes> from_hex(std::string_view text);

/// RFC 4648 4, in one line.
std::string to_base64(ByteView bytes);
/// Blanks and line ends are skipped; padding must be right. Error: kBadFrame.
Result<std::string> from_base64(std::string_view text);

}  // namespace exhaust
