#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "drivers/frame_settings.hpp"
#include "drivers/reading.hpp"
#include "drivers/simulator/instrument.hpp"

namespace exhaust::simulator {

/// A device of drivers/frame, or an AK analyser, from its own side. `kind` is one of `frame_instrument_kinds()`; null for
/// another. Each speaks as the decoder of drivers/frame with that name reads, with its default settings; see README.md.
std::unique_ptr<Instrument> make_frame_instrument(std::string_view kind);

/// "gate", "bench", "delimited", "nmea", "wxt", "nha503", "nht6", "ak".
std::span<const std::string_view> frame_instrument_kinds();

/// What they measure at a moment (weather: `weather_at`). Slow waves, always plausible, never random.
PlumeReading gases_at(double at_s);       ///< co2_percent, co_percent, hc_ppm, no_ppm, o2_percent
SmokeReading smoke_at(double at_s);       ///< opacity_percent, k_per_m (optical path 430 mm)
SpeedReading speed_of(std::uint64_t vehicle);  ///< of the gate's vehicle 1, 2, ...

/// A vehicle passes the gate, and the bench has a new result, at each whole multiple of this.
inline constexpr double kVehicleEvery_s = 4;

/// The lines of "delimited": `$SIM,` temperature, humidity, pressure `*` XOR, once a second.
DelimitedFormat simulated_format();

/// "12.34": so many digits after the point.
std::string fixed(double value, int decimals);

}  // namespace exhaust::simulator
