#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace exhaust {

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF. Absent: the bytes are no UTF-8.
std::optional<std::u32string> decode_utf8(std::string_view bytes);
bool is_utf8(std::string_view bytes);
/// The same text; each byte that is none becomes U+FFFD. For what devices say in sentences: protobuf takes UTF-8 only.
std::string valid_utf8(std::string_view bytes);
std::string encode_utf8(std::u32string_view text);

}  // namespace exhaust
