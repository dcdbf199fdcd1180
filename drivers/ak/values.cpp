#include "drivers/ak/values.hpp"

#include <algorithm>

#include "drivers/ak/telegram.hpp"

namespace exhaust::ak {

namespace {

constexpr std::string_view kSkip = "-";
constexpr std::string_view kVehicleNumber = "vehicle_number";
constexpr std::string_view kMeasurementNumber = "measurement_number";

}  // namespace

Result<void> check_values(const AkSettings& ak) {
  for (const auto& name : ak.values) {
    if (name == kSkip) continue;
    if (name != kVehicleNumber && name != kMeasurementNumber && !has_quantity(ak.reading, name)) {
      return fail(ErrorKind::kSettings, "'" + name + "' is no value of a " + to_string(ak.reading) + " reading: " +
                                            quantity_words(ak.reading) + ", vehicle_number, measurement_number or -");
    }
    if (std::ranges::count(ak.values, name) > 1) {
      return fail(ErrorKind::kSettings, "the value '" + name + "' stands there twice");
    }
  }
  if (ak.values.empty()) return fail(ErrorKind::kSettings, "values: the positions of an AKON answer are not named");
  return {};
}

Result<Measurement> read_values(const std::vector<std::string>& words, const AkSettings& ak) {
  const auto& names = ak.values;
  if (words.size() != names.size()) {
    return fail(ErrorKind::kBadFrame, "AKON: " + std::to_string(words.size()) + " values, the settings name " +
                                          std::to_string(names.size()));
  }
  Measurement measurement{.body = empty_body(ak.reading), .vehicle_number = {}, .measurement_number = {}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (names[i] == kSkip) continue;  // may be any word
    const auto value = decode_value(words[i]);
    if (!value) return std::unexpected(value.error());
    if (names[i] == kVehicleNumber) measurement.vehicle_number = whole_number(*value);
    else if (names[i] == kMeasurementNumber) measurement.measurement_number = whole_number(*value);
    else put(names[i], *value, measurement.body);
  }
  return measurement;
}

}  // namespace exhaust::ak
