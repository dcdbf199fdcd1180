#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace exhaust {

struct ConvertedText {
  std::string utf8;
  std::size_t replaced = 0;  ///< bytes that are no text, each as U+FFFD
};

/// With more bytes than so many that are no text, the rest is not looked at: it would take seconds.
inline constexpr std::size_t kMostReplaced = 4096;

/// Of text in GB18030, which holds GBK and GB 2312 (plates.md 3.1).
ConvertedText gb18030_to_utf8(std::string_view bytes);

}  // namespace exhaust
