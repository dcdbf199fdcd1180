#pragma once

#include "drivers/frame/decoder.hpp"

/// The decoders, each in a file of its own.
namespace exhaust::frame {

extern const Decoder kStdbusGate;   ///< stdbus_gate.cpp
extern const Decoder kStdbusBench;  ///< stdbus_bench.cpp
extern const Decoder kDelimited;    ///< delimited.cpp
extern const Decoder kNmea;         ///< nmea.cpp
extern const Decoder kWxt;          ///< wxt.cpp
extern const Decoder kNha503;       ///< nha503.cpp
extern const Decoder kMqw50a;       ///< mqw50a.cpp
extern const Decoder kFga4100;      ///< fga4100.cpp
extern const Decoder kNht6;         ///< nht6.cpp
extern const Decoder kMqy200;       ///< nht6.cpp: the same frame, other request

}  // namespace exhaust::frame
