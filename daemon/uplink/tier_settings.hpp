#pragma once

#include <cstddef>
#include <string>

#include "daemon/core/time.hpp"

namespace exhaust::uplink {

/// One platform to push to.
struct TierSettings {
  std::string name;                                 ///< city, province, nation, ...
  std::string endpoint;                             ///< "HOST:PORT" or "unix:/path", as gRPC takes it
  std::size_t batch_entries = 200;                  ///< 1..1000
  std::size_t batch_bytes = 256u << 10;
  std::size_t window_batches = 4;                   ///< sent and not yet acknowledged
  Duration batch_deadline{std::chrono::seconds{30}};  ///< no acknowledgement for so long: connect anew
  Duration backoff_first{std::chrono::seconds{1}};
  Duration backoff_most{std::chrono::minutes{5}};
};

}  // namespace exhaust::uplink
