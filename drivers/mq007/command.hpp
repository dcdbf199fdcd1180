#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"

namespace exhaust::mq007 {

/// Not in a frame: written as it is on the keep-alive connection; whatever the unit writes there is its answer.
inline constexpr std::string_view kShakeHand = "SHAKE_HAND";
inline constexpr std::string_view kGetCalibrationData = "GET_ALL_CALI_DATA";

/// Data of a type 11 message: `CMD,key=value,key=value`.
struct Command {
  std::string word;
  std::vector<std::pair<std::string, std::string>> values;

  bool operator==(const Command&) const = default;
};
/// REQUIRES: no comma in any part and no equals sign in a key.
std::string encode_command(const Command& command);
/// What has no equals sign is a key without a value. Error: kBadFrame, for an empty word.
Result<Command> decode_command(ByteView data);

/// Data of a type 22 message: our time as a QDateTime of the unit's local time, which is China's.
Bytes encode_time_sync(WallTime now);

/// What we ask the network, in a datagram of its own, and the answer: `TCPSERVER_PORT=5888,TESTER_NAME=...,`.
inline constexpr std::string_view kDiscoveryQuestion = "I_AM_YAOGAN_TESTER";
struct DiscoveryAnswer {
  std::uint16_t tcp_port = 0;
  std::string tester_name;

  bool operator==(const DiscoveryAnswer&) const = default;
};
std::string encode_answer(const DiscoveryAnswer& answer);
/// Error: kBadFrame, when there is no port from 1 to 65535.
Result<DiscoveryAnswer> decode_answer(ByteView datagram);

}  // namespace exhaust::mq007
