#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/anpr_settings.hpp"
#include "drivers/reading.hpp"

namespace exhaust::anpr {

inline constexpr std::size_t kMaxText = 256;  ///< bytes of one value that is used

/// What a camera said of one vehicle, in its own words. Texts that it did not say are empty.
struct PlateEvent {
  std::string plate;           ///< as it came, so "无车牌" as well
  std::string original_plate;  ///< originalLicensePlate
  std::string color;
  std::optional<double> confidence;  ///< 0..100
  std::string line;                  ///< the camera's lane
  std::string channel;               ///< channelID
  std::string direction;             ///< forward, reverse
  std::string uuid;
  std::string date_time;                ///< as it came: tells repeated posts apart
  std::optional<WallTime> time;         ///< absent when `date_time` has no offset or is no time
  std::optional<std::uint64_t> count;   ///< trigger number, where the settings name it
  std::optional<std::size_t> pictures;  ///< how many belong to it, where it says so
  std::size_t replaced_characters = 0;  ///< U+FFFD for bytes that are no text
};

/// A whole event: the plate and its pictures.
struct PlatePost {
  PlateEvent event;
  std::vector<PlateReading::Picture> pictures;  ///< names: letters, digits, ".", "_" and "-" only, at most 64
  std::size_t unknown_parts = 0;                ///< neither event nor picture: ignored
  std::size_t large_pictures = 0;               ///< larger than allowed: left out
  std::size_t further_events = 0;               ///< 1: another event follows, which is lost with its pictures
};

/// What a repeated post has in common with the first; empty when the event has nothing to recognise it by.
/// The UUID goes with time, place and trigger number: there is firmware that gives every event the same one.
std::string identity_of(const PlateEvent& event);

/// The internal colour word (plates.md 4) for the camera's: by `words`, else by the words Hikvision uses, in
/// any case, else by the Chinese ones. "unknown" for none, "other" for one that nobody knows.
std::string color_of(std::string_view camera_word, const std::map<std::string, std::string>& words);

/// The time a text says; absent when it says none. RFC 3339 texts without an offset, and local ones, take
/// `utc_offset`.
std::optional<WallTime> time_of(std::string_view text, AnprSettings::TimeFormat format,
                                std::optional<std::chrono::minutes> utc_offset);

Reading reading_of(const AnprSettings& settings, PlatePost post);

std::string picture_name(std::string_view said);

}  // namespace exhaust::anpr
