#include "daemon/ctl/actor.hpp"

#include <pwd.h>
#include <unistd.h>

namespace exhaust::ctl {

std::string actor() {
  const auto* user = getpwuid(getuid());
  return user != nullptr ? user->pw_name : "uid " + std::to_string(getuid());
}

}  // namespace exhaust::ctl
