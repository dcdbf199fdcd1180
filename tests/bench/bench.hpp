#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace exhaust::bench {

struct Options {
  std::chrono::milliseconds time{5000};  ///< for all that is compared, together
  std::uint64_t vehicles = 1'000'000;     ///< in the registry
};

/// Each benchmark is a file of its own. Result: one flat object of what was measured; rates are per second.
nlohmann::ordered_json modbus(const Options& options);
nlohmann::ordered_json registry(const Options& options);

}  // namespace exhaust::bench
