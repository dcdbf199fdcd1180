#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/result.hpp"

/// AK protocol (devices.md 1), both directions: the daemon asks, the simulator answers. Pure.
///
///   command  STX DC CODE(4) ' ' K0..Kn [' ' data ...] ETX
///   reply    STX DC CODE(4) ' ' S [' ' data ...] ETX        S: error status digit, 0 = no error
namespace exhaust::ak {

inline constexpr char kStx = '\x02';
inline constexpr char kEtx = '\x03';
/// The byte after STX: 20 by default; an RS-485 address on some devices. Ignored when it is read.
inline constexpr std::uint8_t kDontCare = 0x20;
/// The code of the answer to what a device does not understand.
inline constexpr std::string_view kUnknownCode = "????";
/// A telegram's most bytes, STX and ETX included. Real ones stay below 1 KiB.
inline constexpr std::size_t kMostTelegramBytes = 4096;

struct Command {
  std::string code;     ///< 4 letters
  std::string channel;  ///< "K0" is the device
  std::vector<std::string> data;
  std::uint8_t dont_care = kDontCare;
};

struct Reply {
  std::string code;           ///< as in the command, or "????"
  std::optional<int> status;  ///< 0..9; absent with "????"
  std::vector<std::string> values;
  std::uint8_t dont_care = kDontCare;
};

std::string encode_command(std::string_view code, std::string_view channel, const std::vector<std::string>& data = {},
                           std::uint8_t dont_care = kDontCare);

/// Long replies are broken by CR LF, which keeps each line within 60 characters. Code "????" carries no digit
/// and no values.
std::string encode_reply(std::string_view code, int status_digit, const std::vector<std::string>& values = {},
                         std::uint8_t dont_care = kDontCare);

/// Takes a whole telegram, STX to ETX. Error: kBadFrame, to be answered with "????".
Result<Command> decode_command(std::string_view telegram);

/// What the reply says, refusals included. Error: kBadFrame.
Result<Reply> parse_reply(std::string_view telegram);
/// Why the device refuses, in words; empty when it does not: "????", or BS, SE, NA, DF, OF after the digit.
std::string refusal(const Reply& reply);
bool is_busy(const Reply& reply);  ///< BS: ask again later; all other refusals are final

/// A value as the device wrote it. Absent: marked invalid or old by '#', NaN or infinite. Error: kBadFrame.
Result<std::optional<double>> decode_value(std::string_view word);

/// Finds telegrams in a stream of bytes. The byte after an STX is the don't-care byte, whatever it is; a second STX there
/// is one only if a code follows. Bounded: an overlong telegram and the oldest of too many are dropped, counted.
class TelegramReader {
 public:
  void feed(std::string_view bytes);
  /// The oldest whole telegram, STX and ETX included.
  std::optional<std::string> next();
  /// What came and is no telegram, since the last call: noise, unfinished and overlong telegrams, one after the other.
  std::string take_dropped();
  /// Forgets everything but the counters and what was dropped. An unfinished telegram counts as aborted.
  void reset();

  std::uint64_t skipped_bytes() const { return skipped_bytes_; }  ///< outside of telegrams
  std::uint64_t aborted() const { return aborted_; }              ///< by a new STX, or by `reset`
  std::uint64_t dropped() const { return dropped_; }              ///< overlong, or nobody took them

 private:
  void take(char byte);
  void abort();
  void drop(std::string_view bytes);

  std::string current_;  ///< empty: outside of a telegram
  std::deque<std::string> whole_;
  std::string dropped_bytes_;
  std::uint64_t skipped_bytes_ = 0, aborted_ = 0, dropped_ = 0;
};

}  // namespace exhaust::ak
