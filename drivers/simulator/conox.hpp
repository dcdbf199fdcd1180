#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/simulator/model.hpp"

namespace exhaust::simulator {

/// Reads vehicles measured by roadside campaigns, in the columns of the European CONOX pool. Columns are found by
/// name in the first line: Ratio_CO_CO2, Ratio_HC_CO2, Ratio_NO_CO2, Ratio_NO2_CO2 (mol/mol), SpeedKPH, AccelKPHPerSec,
/// FuelType; others are ignored. An empty cell, or NA, is "not measured".
/// Error: kSettings, "NAME:LINE: ..." with what is expected. `name` is the file's, for these texts.
Result<std::vector<MeasuredVehicle>> read_conox(std::istream& in, const std::string& name);
Result<std::vector<MeasuredVehicle>> read_conox(const std::filesystem::path& file);

}  // namespace exhaust::simulator
