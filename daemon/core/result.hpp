#pragma once

#include <expected>
#include <string>
#include <utility>

namespace exhaust {

/// What went wrong, sorted by what to do next. The text is for a person, the kind for the program.
enum class ErrorKind {
  kTimeout,          ///< try again, with back-off
  kDisconnected,     ///< try again, with back-off, from a fresh connection
  kBadFrame,         ///< try again; what arrived was not what the protocol allows
  kRefusedByDevice,  ///< skip this request, go on: the device lives and said no
  kSettings,         ///< a person must change something
  kStopped,          ///< this task is ending
  kStorage,          ///< the disk or the store failed
  kRefused,          ///< a bound was reached or a rule forbids it
  kDamaged,          ///< stored data is not what it was
};

struct Error {
  ErrorKind kind;
  std::string detail;  ///< "unit 17, input 30001+4: wrong CRC"
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string detail) {
  return std::unexpected(Error{kind, std::move(detail)});
}

/// "timeout", "disconnected", ...: for logs, counters and labels.
const char* to_string(ErrorKind kind);

}  // namespace exhaust
