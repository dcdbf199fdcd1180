#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/anpr_settings.hpp"

/// Cameras write UTF-8 or one of the GB codings (plates.md 3.1), and do not always say which. No I/O.
namespace exhaust::anpr {

struct ConvertedText {
  std::string utf8;
  std::size_t replaced = 0;  ///< bytes that are no text, each as U+FFFD
};
/// With more bytes than so many that are no text, the rest is not looked at: it would take seconds.
inline constexpr std::size_t kMostReplaced = 4096;

/// `bytes` in UTF-8 when they are in GB18030; absent when they are to be taken as they are. `declared`: the
/// name of the coding that the text itself gives, empty for none.
std::optional<ConvertedText> convert_if_gbk(std::string_view bytes, AnprSettings::TextCoding coding,
                                            std::string_view declared);

ConvertedText gb18030_to_utf8(std::string_view bytes);

}  // namespace exhaust::anpr
