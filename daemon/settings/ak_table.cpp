#include <algorithm>

#include "daemon/settings/device_table.hpp"
#include "drivers/quantity.hpp"

namespace exhaust::settings {

namespace {

bool is_number_of_measurement(const std::string& word) { return word == "vehicle_number" || word == "measurement_number"; }

void check_values(TableReader& table, const AkSettings& ak) {
  for (const auto& value : ak.values) {
    if (value == "-" || is_number_of_measurement(value)) continue;
    if (!has_quantity(ak.reading, value)) {
      table.mistake("values", "'" + value + "' is not one of: " + quantity_words(ak.reading) +
                                  ", vehicle_number, measurement_number, - (skip)");
    } else if (std::ranges::count(ak.values, value) > 1) {
      table.mistake("values", "'" + value + "' stands there twice");
    }
  }
  const bool numbered = std::ranges::any_of(ak.values, is_number_of_measurement);
  if (!numbered && !ak.values.empty() && !ak.each_poll && ak.reading != ReadingKind::kWeather) {
    table.mistake("values",
                  "one must be vehicle_number or measurement_number, or an old measurement could be taken for a new one; "
                  "each_poll = true says that each answer is a measurement of its moment");
  }
  if (numbered && ak.each_poll) table.mistake("each_poll", "is for devices without vehicle_number and measurement_number");
  if (!numbered && ak.fetch_by_number) table.mistake("fetch_by_number", "needs vehicle_number or measurement_number among the values");
}

}  // namespace

AkSettings read_ak(TableReader& table) {
  AkSettings ak;
  read_endpoint(table, "endpoint", ak.endpoint);
  table.text("channel", ak.channel);
  table.word("reading", ak.reading,
             {{"smoke", ReadingKind::kSmoke}, {"plume", ReadingKind::kPlume}, {"weather", ReadingKind::kWeather}});
  table.require("values", "the words of the answer, in order");
  table.texts("values", ak.values);
  table.flag("each_poll", ak.each_poll);
  table.flag("fetch_by_number", ak.fetch_by_number);
  check_values(table, ak);
  read_count(table, ak.count);
  table.integer("dont_care", ak.dont_care, 0, 255);
  table.texts("measuring_states", ak.measuring_states);
  return ak;
}

}  // namespace exhaust::settings
