#include "daemon/core/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace exhaust::log {

namespace {
spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("exhaustd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%^%l%$ %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarning: return spdlog::level::warn;
    case Level::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}
}  // namespace

void start(Level least, bool with_time) {
  // Under systemd the journal stamps each line itself.
  logger().set_pattern(with_time ? "%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v" : "%l %v");
  logger().set_level(to_spdlog(least));
  logger().flush_on(spdlog::level::debug);
}

void write(Level level, std::string_view event, Fields fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  std::string line(event);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=");
    const bool plain = !value.empty() && value.find_first_of(" \"=\n") == std::string::npos;
    if (plain) {
      line.append(value);
      continue;
    }
    line.push_back('"');
    for (const char c : value) {
      if (c == '"' || c == '\\') line.push_back('\\');
      line.push_back(c == '\n' ? ' ' : c);
    }
    line.push_back('"');
  }
  logger().log(to_spdlog(level), line);
}

}  // namespace exhaust::log
