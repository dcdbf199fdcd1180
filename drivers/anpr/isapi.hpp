#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"

/// Plate events of Hikvision's ISAPI (devices.md 7.1). No I/O.
namespace exhaust::isapi {

inline constexpr std::size_t kMaxXml = 256 * 1024;
inline constexpr std::size_t kMaxText = 256;  ///< of one element that is used

/// What the camera said, in its own words. Texts that it did not say are empty.
struct PlateEvent {
  std::string plate;           ///< licensePlate, else originalLicensePlate; as it came, so "无车牌" as well
  std::string original_plate;  ///< originalLicensePlate
  std::string color;           ///< plateColor
  std::optional<double> confidence;     ///< confidenceLevel, 0..100
  std::string line;            ///< line, else laneNo
  std::string direction;       ///< forward, reverse
  std::string uuid;
  std::string date_time;       ///< as it came: tells repeated posts apart
  std::optional<WallTime> time;         ///< absent when `date_time` has no offset or is no time
  std::optional<std::uint64_t> count;   ///< trigger number of the configured element
};

/// Elements are found by local name, whatever their namespace and order; of several, the one nearest to the
/// root. `count_element`: where the trigger number stands; empty: nowhere. Errors: kBadFrame; kRefused for a
/// well-formed event of another type than ANPR.
Result<PlateEvent> decode_event(std::string_view xml, std::string_view count_element = {});

/// The internal colour word (plates.md 4) for the camera's: by `words`, else by the words Hikvision uses, in
/// any case. "unknown" for none, "other" for one that nobody knows.
std::string color_of(std::string_view camera_word, const std::map<std::string, std::string>& words);

/// A whole event as posted: the plate and its pictures, which are views into `body`.
struct Post {
  struct Picture {
    std::string name;  ///< letters, digits, ".", "_" and "-" only, at most 64
    std::string_view jpeg;
  };
  PlateEvent event;
  std::vector<Picture> pictures;
  std::size_t unknown_parts = 0;  ///< neither XML nor picture: ignored
};

/// Multipart, or the bare XML that cameras without pictures send. Errors as `decode_event`.
Result<Post> decode_post(std::string_view content_type, std::string_view body,
                         std::string_view count_element = {});

}  // namespace exhaust::isapi
