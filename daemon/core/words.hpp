#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace exhaust {

/// The known word that a person most likely meant: at most three letters apart. Of several, the first.
std::optional<std::string> nearest_word(std::string_view said, std::span<const std::string> known);

}  // namespace exhaust
