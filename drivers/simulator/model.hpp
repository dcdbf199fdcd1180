#pragma once

#include <cstdint>
#include <optional>

#include "drivers/simulator/vehicle.hpp"

namespace exhaust::simulator {

/// Vehicle `index` of the traffic with this seed. Depends on nothing else, so that a restart goes on with the same
/// vehicles. Invented figures, shaped after the CONOX campaigns: about a third of the ratios of clean vehicles are
/// negative, one plume in twenty is weak, one vehicle in sixteen is far over every limit.
Vehicle make_vehicle(std::uint64_t seed, std::uint64_t index);

/// A real vehicle of a measuring campaign.
struct MeasuredVehicle {
  enum class Fuel { kUnknown, kGasoline, kDiesel, kElectric } fuel = Fuel::kUnknown;
  std::optional<double> speed_km_h;
  std::optional<double> acceleration_m_s2;
  std::optional<double> co_per_co2, hc_per_co2, no_per_co2, no2_per_co2;
};

/// Vehicle `index`, with what was measured of row `row`; what campaigns do not publish (plate, CO2 excess, smoke) comes
/// from the model. The fuel chooses the colour of the plate.
Vehicle make_vehicle(std::uint64_t seed, std::uint64_t index, const MeasuredVehicle& measured, std::uint64_t row);

/// The other ways to say an opacity (physics.md 4: k over 0.43 m, 20 % a Ringelmann grade), in the meter's
/// resolution. `opacity_percent` is cut to 0..99.9.
SmokeReading smoke_of(double opacity_percent);

}  // namespace exhaust::simulator
