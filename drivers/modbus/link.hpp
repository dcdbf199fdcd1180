#pragma once

#include <modbus.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "drivers/device_settings.hpp"
#include "drivers/modbus/adu.hpp"
#include "drivers/modbus/bus.hpp"
#include "drivers/modbus/unit_watch.hpp"

namespace exhaust::modbus {

/// What one request brought.
struct Outcome {
  Result<Exchange> exchange;
  std::vector<BusFrame> told;
  Asked asked = Asked::kNot;
  Duration busy{};  ///< how long it had the line
};

/// The one place that knows libmodbus (3.1.6): it reads and frames answers on a descriptor that is ours. Its
/// own connecting is not used: it selects on the descriptor before anybody can check that it fits, knows no
/// keepalive and locks nothing. What it cannot tell is done here: transaction numbers, who an answer is from,
/// what else was on the line. Blocks.
///
/// Threading: the bus thread.
class Link {
 public:
  /// `before_waiting` is called where the line, not the processor, is going to be busy.
  Link(Endpoint endpoint, ModbusLine line, std::function<void()> before_waiting);
  ~Link() { close(); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  Result<void> connect(Deadline deadline);
  Outcome read(const ReadRequest& request, Deadline deadline);
  void close();

 private:
  /// How the waiting for one answer ended.
  struct Heard {
    enum class End { kAnswer, kException, kNothing, kDamaged, kStranger, kBroken } end = End::kNothing;
    Bytes frame;     ///< answer or exception
    int reason = 0;  ///< errno of kBroken
  };

  bool serial() const { return endpoint_.kind == Endpoint::Kind::kSerial; }
  bool rtu() const { return framing_ == Framing::kRtu; }
  bool numbered() const { return !rtu() && line_.transaction_id == TransactionId::kChecked; }

  Result<void> adopt(int descriptor);
  Result<void> make_context();
  void keep_silence() const;
  bool send(ByteView request);

  void ask(const Question& question, const ReadRequest& request, Deadline deadline, Outcome& outcome);
  Result<void> settle(const Question& question, const ReadRequest& request, Deadline deadline,
                      Outcome& outcome);
  Result<void> clear_line(Deadline deadline, Outcome& outcome);
  Heard listen_tcp(ByteView request, Deadline until, Outcome& outcome);
  Heard listen_rtu(ByteView request, Deadline until, Outcome& outcome);
  int receive(Bytes& frame, Deadline until);
  bool collect_until_silence(Bytes& burst, Deadline until);
  void drop(Fate fate, Bytes bytes, Outcome& outcome);
  /// `at`: where the request stands in `outcome.told`.
  void conclude(const Question& question, std::uint8_t unit, Heard heard, std::size_t at, Outcome& outcome);
  bool settled_by(ByteView frame);
  void after_error(Heard::End end);

  Endpoint endpoint_;
  ModbusLine line_;
  std::function<void()> before_waiting_;
  Framing framing_;
  Duration character_;  ///< on a serial line, its bits included; else 0
  Duration gap_;        ///< silence that parts two frames
  Duration lull_;  ///< silence after which we believe that a burst is over, adapters' and networks' delays
                   ///< included
  modbus_t* context_ = nullptr;
  int descriptor_ = -1;
  std::uint16_t transaction_;
  MonotonicTime last_byte_{};  ///< sent or received
  /// By unit: register counts that were asked for, and may still be answered, oldest first.
  std::map<std::uint8_t, std::deque<std::uint16_t>> unsettled_;
  unsigned silent_in_a_row_ = 0;
  MonotonicTime not_before_{};  ///< of the next connection
  std::optional<Error> why_not_;
};

}  // namespace exhaust::modbus
