#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/gb18030.hpp"
#include "drivers/anpr_settings.hpp"

/// Cameras write UTF-8 or one of the GB codings (plates.md 3.1), and do not always say which. No I/O.
namespace exhaust::anpr {

/// `bytes` in UTF-8 when they are in GB18030; absent when they are to be taken as they are. `declared`: the
/// name of the coding that the text itself gives, empty for none.
std::optional<ConvertedText> convert_if_gbk(std::string_view bytes, AnprSettings::TextCoding coding,
                                            std::string_view declared);

}  // namespace exhaust::anpr
