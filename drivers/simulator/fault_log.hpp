#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "drivers/simulator/fault_schedule.hpp"

namespace exhaust::simulator {

/// One JSON line for each fault that happened, as it happens.
class FaultLog {
 public:
  /// An empty path: no log. The file is made anew. Error: kStorage.
  static Result<FaultLog> open(const std::filesystem::path& file);
  void write(std::string_view device, FaultKind kind, double at_s);

 private:
  std::ofstream out_;
};

/// {"analyser-1": {"silence": 3}}, on one line.
std::string to_json(const FaultSchedule::Counts& counts);

}  // namespace exhaust::simulator
