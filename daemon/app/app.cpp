#include "daemon/app/app.hpp"

#include <cstdio>

#include "daemon/app/daemon.hpp"

namespace exhaust::app {

int run(settings::Settings settings) {
  Daemon daemon(std::move(settings));
  if (const auto opened = daemon.open(); !opened) {
    std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
    return opened.error().kind == ErrorKind::kStorage ? 74 : 69;
  }
  daemon.run();
  return 0;
}

}  // namespace exhaust::app
