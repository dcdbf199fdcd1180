#include "daemon/ctl/table.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cwchar>

namespace exhaust::ctl {

namespace {

std::size_t cells(const std::string& text) {
  std::size_t width = 0;
  std::mbstate_t state{};
  const char* at = text.data();
  for (std::size_t left = text.size(); left > 0;) {
    wchar_t character = 0;
    const auto length = std::mbrtowc(&character, at, left, &state);
    if (length == 0 || length > left) return width + left;  // not text: count bytes
    width += static_cast<std::size_t>(std::max(0, wcwidth(character)));
    at += length;
    left -= length;
  }
  return width;
}

}  // namespace

void Table::print(std::vector<std::size_t> widths) const {
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], cells(row[i]));
  }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - cells(row[i]) + 2, ' ');
    }
    std::puts(line.c_str());
  }
}

}  // namespace exhaust::ctl
