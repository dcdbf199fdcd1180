#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/result.hpp"

namespace exhaust {

/// "tcp:HOST:PORT", "rtu-tcp:HOST:PORT" or "serial:/dev/serial/by-id/...?baud=9600&parity=none&data=8&stop=1".
struct Endpoint {
  enum class Kind {
    kTcp,
    kSerial,
    kRtuTcp,  ///< Modbus RTU frames over a TCP connection, as serial-device servers carry them; Modbus only
  } kind = Kind::kTcp;
  std::string host;
  std::uint16_t port = 0;
  std::string path;
  unsigned baud = 9600;
  char parity = 'N';   ///< N, E, O
  unsigned data_bits = 8;
  unsigned stop_bits = 1;
};
/// Error: kSettings, with what is expected. "rtu:" is taken for "serial:".
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);

/// Where a device's vehicle number comes from, if its readings carry one.
enum class CountSource {
  kNone,    ///< join by time
  kShared,  ///< the device is wired to the gate's trigger: its number is the lane's vehicle count
};

}  // namespace exhaust
