#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/reading.hpp"

/// What the positions of an AKON answer mean. Pure.
namespace exhaust::ak {

struct Measurement {
  SmokeReading smoke;
  std::optional<std::uint64_t> vehicle_number;
  std::optional<std::uint64_t> measurement_number;
};

/// `names` as in AkSettings.values. Error: kSettings, naming the unknown or double word.
Result<void> check_names(const std::vector<std::string>& names);

/// REQUIRES: checked names. Error: kBadFrame, when the count differs or a word is not a value.
Result<Measurement> read_values(const std::vector<std::string>& words, const std::vector<std::string>& names);

}  // namespace exhaust::ak
