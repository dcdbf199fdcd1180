#include "daemon/replay/captured_vehicles.hpp"

namespace exhaust::replay {

std::optional<v1::Vehicle> CapturedVehicles::find(std::string_view plate, std::string_view color) {
  const Question question(plate, color);
  auto& known = ahead_[question];
  while (known.empty()) {
    const auto record = reader_.next();
    if (!record) {
      ahead_.erase(question);
      ++unanswered_;
      return std::nullopt;
    }
    if (!record->has_vehicle()) continue;
    const auto& answer = record->vehicle();
    ahead_[{answer.plate(), answer.color()}].push_back(answer.has_found() ? std::optional(answer.found()) : std::nullopt);
  }
  auto found = std::move(known.front());
  known.pop_front();
  if (known.empty()) ahead_.erase(question);
  return found;
}

}  // namespace exhaust::replay
