#include "daemon/core/words.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace exhaust {

namespace {

constexpr std::size_t kFarthest = 3;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest_word(std::string_view said, std::span<const std::string> known) {
  const auto nearest =
      std::ranges::min_element(known, {}, [&](const auto& word) { return edit_distance(word, said); });
  if (nearest == known.end() || edit_distance(*nearest, said) > kFarthest) return std::nullopt;
  return *nearest;
}

}  // namespace exhaust
