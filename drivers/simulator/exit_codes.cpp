#include "drivers/simulator/exit_codes.hpp"

#include <cstdio>

namespace exhaust::simulator {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kSettings:
    case ErrorKind::kDamaged: return kData;
    case ErrorKind::kStorage: return kStorage;
    default: return kNotReachable;
  }
}

int complain(int code, const std::string& text) {
  std::fprintf(stderr, "exhaust-sim: %s\n", text.c_str());
  return code;
}

}  // namespace exhaust::simulator
