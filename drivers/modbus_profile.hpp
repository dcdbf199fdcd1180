#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/result.hpp"
#include "drivers/quantity.hpp"

/// A device model's register map, config/devices/*.toml, as plain values.
namespace exhaust {

enum class RegisterType { kU16, kI16, kU32, kI32, kU64, kF32, kF64, kString, kBits };
/// A is the most significant byte (devices.md 2).
enum class WordOrder { kABCD, kCDAB, kBADC, kDCBA };
enum class RegisterFunction : std::uint8_t { kHolding = 3, kInput = 4 };

/// Of one request (Modbus Application Protocol 1.1b3, 6.3 and 6.4).
inline constexpr std::size_t kMostRegisters = 125;

/// One number or text in a device's registers.
struct RegisterField {
  std::string quantity;       ///< a word of the reading, "vehicle_number", "measurement_check"; else a name for people
  std::uint16_t address = 0;  ///< 0-based; with slots: where it stands in slot 0
  RegisterType type = RegisterType::kU16;
  WordOrder order = WordOrder::kABCD;
  double scale = 1.0;                          ///< the number in the device's unit is raw * scale + offset
  double offset = 0.0;
  std::vector<double> not_available;           ///< raw values that mean "no value"; NaN and infinite always do
  std::optional<double> valid_min, valid_max;  ///< in the device's unit; outside is "no value", counted
  std::optional<RegisterFunction> function = std::nullopt;  ///< absent: the profile's
  std::uint16_t length = 1;                    ///< registers, of kString (1 to 125) and kBits (1 or 2)
  std::uint8_t first_bit = 0, last_bit = 0;    ///< of kBits, both included; 0 is the least significant
  double unit_factor = 1.0;                    ///< from the device's unit to the quantity's own
  double unit_shift = 0.0;
};

/// What the codes of a register mean.
using CodeWords = std::map<std::int64_t, std::string>;

/// A mode of the device.
struct StateField {
  RegisterField where;
  CodeWords words;
  /// The words in which the device measures; in any other one, a code without word included, its readings are not
  /// delivered. Empty: the state is for people only.
  std::vector<std::string> measuring = {};
};

/// Something a person should look at.
struct AlarmField {
  RegisterField where;
  CodeWords words = {};
  std::vector<std::int64_t> normal = {0};  ///< any other value is an alarm
};

/// What does not change while it is the same device: model, serial number, firmware.
struct IdentityField {
  RegisterField where;
  /// Told otherwise, the device is not opened. A text, or a whole number in digits. Absent: for people only.
  std::optional<std::string> expect = std::nullopt;
};

struct ModbusProfile {
  using Reading = ReadingKind;
  std::string name;
  Reading reading = Reading::kPlume;
  RegisterFunction function = RegisterFunction::kInput;
  std::vector<RegisterField> fields;
  /// A counter that changes when a measurement is complete. Without one, each poll delivers a reading.
  std::optional<RegisterField> handshake;
  /// Devices that keep a history: measurement n stands in slot n % slots, `slot_stride` registers each.
  std::uint16_t slots = 1;
  std::uint16_t slot_stride = 0;
  /// Of one request; some devices allow fewer than the protocol.
  std::uint16_t most_registers = kMostRegisters;
  /// So many registers between two fields are read for nothing, to save a request. Devices refuse registers that they
  /// do not have.
  std::uint16_t gap_fill = 0;
  /// Never read, first and last included, 0-based: registers whose reading changes something.
  std::vector<std::pair<std::uint16_t, std::uint16_t>> forbidden = {};
  std::vector<StateField> states = {};
  std::vector<AlarmField> alarms = {};
  std::vector<IdentityField> identities = {};
};

/// Registers that a field takes.
std::size_t word_count(const RegisterField& field);
/// Of a number; 1 for kString and kBits.
std::size_t word_count(RegisterType type);
/// The first register behind a field.
inline std::size_t end_of(const RegisterField& field) { return field.address + word_count(field); }
inline RegisterFunction function_of(const ModbusProfile& profile, const RegisterField& field) {
  return field.function.value_or(profile.function);
}
/// Whether registers `first` up to, not including, `end` touch a forbidden range.
bool touches_forbidden(const ModbusProfile& profile, std::size_t first, std::size_t end);

/// With slots: from the first register of a measurement's fields in slot 0 up to the stride.
bool in_slot(const ModbusProfile& profile, const RegisterField& field);

/// "u16", "ABCD", "holding": the words of the file.
const char* to_string(RegisterType type);
const char* to_string(WordOrder order);
const char* to_string(RegisterFunction function);

/// The count of vehicles, where the device tells it; and the low 16 bits of the measurement's number.
inline constexpr std::string_view kVehicleNumber = "vehicle_number";
inline constexpr std::string_view kMeasurementCheck = "measurement_check";

struct ProfileMistake {
  std::string key;   ///< of the file
  std::string what;  ///< one sentence
};
/// What no request could mend: an unknown quantity, fields beyond the address space or their slot, codes that can never
/// stand in their registers, a measurement that does not fit a request. All of them.
std::vector<ProfileMistake> mistakes(const ModbusProfile& profile);
/// Error: kSettings, naming profile and mistakes.
Result<void> check(const ModbusProfile& profile);

}  // namespace exhaust
