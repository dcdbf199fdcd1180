#include "drivers/simulator/conox.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>

namespace exhaust::simulator {

namespace {

enum Column { kCo, kHc, kNo, kNo2, kSpeed, kAcceleration, kFuel, kColumns };
constexpr std::array<std::string_view, kColumns> kNames{"Ratio_CO_CO2", "Ratio_HC_CO2", "Ratio_NO_CO2", "Ratio_NO2_CO2",
                                                       "SpeedKPH",     "AccelKPHPerSec", "FuelType"};

/// The cells of one line (RFC 4180, without line breaks in cells).
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') cells.back() += line[++i];
    else if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) cells.emplace_back();
    else cells.back() += c;
  }
  return cells;
}

MeasuredVehicle::Fuel fuel_of(std::string_view word) {
  // Hybrids and bi-fuel vehicles are judged by what they mostly burn.
  if (word.find("DIESEL") != std::string_view::npos) return MeasuredVehicle::Fuel::kDiesel;
  if (word.find("PETROL") != std::string_view::npos) return MeasuredVehicle::Fuel::kGasoline;
  if (word == "BATTERY ELECTRIC") return MeasuredVehicle::Fuel::kElectric;
  return MeasuredVehicle::Fuel::kUnknown;
}

Result<std::optional<double>> number(const std::string& cell) {
  if (cell.empty() || cell == "NA") return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value)) {
    return fail(ErrorKind::kSettings, "'" + cell + "' is not a number; leave the cell empty if it was not measured");
  }
  return value;
}

}  // namespace

Result<std::vector<MeasuredVehicle>> read_conox(std::istream& in, const std::string& name) {
  const auto at = [&](std::size_t line, const std::string& what) {
    return fail(ErrorKind::kSettings, name + ":" + std::to_string(line) + ": " + what);
  };
  const auto next_line = [&](std::string& line) {
    if (!std::getline(in, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    return true;
  };

  std::string line;
  if (!next_line(line)) return at(1, "the file is empty; expected a line of column names");
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  const auto header = cells_of(line);
  std::array<std::size_t, kColumns> place{};
  for (std::size_t i = 0; i < kColumns; ++i) {
    const auto found = std::ranges::find(header, kNames[i]);
    if (found == header.end()) return at(1, "there is no column '" + std::string(kNames[i]) + "'");
    place[i] = static_cast<std::size_t>(found - header.begin());
  }

  std::vector<MeasuredVehicle> vehicles;
  for (std::size_t number_of_line = 2; next_line(line); ++number_of_line) {
    if (line.empty()) continue;
    const auto cells = cells_of(line);
    if (cells.size() != header.size()) {
      return at(number_of_line, std::to_string(cells.size()) + " cells, but the first line names " +
                                    std::to_string(header.size()));
    }
    std::array<std::optional<double>, kFuel> values;
    for (std::size_t i = 0; i < kFuel; ++i) {
      const auto value = number(cells[place[i]]);
      if (!value) return at(number_of_line, std::string(kNames[i]) + ": " + value.error().detail);
      values[i] = *value;
    }
    MeasuredVehicle vehicle;
    vehicle.fuel = fuel_of(cells[place[kFuel]]);
    vehicle.speed_km_h = values[kSpeed];
    vehicle.acceleration_m_s2 = values[kAcceleration].transform([](double km_h_s) { return km_h_s / 3.6; });
    vehicle.co_per_co2 = values[kCo];
    vehicle.hc_per_co2 = values[kHc];
    vehicle.no_per_co2 = values[kNo];
    vehicle.no2_per_co2 = values[kNo2];
    vehicles.push_back(vehicle);
  }
  if (in.bad()) return fail(ErrorKind::kStorage, name + ": cannot be read to its end");
  if (vehicles.empty()) return at(2, "there is no vehicle below the column names");
  return vehicles;
}

Result<std::vector<MeasuredVehicle>> read_conox(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return fail(ErrorKind::kSettings, "cannot open the traffic file " + file.string());
  return read_conox(in, file.string());
}

}  // namespace exhaust::simulator
