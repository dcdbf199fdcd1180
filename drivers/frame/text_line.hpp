#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/frame/decoder.hpp"

/// What decoders of text share.
namespace exhaust::frame {

/// A line from `start` (may be empty) to `end`. A new start aborts an unfinished line; longer than `most` is no line.
/// REQUIRES: `end` is not empty.
Cut cut_line(ByteView waiting, std::string_view start, std::string_view end, std::size_t most);

/// The line without `start` and `end`. REQUIRES: it has both.
std::string_view content_of(std::string_view line, std::string_view start, std::string_view end);

/// Separated by " ": a run of blanks separates once, and none stands at the ends.
std::vector<std::string_view> split(std::string_view text, std::string_view separator);

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

/// A finite decimal number, a sign and blanks around it allowed. Nothing: it is none.
std::optional<double> number_in(std::string_view text);

std::uint8_t xor_of(std::string_view text);
std::uint8_t sum_of(std::string_view text);
/// True: `digits` are `value` in so many hexadecimal digits, either case.
bool is_hex(std::string_view digits, unsigned value, std::size_t count);

}  // namespace exhaust::frame
