#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Events with fields. error: data is being lost or a person must act. warning: degraded, the daemon copes.
/// info: a state changed. debug: for developers. Log changes of state, not states.
///
/// Threading: any thread.
namespace exhaust::log {

/// Names are constant words in capitals, so that a journal can be queried by them.
struct Field {
  std::string_view name;
  std::string value;
};
using Fields = std::initializer_list<Field>;

enum class Level { kDebug, kInfo, kWarning, kError };

/// Writes to stderr from now on. Called once, by main.
void start(Level least, bool with_time);

void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::kDebug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::kInfo, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::kWarning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::kError, event, fields); }

}  // namespace exhaust::log
