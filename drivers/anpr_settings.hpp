#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"

namespace exhaust {

/// Where the values of a pushed JSON event stand: "Picture.Plate.PlateNumber", list items by number
/// ("Plates.0.Text"). Empty: nowhere.
struct JsonPaths {
  std::string plate;
  std::string color, confidence, lane, time, event_id, count;
  std::vector<std::string> pictures;  ///< base64
  std::vector<std::string>
      required;  ///< without one of these the event is malformed; `plate` always is required
  /// When `type` is given, only events with `type_value` there are plates.
  std::string type, type_value;
  double confidence_scale = 1.0;  ///< to 0..100
};

/// Plate camera (devices.md 7.1, 7.3). One camera may serve several lanes.
struct AnprSettings {
  enum class Mode {
    kIsapi,  ///< the camera posts ISAPI events to us
    kPull,   ///< we keep the camera's ISAPI alertStream open
    kJson,   ///< the camera posts JSON to us
  };
  Mode mode = Mode::kIsapi;

  std::string listen_host = "127.0.0.1";  ///< isapi, json
  std::uint16_t listen_port = 0;
  std::string path = "/anpr";  ///< of the listener, or of the camera's stream
  std::string answer;          ///< body of the answer to an event that was taken; empty: a sentence
  Duration request_time{std::chrono::seconds{10}};  ///< for one request, and for its answer

  Endpoint endpoint;                                   ///< pull
  Duration heartbeat_limit{std::chrono::seconds{30}};  ///< a stream that is silent for longer is dead
  Duration picture_wait{
      std::chrono::milliseconds{500}};  ///< an event waits no longer for the pictures that follow it

  /// Digest authentication (RFC 7616): asked from who posts to us, given to the camera we pull. Empty: none.
  std::string user;
  std::string password_file;
  bool allow_basic = false;  ///< Basic (RFC 7617) as well: shows the password to who listens on the wire

  std::map<std::string, Lane> lane_of_line;  ///< the camera's line or laneNo -> our lane; empty: as it says
  std::map<std::string, std::string> color_words;  ///< the camera's colour -> our colour word
  std::string count_element;                       ///< XML element with the trigger number; empty: none
  CountSource count = CountSource::kNone;

  enum class TextCoding {
    kAuto,  ///< GB18030 where it is declared, or where the bytes are no UTF-8
    kUtf8,
    kGbk,  ///< GB18030, which holds GBK and GB2312
  };
  TextCoding text = TextCoding::kAuto;

  enum class TimeFormat { kRfc3339, kUnixSeconds, kUnixMilliseconds, kLocal };
  TimeFormat time_format =
      TimeFormat::kRfc3339;  ///< JSON; kLocal is "yyyy-MM-dd HH:mm:ss", with or without fraction
  std::optional<std::chrono::minutes>
      utc_offset;  ///< of times that do not say it; absent: such a time is no time

  std::size_t picture_limit_bytes = 8u << 20;  ///< a larger picture is left out, its plate is not
  JsonPaths json;

  /// Bounds one event: three pictures of full size (base64 in JSON) and 1 MiB for the rest.
  std::size_t body_limit_bytes() const {
    const auto pictures = 3 * picture_limit_bytes;
    return (mode == Mode::kJson ? pictures / 3 * 4 : pictures) + (1u << 20);
  }
};

}  // namespace exhaust
