#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/ak_settings.hpp"
#include "drivers/quantity.hpp"

/// What the positions of an AKON answer mean. Pure.
namespace exhaust::ak {

struct Measurement {
  ReadingBody body;
  std::optional<std::uint64_t> vehicle_number;
  std::optional<std::uint64_t> measurement_number;

  /// Tells this measurement from others; of the two, the measurement's own.
  std::optional<std::uint64_t> number() const { return measurement_number ? measurement_number : vehicle_number; }
};

/// Are the words of `ak.values` those of its reading, each once? Error: kSettings, naming the unknown or double word.
Result<void> check_values(const AkSettings& ak);

/// REQUIRES: checked settings. Error: kBadFrame, when the count differs or a word is not a value.
Result<Measurement> read_values(const std::vector<std::string>& words, const AkSettings& ak);

}  // namespace exhaust::ak
