#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/digest.hpp"
#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"

namespace exhaust {

/// Excess of the plume behind one vehicle. Ratios are to CO2, mol/mol; negative values are noise and stay
/// negative. Absent means not measured.
struct PlumeReading {
  std::optional<double> co2_excess_percent;  ///< peak above background, % by volume in an 8 cm cell
  std::optional<double> co_per_co2;
  std::optional<double> hc_per_co2;
  std::optional<double> no_per_co2;
  std::optional<double> no2_per_co2;
  std::optional<std::uint32_t> samples;
  std::optional<double> co_r2;
  /// Concentrations as the unit itself gives them, above background; beside the ratios, never instead of them.
  std::optional<double> co2_percent{}, co_percent{}, hc_ppm{}, no_ppm{}, no2_ppm{}, o2_percent{};
  /// Standard errors of the ratios, mol/mol, as the unit itself gives them.
  std::optional<double> co_per_co2_error{}, hc_per_co2_error{}, no_per_co2_error{}, no2_per_co2_error{};
  /// The plume moment by moment, where the unit gives it, in the units of above; a background may be in it. NaN: not
  /// measured at that moment. A gas that the unit does not give is empty.
  struct Points {
    std::vector<double> co2_percent{}, co_percent{}, hc_ppm{}, no_ppm{}, no2_ppm{};
  };
  Points points{};
};

struct SmokeReading {
  std::optional<double> opacity_percent;
  std::optional<double> k_per_m;
  std::optional<double> ringelmann;  ///< grade as measured, 0..5
};

/// What the gate says of one vehicle. Also the trigger of a passage when it carries the gate's count.
struct SpeedReading {
  std::optional<double> speed_km_h;
  std::optional<double> acceleration_m_s2;
  std::optional<std::uint8_t> direction;
  std::optional<double> length_m{};  ///< of the vehicle
  /// True: the answer to our question, so the vehicle went by at an unknown earlier time.
  /// False: reported by the gate as the vehicle passed.
  bool solicited = false;
};

struct PlateReading {
  std::string raw_text;               ///< UTF-8, as the camera said it
  std::string color;                  ///< internal colour word (plates.md 4); "unknown" when not said
  std::optional<double> confidence;   ///< 0..100
  std::string event_id;               ///< the camera's UUID; empty when it gives none
  struct Picture {
    std::string name;                 ///< as in the request: licensePlatePicture.jpg, detectionPicture.jpg
    std::shared_ptr<const std::string> jpeg;
  };
  std::vector<Picture> pictures;
};

struct WeatherReading {
  std::optional<double> wind_speed_m_s;
  std::optional<double> wind_direction_deg;
  std::optional<double> temperature_c;
  std::optional<double> humidity_percent;
  std::optional<double> pressure_hpa;
  std::optional<double> rain_mm_h;
};

struct SelfCheckReading {
  bool passed = false;
  std::string remark;
};

/// The front of a vehicle breaks the beam, or its tail leaves it (units that say both).
struct BeamEvent {
  enum class Edge { kBlocked, kCleared } edge = Edge::kBlocked;
};

/// What one device said once.
struct Reading {
  std::string device;                         ///< as named in the settings
  Lane lane = 0;                              ///< 0: the whole station (weather)
  MonotonicTime delivered;                    ///< taken on the io thread, never decreasing; orders and joins
  WallTime arrived{};                         ///< our wall clock at the same moment
  std::optional<WallTime> device_time;        ///< the device's own clock
  std::optional<std::uint64_t> count;         ///< the lane's vehicle count, for devices wired to the gate's trigger
  std::uint32_t session = 0;                  ///< rises with each opening of the device: between two, it was not heard
  std::optional<Digest> frame_sha256;         ///< of the raw frame
  std::variant<PlumeReading, SmokeReading, SpeedReading, PlateReading, WeatherReading, SelfCheckReading, BeamEvent> body;
};

}  // namespace exhaust
