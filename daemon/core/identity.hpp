#pragma once

#include <string>

namespace exhaust {

/// How a daemon introduces itself to another.
struct Identity {
  std::string who;      ///< station or hub id
  std::string version;  ///< of the program
};

}  // namespace exhaust
