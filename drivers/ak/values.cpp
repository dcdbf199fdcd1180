#include "drivers/ak/values.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "drivers/ak/telegram.hpp"

namespace exhaust::ak {

namespace {

constexpr std::string_view kSkip = "-";

std::optional<std::uint64_t> whole(std::optional<double> value) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: beyond it doubles are not whole numbers
  if (!value || *value < 0 || *value > kMost || *value != std::floor(*value)) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

bool store(std::string_view name, std::optional<double> value, Measurement& out) {
  if (name == "opacity_percent") out.smoke.opacity_percent = value;
  else if (name == "k_per_m") out.smoke.k_per_m = value;
  else if (name == "ringelmann") out.smoke.ringelmann = value;
  else if (name == "vehicle_number") out.vehicle_number = whole(value);
  else if (name == "measurement_number") out.measurement_number = whole(value);
  else return name == kSkip;
  return true;
}

}  // namespace

Result<void> check_names(const std::vector<std::string>& names) {
  Measurement scratch;
  for (const auto& name : names) {
    if (!store(name, 0.0, scratch)) {
      return fail(ErrorKind::kSettings, "'" + name + "' is no value of a smoke meter: opacity_percent, k_per_m, "
                                                     "ringelmann, vehicle_number, measurement_number or -");
    }
    if (name != kSkip && std::ranges::count(names, name) > 1) {
      return fail(ErrorKind::kSettings, "the value '" + name + "' stands there twice");
    }
  }
  if (names.empty()) return fail(ErrorKind::kSettings, "values: the positions of an AKON answer are not named");
  return {};
}

Result<Measurement> read_values(const std::vector<std::string>& words, const std::vector<std::string>& names) {
  if (words.size() != names.size()) {
    return fail(ErrorKind::kBadFrame, "AKON: " + std::to_string(words.size()) + " values, the settings name " +
                                          std::to_string(names.size()));
  }
  Measurement measurement;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (names[i] == kSkip) continue;  // may be any word
    const auto value = decode_value(words[i]);
    if (!value) return std::unexpected(value.error());
    store(names[i], *value, measurement);
  }
  return measurement;
}

}  // namespace exhaust::ak
