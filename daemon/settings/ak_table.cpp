#include <algorithm>
#include <array>

#include "daemon/settings/device_table.hpp"

namespace exhaust::settings {

AkSettings read_ak(TableReader& table) {
  static constexpr std::array<std::string_view, 6> kWords{"opacity_percent", "k_per_m", "ringelmann",
                                                          "vehicle_number",  "measurement_number", "-"};
  AkSettings ak;
  read_endpoint(table, "endpoint", ak.endpoint);
  table.text("channel", ak.channel);
  table.require("values", "the words of the answer, in order");
  table.texts("values", ak.values);
  for (const auto& value : ak.values) {
    if (std::ranges::find(kWords, value) == kWords.end()) {
      table.mistake("values", "'" + value + "' is not one of: opacity_percent, k_per_m, ringelmann, vehicle_number, "
                                            "measurement_number, - (skip)");
    }
  }
  const auto numbered = [](const std::string& value) { return value == "vehicle_number" || value == "measurement_number"; };
  if (!ak.values.empty() && std::ranges::none_of(ak.values, numbered)) {
    table.mistake("values", "one must be vehicle_number or measurement_number, or an old measurement could be taken for a new one");
  }
  table.flag("fetch_by_number", ak.fetch_by_number);
  read_count(table, ak.count);
  table.integer("dont_care", ak.dont_care, 0, 255);
  return ak;
}

}  // namespace exhaust::settings
