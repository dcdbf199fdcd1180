#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "drivers/modbus/map.hpp"
#include "drivers/modbus_profile.hpp"

/// How well an interpretation of unknown registers fits what its quantities can be. Pure.
namespace exhaust::modbus {

/// What one unit was found to hold, by one function.
struct RegisterImage {
  std::uint8_t unit = 1;
  RegisterFunction function = RegisterFunction::kInput;
  std::map<std::uint16_t, std::uint16_t> words;  ///< 0-based; those that the device gives
};

struct FoundValue {
  std::string quantity;
  std::uint16_t address = 0;  ///< 0-based
  std::optional<double> value;
  double bits = 0.0;  ///< evidence: positive when it is what the quantity can be, and registers seldom are by chance
};

/// One interpretation of one unit.
struct Finding {
  std::uint8_t unit = 1;
  RegisterFunction function = RegisterFunction::kInput;
  std::string candidate;            ///< name of the profile it comes from; empty: found without one
  int shift = 0;                    ///< of the addresses against the candidate's: -1 when its manual counts from 1
  std::optional<WordOrder> order;   ///< absent: as in the candidate
  double score = 0.0;               ///< sum of the evidence in bits, less what the interpretation departs from its candidate
  std::vector<FoundValue> values;
  ModbusProfile profile;            ///< as proposed
  std::string toml;                 ///< the same as text for config/devices
  std::string sentence;             ///< "unit 17, input registers, ...", for a person
};

/// Evidence of one raw value for a field: log2 of how much likelier it is if the field is right than by chance. Zero
/// says next to nothing, a value beyond what the quantity can be speaks against.
double evidence(const RegisterField& field, std::span<const std::uint16_t> words);

/// Each interpretation of an image by a candidate profile, whose registers the image holds: addresses shifted by -1, 0
/// and 1, each word order. Best first; at most 8 with a positive score.
std::vector<Finding> score(const RegisterImage& image, const ModbusProfile& candidate);

/// Looks for temperature, humidity and pressure near each other, in one style (f32 in any order, or 16 bits in tenths or
/// hundredths). Best first; at most 8.
std::vector<Finding> search_weather(const RegisterImage& image);

/// Best first, the same reading of the same registers once, at most `most`.
std::vector<Finding> ranked(std::vector<Finding> findings, std::size_t most);

}  // namespace exhaust::modbus
