#include "drivers/simulator/fault_log.hpp"

#include <nlohmann/json.hpp>

namespace exhaust::simulator {

Result<FaultLog> FaultLog::open(const std::filesystem::path& file) {
  FaultLog log;
  if (file.empty()) return log;
  log.out_.open(file, std::ios::trunc);
  if (!log.out_) return fail(ErrorKind::kStorage, file.string() + ": cannot be written");
  return log;
}

void FaultLog::write(std::string_view device, FaultKind kind, double at_s) {
  if (!out_.is_open()) return;
  const nlohmann::ordered_json line{{"at", to_rfc3339(SystemClock().wall())}, {"at_s", at_s}, {"device", device}, {"kind", to_string(kind)}};
  out_ << line.dump() << std::endl;  // flushed: whoever follows the file sees it now
}

std::string to_json(const FaultSchedule::Counts& counts) { return nlohmann::json(counts).dump(); }

}  // namespace exhaust::simulator
