#include "daemon/app/app.hpp"

#include <cstdio>

#include "daemon/app/daemon.hpp"

namespace exhaust::app {

int run(settings::Settings settings) {
  Daemon daemon(std::move(settings));
  if (const auto opened = daemon.open(); !opened) {
    std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
    switch (opened.error().kind) {
      case ErrorKind::kSettings: return 78;
      case ErrorKind::kStorage:
      case ErrorKind::kDamaged: return 74;
      default: return 69;
    }
  }
  daemon.run();
  return 0;
}

}  // namespace exhaust::app
