#pragma once

#include <map>
#include <string>

#include "daemon/core/time.hpp"

namespace exhaust::assembly {

/// Gives out record numbers (jlbh, networking.md 1): station, line, second at UTC+8. One second holds one record of a
/// line, so a collision moves the second on; the true time stays in `detected_at`.
class RecordNumbers {
 public:
  explicit RecordNumbers(std::string station_id) : station_id_(std::move(station_id)) {}

  /// What the ledger's last record of the line used.
  void remember(const std::string& line, std::chrono::sys_seconds used) { used_[line] = used; }
  std::string next(const std::string& line, WallTime detected_at) {
    auto second = std::chrono::floor<std::chrono::seconds>(detected_at);
    if (const auto last = used_.find(line); last != used_.end() && second <= last->second) {
      second = last->second + std::chrono::seconds{1};
    }
    used_[line] = second;
    return station_id_ + line + to_china_compact(second);
  }
  std::chrono::sys_seconds used(const std::string& line) const { return used_.at(line); }
  const std::map<std::string, std::chrono::sys_seconds>& all() const { return used_; }

 private:
  std::string station_id_;
  std::map<std::string, std::chrono::sys_seconds> used_;
};

}  // namespace exhaust::assembly
