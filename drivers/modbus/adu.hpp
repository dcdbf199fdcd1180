#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/bytes.hpp"
#include "daemon/core/result.hpp"
#include "drivers/endpoint.hpp"
#include "drivers/modbus/map.hpp"
#include "drivers/modbus/words.hpp"

/// Whole Modbus frames (application data units) of functions 3 and 4, as they stand on the wire. Pure.
/// Sources: Modbus Application Protocol 1.1b3; Modbus over Serial Line 1.02; Modbus Messaging on TCP/IP 1.0b.
namespace exhaust::modbus {

enum class Framing {
  kTcp,  ///< MBAP header: transaction, protocol, length, unit
  kRtu,  ///< unit in front, CRC16 behind; on a serial line, or carried over TCP
};
Framing framing_of(const Endpoint& endpoint);

/// What a request asks for.
struct Question {
  std::uint8_t unit = 1;
  RegisterFunction function = RegisterFunction::kInput;
  RegisterRange range;
  bool operator==(const Question&) const = default;
};
/// "unit 17, input 30+4"
std::string to_string(const Question& question);

/// `transaction` is used by kTcp only.
Bytes compose(Framing framing, std::uint16_t transaction, const Question& question);

/// The inverse. Error: kBadFrame.
Result<Question> read_question(Framing framing, ByteView request);

/// The registers of a whole answer that is no exception. Error: kBadFrame (lengths that contradict each
/// other, wrong CRC, another function), kRefusedByDevice (an exception answer).
Result<Registers> read_registers(Framing framing, ByteView answer);

/// The code of a whole exception answer.
std::optional<std::uint8_t> exception_code(Framing framing, ByteView answer);

/// What something on the line is to the one request that waits for its answer.
enum class Fate {
  kAnswer,
  kException,  ///< of the unit and function asked
  kLate,     ///< of the unit asked, but the answer to another question; or with an earlier transaction number
  kForeign,  ///< of another unit, from another master, to everybody
  kEcho,     ///< our own request, from an adapter that hears itself
  kBadCrc,   ///< the answer by its head and length, but damaged
  kShort,    ///< the head of the answer, and then nothing
  kNoise,    ///< bytes that are no frame
};
inline bool is_answer(Fate fate) {
  return fate == Fate::kAnswer || fate == Fate::kException;
}
/// The counter for what is dropped: late_answers, foreign_frames, echoes, bad_crc, short_frames, noise_bytes;
/// empty for what is not dropped.
const char* counter_of(Fate fate);

/// Of one frame with an MBAP header. `check_transaction`: false for gateways that do not echo the number.
Fate judge_tcp(ByteView request, ByteView frame, bool check_transaction);

struct Piece {
  Fate fate = Fate::kNoise;
  Bytes bytes;
};
/// Sorts out all that came on an RTU line while the answer to `request` was awaited, in order; nothing is
/// left out. Frames are found behind noise and behind each other. `request` empty: no answer is awaited.
std::vector<Piece> sift_rtu(ByteView request, ByteView bytes);

}  // namespace exhaust::modbus
