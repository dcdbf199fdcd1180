#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/ids.hpp"
#include "daemon/core/time.hpp"

/// What the settings say of devices, as plain checked values. The settings module fills these in; drivers read them.
namespace exhaust {

/// "tcp:HOST:PORT" or "serial:/dev/serial/by-id/...?baud=9600&parity=none&data=8&stop=1".
struct Endpoint {
  enum class Kind { kTcp, kSerial } kind = Kind::kTcp;
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

enum class RegisterType { kU16, kI16, kU32, kI32, kF32, kF64 };
/// A is the most significant byte (devices.md 2).
enum class WordOrder { kABCD, kCDAB, kBADC, kDCBA };
enum class RegisterFunction : std::uint8_t { kHolding = 3, kInput = 4 };

/// One quantity in a device's registers.
struct RegisterField {
  std::string quantity;  ///< a word of the reading: co_per_co2, wind_speed_m_s, vehicle_number, ...
  std::uint16_t address = 0;  ///< 0-based; with slots: where it stands in slot 0
  RegisterType type = RegisterType::kU16;
  WordOrder order = WordOrder::kABCD;
  double scale = 1.0;
  double offset = 0.0;
  std::vector<double> not_available;        ///< raw values that mean "no value"; NaN always does
  std::optional<double> valid_min, valid_max;  ///< after scaling; outside is "no value", counted
};

/// A device model's register map: config/devices/*.toml.
struct ModbusProfile {
  enum class Reading { kPlume, kSmoke, kWeather };
  std::string name;
  Reading reading = Reading::kPlume;
  RegisterFunction function = RegisterFunction::kInput;
  std::vector<RegisterField> fields;
  /// A counter that changes when a measurement is complete. Without one, each poll delivers a reading.
  std::optional<RegisterField> handshake;
  /// Devices that keep a history: measurement n stands in slot n % slots, `slot_stride` registers each.
  std::uint16_t slots = 1;
  std::uint16_t slot_stride = 0;
};

struct ModbusSettings {
  Endpoint endpoint;
  std::uint8_t unit_id = 1;
  ModbusProfile profile;
  CountSource count = CountSource::kNone;
};

/// AK protocol (devices.md 1): AKON with a channel, values by position.
struct AkSettings {
  Endpoint endpoint;
  std::string channel = "K0";
  /// Words of the reading, in order; "-" skips. One is "vehicle_number" or "measurement_number": without it an old
  /// measurement could be taken for a new one.
  std::vector<std::string> values;
  /// The meter keeps a history: "AKON K1 n" answers with measurement n.
  bool fetch_by_number = false;
  CountSource count = CountSource::kNone;
  std::uint8_t dont_care = 0x20;
};

/// Byte frames over serial or TCP. Decoder: "stdbus-gate" (devices.md 5, speed board).
struct FrameSettings {
  Endpoint endpoint;
  std::string decoder;
  std::uint8_t host_address = 0x10;
  std::uint8_t board_address = 0x30;
};

/// Plate camera that posts ISAPI events to us (devices.md 7.1). One listener may serve several lanes.
struct AnprSettings {
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 0;
  std::string path = "/anpr";
  std::map<std::string, Lane> lane_of_line;   ///< the camera's line or laneNo -> our lane; empty: as it says
  std::map<std::string, std::string> color_words;  ///< the camera's plateColor -> our colour word
  std::string count_element;                  ///< element with the trigger number; empty: none
  CountSource count = CountSource::kNone;
  std::size_t body_limit_bytes = 24u << 20;
};

struct DeviceSettings {
  std::string name;
  Lane lane = 0;                                   ///< 0: the whole station, or several lanes
  Duration period{std::chrono::seconds{1}};        ///< 50 ms to 1 h before time scaling
  Duration response_timeout{std::chrono::milliseconds{500}};
  Duration backoff_first{std::chrono::seconds{1}};
  Duration backoff_most{std::chrono::seconds{30}};
  std::string model, maker, verification_expires;
  std::variant<ModbusSettings, AkSettings, FrameSettings, AnprSettings> driver;
};

/// "modbus", "ak", "frame", "anpr".
const char* driver_name(const DeviceSettings& device);

}  // namespace exhaust
