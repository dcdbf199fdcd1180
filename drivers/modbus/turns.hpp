#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace exhaust::modbus {

/// Who may use the line next: the units take turns, so that one that asks a lot costs the others nothing.
/// Pure.
///
/// `kInHand` requests are given out: one on the line, one that the bus's thread takes up without waiting for
/// us; never two of the same unit, since what the first one meets decides whether the second is asked at all.
class Turns {
 public:
  using Ticket = std::uint64_t;
  static constexpr std::size_t kInHand = 2;

  Ticket wait(std::uint8_t unit);
  /// A waiting one that gave up.
  void withdraw(Ticket ticket);
  /// The next one, now in hand; absent while nobody may.
  std::optional<Ticket> next();
  void done(std::uint8_t unit);

  /// Waiting and in hand.
  std::size_t size() const { return size_; }

 private:
  struct Unit {
    std::deque<Ticket> waiting;
    bool in_hand = false;
  };
  std::map<std::uint8_t, Unit> units_;
  std::uint8_t last_ = 0;
  Ticket tickets_ = 0;
  std::size_t in_hand_ = 0, size_ = 0;
};

}  // namespace exhaust::modbus
