#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace exhaust::bench {

struct Options {
  std::chrono::milliseconds time{5000};  ///< for all that is compared, together
  std::uint64_t vehicles = 1'000'000;     ///< in the registry
  std::uint64_t passages = 1'000'000;    ///< of what is measured by size instead
  std::string folder;                    ///< for files; empty: the system's temporary one
  bool plain = true;                     ///< the plain way too, which takes longest where much is measured
};

/// Each benchmark is a file of its own. Result: one flat object of what was measured; rates are per second.
nlohmann::ordered_json modbus(const Options& options);
nlohmann::ordered_json registry(const Options& options);
nlohmann::ordered_json history(const Options& options);

}  // namespace exhaust::bench
