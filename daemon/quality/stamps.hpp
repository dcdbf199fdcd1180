#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "daemon/core/time.hpp"

/// Between our times and the messages'. Private to this folder.
namespace exhaust::quality {

inline google::protobuf::Timestamp to_timestamp(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(seconds.time_since_epoch().count());
  stamp.set_nanos(static_cast<std::int32_t>((time - seconds).count() * 1000));
  return stamp;
}

/// Years 1970 to 9999; what lies outside is cut to them, so that an interval can be added.
inline WallTime wall_from_us(std::int64_t us) {
  return WallTime{std::chrono::microseconds{std::clamp<std::int64_t>(us, 0, 253'402'300'799'000'000)}};
}
inline WallTime to_wall(const google::protobuf::Timestamp& stamp) {
  const auto seconds = std::clamp<std::int64_t>(stamp.seconds(), 0, 253'402'300'799);
  return wall_from_us(seconds * 1'000'000 + stamp.nanos() / 1000);
}
inline std::int64_t to_us(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace exhaust::quality
