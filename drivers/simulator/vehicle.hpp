#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"
#include "drivers/reading.hpp"

namespace exhaust::simulator {

/// One vehicle and what the instruments will make of it, already in the devices' own resolution. Absent means the
/// device will not measure it.
struct Vehicle {
  std::uint64_t index = 0;  ///< of all vehicles of this unit, in the order of passing: 1, 2, ...
  std::string plate;        ///< what is screwed on, also when the camera cannot read it
  std::string plate_color;  ///< colour word (plates.md 4)
  bool plate_read = true;
  double plate_confidence = 0;  ///< 0..100
  std::optional<double> speed_km_h;
  std::optional<double> acceleration_m_s2;
  PlumeReading plume;
  SmokeReading smoke;
  std::optional<std::uint64_t> row;  ///< of the traffic file, when the vehicle came from one: 1, 2, ...
};

/// A vehicle going by.
struct Passing {
  Lane lane = 0;
  std::uint32_t number = 0;  ///< the lane's vehicle count: 1, 2, ..., never repeated
  WallTime at{};
  Vehicle vehicle;
};

}  // namespace exhaust::simulator
