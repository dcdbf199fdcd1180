#include "drivers/simulator/model.hpp"

#include <algorithm>
#include <cmath>

#include "drivers/simulator/plates.hpp"
#include "drivers/simulator/random.hpp"

namespace exhaust::simulator {

namespace {

enum class Drive { kGasoline, kDiesel, kPlugIn, kElectric };

/// To the nearest multiple of 1 / `steps`, as the shortest decimal; never the negative zero that no device shows.
double rounded(double value, double steps) { return std::round(value * steps) / steps + 0.0; }
double ratio(double value) { return rounded(value, 1e6); }
double spread(Random& random, double typical, double sigma) { return typical * std::exp(random.normal(0, sigma)); }

struct Kind {
  Drive drive;
  PlateKind plate;
};

Kind draw_kind(Random& random) {
  const double which = random.uniform();
  if (which < 0.60) return {Drive::kGasoline, PlateKind::kBlue};
  if (which < 0.90) return {Drive::kDiesel, PlateKind::kYellow};
  const auto plate = random.chance(0.15) ? PlateKind::kLargeNewEnergy : PlateKind::kSmallNewEnergy;
  return {random.chance(0.7) ? Drive::kElectric : Drive::kPlugIn, plate};
}

/// What the vehicle really emits; the instrument's noise comes on top.
struct Emission {
  double co, hc, no, no2, opacity;
};

Emission draw_emission(Random& random, Drive drive) {
  if (drive == Drive::kDiesel) {
    Emission e{spread(random, 0.0015, 0.8), spread(random, 0.0002, 0.6), spread(random, 0.004, 0.5),
               spread(random, 0.0008, 0.6), spread(random, 4.0, 0.6)};
    if (random.chance(0.08)) {
      if (random.chance(0.5)) e.no = random.uniform(0.02, 0.04);
      else e.opacity = random.uniform(45, 85);
    }
    return e;
  }
  Emission e{spread(random, 0.004, 1.0), spread(random, 0.0002, 0.8), spread(random, 0.0003, 1.0),
             spread(random, 0.00002, 0.6), spread(random, 0.8, 0.5)};
  if (random.chance(0.06)) {
    switch (random.below(3)) {
      case 0: e.co = random.uniform(0.3, 0.8); break;
      case 1: e.hc = random.uniform(0.01, 0.03); break;
      default: e.no = random.uniform(0.015, 0.03); break;
    }
  }
  return e;
}

PlumeReading draw_plume(Random& random, const Emission& emission) {
  PlumeReading plume;
  const bool weak = random.chance(0.05);
  plume.co2_excess_percent =
      rounded(weak ? random.uniform(0.05, 0.24) : std::min(0.3 + random.exponential(0.9), 8.0), 1000);
  // The weaker the plume, the noisier its ratios.
  const double noise = weak ? 4.0 : 1.0;
  plume.co_per_co2 = ratio(emission.co + random.normal(0, 0.004 * noise));
  plume.hc_per_co2 = ratio(emission.hc + random.normal(0, 0.0006 * noise));
  plume.no_per_co2 = ratio(emission.no + random.normal(0, 0.0003 * noise));
  const double no2 = ratio(emission.no2 + random.normal(0, 0.0002 * noise));
  if (!random.chance(0.03)) plume.no2_per_co2 = no2;
  plume.samples = static_cast<std::uint32_t>(20 + random.below(31));
  plume.co_r2 = rounded(weak ? random.uniform(0.3, 0.8) : random.uniform(0.9, 0.999), 1000);
  return plume;
}

}  // namespace

SmokeReading smoke_of(double opacity_percent) {
  const double opacity = rounded(std::clamp(opacity_percent, 0.0, 99.9), 100);
  SmokeReading smoke;
  smoke.opacity_percent = opacity;
  smoke.k_per_m = rounded(-std::log(1.0 - opacity / 100.0) / 0.43, 10000);
  smoke.ringelmann = rounded(opacity / 20.0, 10);
  return smoke;
}

Vehicle make_vehicle(std::uint64_t seed, std::uint64_t index) {
  Random random(seed, Random::Purpose::kVehicle, index);
  Vehicle vehicle;
  vehicle.index = index;
  const Kind kind = draw_kind(random);
  vehicle.plate = draw_plate(random, kind.plate, kind.drive == Drive::kElectric);
  vehicle.plate_color = color_of(kind.plate);
  vehicle.plate_read = !random.chance(0.03);
  vehicle.plate_confidence = std::floor(random.uniform(80, 100));

  const double speed = rounded(std::clamp(random.normal(45, 12), 6.0, 115.0), 100);
  const double acceleration = rounded(std::clamp(random.normal(0.3, 0.7), -3.0, 3.0), 1000);
  if (!random.chance(0.02)) {
    vehicle.speed_km_h = speed;
    vehicle.acceleration_m_s2 = acceleration;
  }

  const Emission emission = draw_emission(random, kind.drive);
  const double opacity_noise = random.normal(0, 0.4);
  if (kind.drive == Drive::kElectric) {
    // No exhaust: the analyser sees some background CO2 drift and gives no slope; the smoke meter sees dust.
    vehicle.plume.co2_excess_percent = rounded(random.uniform(0.005, 0.04), 1000);
    vehicle.plume.samples = 0;
    vehicle.smoke = smoke_of(opacity_noise);
    return vehicle;
  }
  if (random.chance(0.02)) {  // wind across the road: nothing to measure for either instrument
    vehicle.plume.samples = 0;
    return vehicle;
  }
  vehicle.plume = draw_plume(random, emission);
  vehicle.smoke = smoke_of(emission.opacity + opacity_noise);
  return vehicle;
}

Vehicle make_vehicle(std::uint64_t seed, std::uint64_t index, const MeasuredVehicle& measured, std::uint64_t row) {
  using Fuel = MeasuredVehicle::Fuel;
  Random random(seed, Random::Purpose::kMeasuredVehicle, index);
  auto kind = draw_kind(random);
  if (measured.fuel == Fuel::kGasoline) kind = {Drive::kGasoline, PlateKind::kBlue};
  if (measured.fuel == Fuel::kDiesel) kind = {Drive::kDiesel, PlateKind::kYellow};
  if (measured.fuel == Fuel::kElectric) kind = {Drive::kElectric, PlateKind::kSmallNewEnergy};

  Vehicle vehicle;
  vehicle.index = index;
  vehicle.row = row;
  vehicle.plate = draw_plate(random, kind.plate, kind.drive == Drive::kElectric);
  vehicle.plate_color = color_of(kind.plate);
  vehicle.plate_read = !random.chance(0.03);
  vehicle.plate_confidence = std::floor(random.uniform(80, 100));
  vehicle.speed_km_h = measured.speed_km_h;
  vehicle.acceleration_m_s2 = measured.acceleration_m_s2;
  const auto emission = draw_emission(random, kind.drive);
  vehicle.plume = draw_plume(random, emission);
  vehicle.plume.co_per_co2 = measured.co_per_co2;
  vehicle.plume.hc_per_co2 = measured.hc_per_co2;
  vehicle.plume.no_per_co2 = measured.no_per_co2;
  vehicle.plume.no2_per_co2 = measured.no2_per_co2;
  vehicle.smoke = smoke_of(emission.opacity + random.normal(0, 0.4));
  return vehicle;
}

}  // namespace exhaust::simulator
