#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "drivers/simulator/faulty_line.hpp"

namespace exhaust::simulator {

/// What every line and port of a run shares.
struct Surroundings {
  std::function<double()> now_s;  ///< simulated seconds; below 0: not yet begun
  FaultyLines& lines;
};

using MakeConversation = std::function<std::unique_ptr<Conversation>()>;

/// What went over a line or a port.
struct Traffic {
  std::uint64_t bytes_in = 0;
  std::uint64_t answers = 0;  ///< reports too, before any fault
  std::uint64_t lost = 0;     ///< found no room on the way out
  Bytes last_answer;          ///< before any fault
};

/// Far more than 3.5 characters at 9600 baud, far less than a poll period.
inline constexpr Duration kFrameSilence = std::chrono::milliseconds{50};
/// How often devices are asked what they say by themselves.
inline constexpr Duration kBeat = std::chrono::milliseconds{50};

}  // namespace exhaust::simulator
