#pragma once

namespace exhaust {

/// The kinds of `Reading` that settings can ask a device for.
enum class ReadingKind { kPlume, kSmoke, kSpeed, kPlate, kWeather };

const char* to_string(ReadingKind kind);  ///< "plume", "smoke", "speed", "plate", "weather": as in the settings

}  // namespace exhaust
