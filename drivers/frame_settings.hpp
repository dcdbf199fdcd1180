#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/time.hpp"
#include "drivers/endpoint.hpp"
#include "drivers/reading_kind.hpp"

namespace exhaust {

/// One field of a delimited line, by position.
struct DelimitedField {
  unsigned position = 0;                   ///< 0-based, after the start
  std::string quantity;                    ///< a word of the reading, vehicle_number or measurement_number
  std::string text;                        ///< instead: the line is ours only if this stands here
  double scale = 1.0;                      ///< value = number x scale + offset
  double offset = 0.0;
  std::vector<std::string> not_available;  ///< texts that mean "no value"; nothing at all always does
};

/// Lines of text whose format is known from the settings alone.
struct DelimitedFormat {
  enum class Checksum { kNone, kSum, kXor, kCrc16 };

  ReadingKind reading = ReadingKind::kWeather;  ///< any but kPlate
  std::string start;                            ///< may be empty
  std::string end = "\r\n";
  std::string separator = ",";                  ///< with " ", a run of blanks separates once
  unsigned field_count = 0;                     ///< a line with another number is damaged; 0: any
  std::vector<DelimitedField> fields;
  Checksum checksum = Checksum::kNone;          ///< in hexadecimal digits: two, CRC16 (Modbus) four
  std::string checksum_mark = "*";              ///< its digits follow the last of these; empty: they are the line's last
  bool checksum_with_start = false;             ///< the start is summed too
};

enum class BenchValues { kResult, kMean };
enum class Transmittance { kNone, kPercent, kFraction };

/// Byte frames over serial or TCP.
struct FrameSettings {
  Endpoint endpoint;
  std::string decoder;  ///< one of `frame_decoders()`
  /// What is sent at each poll, where a decoder leaves it open. Present and empty: nothing, the device speaks by itself.
  std::optional<std::string> request;
  /// A device that speaks by itself and has said nothing for so long is silent. Absent: ten periods for weather; others
  /// speak when a vehicle comes, and may be silent.
  std::optional<Duration> silence_limit;
  CountSource count = CountSource::kNone;

  std::uint8_t host_address = 0x10;   ///< stdbus: ours
  std::uint8_t board_address = 0x30;  ///< stdbus: the device's
  BenchValues bench_values = BenchValues::kResult;
  bool swap_hc_no = false;            ///< stdbus-bench: boards that say HC before NO (devices.md 5, field bug)
  bool bench_points = false;          ///< stdbus-bench: each new result's points are asked for as well
  Transmittance transmittance = Transmittance::kNone;  ///< stdbus-bench: unit of the smoke transmittance; kNone: not used

  DelimitedFormat delimited;
};

struct FrameDecoderName {
  std::string_view name;
  std::optional<ReadingKind> kind;  ///< absent: the settings say
};

/// Every decoder of drivers/frame, by its name in the settings.
std::span<const FrameDecoderName> frame_decoders();

/// The kinds of reading that these settings can give; none for an unknown decoder.
std::set<ReadingKind> gives(const FrameSettings& settings);

}  // namespace exhaust
