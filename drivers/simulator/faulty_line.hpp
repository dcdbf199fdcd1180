#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "drivers/simulator/conversation.hpp"
#include "drivers/simulator/fault_schedule.hpp"

namespace exhaust::simulator {

/// What a line does with one answer.
struct Sending {
  enum class End {
    kStays,
    kReset,     ///< the connection is reset
    kHalfOpen,  ///< nothing is answered on this connection any more
  };
  struct Write {
    Duration after;  ///< the write before it
    Bytes bytes;
  };
  std::vector<Write> writes;
  End end = End::kStays;
};

/// Stands between the devices and their wires: turns answers into writes in time, honest or not. What an answer is held
/// back for belongs to the device and not to a connection, as in a gateway that passes on what its bus said. Pure.
class FaultyLines {
 public:
  explicit FaultyLines(FaultSchedule& schedule) : schedule_(schedule) {}

  /// `on_connection`: the wire is one, so that it may be reset or half open.
  Sending send(Answer answer, bool on_connection, double at_s);

 private:
  struct Held {
    Bytes bytes;
    unsigned requests;  ///< still to come before it is sent
  };
  void spoil(Answer& answer, Strike strike, Sending& sending);

  FaultSchedule& schedule_;
  std::map<std::string, std::deque<Held>, std::less<>> held_;
};

}  // namespace exhaust::simulator
