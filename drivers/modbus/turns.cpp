#include "drivers/modbus/turns.hpp"

#include <algorithm>
#include <utility>

namespace exhaust::modbus {

Turns::Ticket Turns::wait(std::uint8_t unit) {
  units_[unit].waiting.push_back(++tickets_);
  ++size_;
  return tickets_;
}

void Turns::withdraw(Ticket ticket) {
  for (auto& [number, unit] : units_) size_ -= std::erase(unit.waiting, ticket);
}

std::optional<Turns::Ticket> Turns::next() {
  if (in_hand_ == kInHand) return std::nullopt;
  // Once around, beginning behind the one that was last.
  auto at = units_.upper_bound(last_);
  for (std::size_t i = 0; i < units_.size(); ++i, ++at) {
    if (at == units_.end()) at = units_.begin();
    auto& unit = at->second;
    if (unit.in_hand || unit.waiting.empty()) continue;
    unit.in_hand = true;
    ++in_hand_;
    last_ = at->first;
    const auto ticket = unit.waiting.front();
    unit.waiting.pop_front();
    return ticket;
  }
  return std::nullopt;
}

void Turns::done(std::uint8_t unit) {
  if (!std::exchange(units_[unit].in_hand, false)) return;
  --in_hand_;
  --size_;
}

}  // namespace exhaust::modbus
