#include "drivers/frame/text_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace exhaust::frame {

namespace {

/// As many of the last characters of `text` as may be the beginning of `word`.
std::size_t begun(std::string_view text, std::string_view word) {
  for (auto count = std::min(word.size() - 1, text.size()); count > 0; --count) {
    if (text.ends_with(word.substr(0, count))) return count;
  }
  return 0;
}

}  // namespace

Cut cut_line(ByteView waiting, std::string_view start, std::string_view end, std::size_t most) {
  const auto text = as_text(waiting);
  if (!text.starts_with(start)) {
    const auto found = text.find(start);
    const auto noise = found != std::string_view::npos ? found : text.size() - begun(text, start);
    return noise == 0 ? Cut::more() : Cut::skip(noise);
  }
  const auto stop = text.find(end, start.size());
  if (!start.empty()) {
    const auto again = text.find(start, start.size());
    if (again != std::string_view::npos && (stop == std::string_view::npos || again < stop)) return Cut::skip(again, Flaw::kBadFrame);
  }
  const auto length = stop == std::string_view::npos ? text.size() : stop + end.size();
  if (length > most) return Cut::skip(length, Flaw::kBadLength);
  return stop == std::string_view::npos ? Cut::more() : Cut::frame(length);
}

std::string_view content_of(std::string_view line, std::string_view start, std::string_view end) {
  line.remove_prefix(start.size());
  line.remove_suffix(end.size());
  return line;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  const bool runs = separator == " ";
  while (true) {
    const auto at = text.find(separator);
    const auto part = text.substr(0, at);
    if (!runs || !part.empty()) parts.push_back(part);
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::optional<double> number_in(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::uint8_t xor_of(std::string_view text) {
  std::uint8_t value = 0;
  for (const auto byte : as_bytes(text)) value ^= byte;
  return value;
}

std::uint8_t sum_of(std::string_view text) {
  unsigned value = 0;
  for (const auto byte : as_bytes(text)) value += byte;
  return static_cast<std::uint8_t>(value);
}

bool is_hex(std::string_view digits, unsigned value, std::size_t count) {
  unsigned said = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), said, 16);
  return digits.size() == count && error == std::errc{} && end == digits.data() + digits.size() && said == value;
}

}  // namespace exhaust::frame
