#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "drivers/frame_settings.hpp"
#include "drivers/reading.hpp"
#include "drivers/simulator/framing.hpp"
#include "drivers/simulator/instrument.hpp"

namespace exhaust::simulator {

/// A device of drivers/frame, or an AK analyser, from its own side. Each speaks as the decoder of that name reads, with its
/// default settings.
struct FrameInstrument {
  std::string_view word;
  std::string_view what;  ///< for the help
  Framing framing;
  std::unique_ptr<Instrument> (*make)();
};
std::span<const FrameInstrument> frame_instruments();

/// What they measure at a moment (weather: `weather_at`). Slow waves, always plausible, never random.
PlumeReading gases_at(double at_s);       ///< co2_percent, co_percent, hc_ppm, no_ppm, o2_percent
SmokeReading smoke_at(double at_s);       ///< opacity_percent, k_per_m (optical path 430 mm)

/// A vehicle passes a lone device, and a bench has a new result, at each whole multiple of this.
inline constexpr double kVehicleEvery_s = 4;
/// How many have passed since the start.
std::uint32_t vehicles_at(double at_s);

/// The lines of "delimited": `$SIM,` temperature, humidity, pressure `*` XOR, once a second.
DelimitedFormat simulated_format();

/// "12.34": so many digits after the point.
std::string fixed(double value, int decimals);

}  // namespace exhaust::simulator
