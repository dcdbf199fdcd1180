#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/frame/frame_reader.hpp"

/// "Stdbus", the RS bus of a gas bench and its speed board (devices.md 5). Both directions; no I/O.
namespace exhaust::stdbus {

/// Reading is asked with 55 and answered with AA; a write is 66, acknowledged with 99.
inline constexpr std::uint8_t kRead = 0x55;
inline constexpr std::uint8_t kReadAnswer = 0xAA;
inline constexpr std::uint8_t kWrite = 0x66;
inline constexpr std::uint8_t kWriteAnswer = 0x99;

inline constexpr std::uint8_t kSpeedCommand = 0x40;
inline constexpr std::uint8_t kBenchCommand = 0x18;
/// The bench's sample points of its last measurement, one command for each gas.
inline constexpr std::uint8_t kCo2PointsCommand = 0xA0;
inline constexpr std::uint8_t kCoPointsCommand = 0xA1;
inline constexpr std::uint8_t kNoPointsCommand = 0xA2;
inline constexpr std::uint8_t kHcPointsCommand = 0xA3;

/// Far above the longest payload in use; what claims more is noise.
inline constexpr std::size_t kMaxPayload = 4 * 1024;

struct StdbusFrame {
  std::vector<std::uint8_t> addresses;  ///< the sender's first, the receiver's last
  std::uint8_t index = 1;               ///< of the receiver in `addresses`
  std::uint8_t command = 0;
  std::uint8_t sub = 0;
  Bytes payload{};

  bool operator==(const StdbusFrame&) const = default;
};

/// From delimiter to delimiter, escaped, with CRC. At most 255 addresses and `kMaxPayload` bytes.
Bytes encode(const StdbusFrame& frame);

/// To the sender of `frame`: the address list reversed, index 1.
StdbusFrame answer_to(const StdbusFrame& frame, std::uint8_t sub, Bytes payload = {});

/// A frame and the bytes it came as, delimiters and escapes included.
struct Received {
  StdbusFrame frame;
  Bytes raw;
};

/// What stands at the beginning of `waiting`. An unescaped 7B always starts a frame, so that whatever was damaged
/// before, the next whole frame is found.
frame::Cut cut(ByteView waiting);

/// From delimiter to delimiter. Nothing: it is not one whole frame with a right CRC.
std::optional<StdbusFrame> parse(ByteView raw);

/// Finds the frames in a stream of bytes, for those who need no more than them.
class StdbusReader {
 public:
  void feed(ByteView bytes) { reader_.feed(bytes); }
  /// Call it until it has nothing, after each `feed`.
  std::optional<Received> next();
  /// Forgets what has come in, for a fresh connection; the counters go on.
  void reset() { skipped_bytes_ += reader_.reset().size(); }

  std::uint64_t bad_crc() const { return bad_crc_; }
  /// Cut short, with a wrong escape, or of impossible length.
  std::uint64_t bad_frames() const { return bad_frames_; }
  /// Noise, and all bytes of frames that were not taken.
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }

 private:
  frame::FrameReader reader_{&cut};
  std::uint64_t bad_crc_ = 0;
  std::uint64_t bad_frames_ = 0;
  std::uint64_t skipped_bytes_ = 0;
};

/// What the speed board says of one vehicle. A value the board could not measure is NaN on the wire.
struct GateSpeed {
  std::uint32_t count = 0;  ///< of vehicles since the board was made new; tells them apart
  std::uint8_t direction = 0;
  std::optional<double> speed_km_h{};
  std::optional<double> acceleration_m_s2{};

  bool operator==(const GateSpeed&) const = default;
};

/// Payload of the speed command: 13 bytes, little-endian: count, direction, metres per hour, m/s2.
/// Error: kBadFrame.
Result<GateSpeed> decode_speed(ByteView payload);
Bytes encode_speed(const GateSpeed& speed);

/// What the bench measured. A value it could not measure is NaN on the wire.
struct BenchGases {
  std::optional<double> co2_percent, co_percent, no_ppm, hc_ppm;

  bool operator==(const BenchGases&) const = default;
};
struct BenchState {
  std::uint32_t mode = 0;
  std::optional<double> laser{}, uv{}, smoke{};  ///< transmittances
  BenchGases mean{};                             ///< of this moment
  BenchGases result{};                           ///< of the last measurement

  bool operator==(const BenchState&) const = default;
};

/// Payload of the bench command: 48 bytes, little-endian: mode, three transmittances, CO2 CO NO HC as mean, then as
/// result. Units [A]: %, %, ppm, ppm. Error: kBadFrame.
Result<BenchState> decode_bench(ByteView payload);
Bytes encode_bench(const BenchState& bench);

/// Of one gas. The board takes at most 50 (physics.md 5); what claims more than this is damaged.
inline constexpr std::size_t kMostPoints = 200;
/// Payload of a points command: their number, 16 bits, then as many floats, little-endian. Units as in the bench
/// command; NaN where the board could not measure. Error: kBadFrame.
Result<std::vector<double>> decode_points(ByteView payload);
/// At most `kMostPoints`.
Bytes encode_points(const std::vector<double>& points);

}  // namespace exhaust::stdbus
