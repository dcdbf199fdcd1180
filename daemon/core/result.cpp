#include "daemon/core/result.hpp"

namespace exhaust {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kDisconnected: return "disconnected";
    case ErrorKind::kBadFrame: return "bad_frame";
    case ErrorKind::kRefusedByDevice: return "refused_by_device";
    case ErrorKind::kSettings: return "settings";
    case ErrorKind::kStopped: return "stopped";
    case ErrorKind::kStorage: return "storage";
    case ErrorKind::kRefused: return "refused";
    case ErrorKind::kDamaged: return "damaged";
  }
  return "unknown";
}

}  // namespace exhaust
