#include "daemon/core/ids.hpp"

#include <algorithm>
#include <random>

namespace exhaust {

Result<std::string> check_station_id(std::string_view text) {
  const bool form = text.size() == 10 && text[0] >= 'A' && text[0] <= 'D' &&
                    std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (form) return std::string(text);
  return fail(ErrorKind::kSettings, "'" + std::string(text) +
                                        "' is not a station number (dwbh): A, B, C or D, six digits of the county, "
                                        "three of the station, like A110119001");
}

LedgerId make_ledger_id() {
  LedgerId id;
  std::random_device random;
  std::ranges::generate(id, [&] { return static_cast<std::uint8_t>(random()); });
  return id;
}

}  // namespace exhaust
