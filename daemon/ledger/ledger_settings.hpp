#pragma once

#include <filesystem>

#include "daemon/core/digest.hpp"

namespace exhaust::ledger {

struct LedgerSettings {
  std::filesystem::path folder = "/var/lib/exhaustd/ledger";
  HashAlgorithm algorithm = HashAlgorithm::kSha256;
  std::size_t queue_limit = 4096;   ///< appends waiting for a commit
  std::size_t tail_limit = 8192;    ///< newest entries kept in memory for consumers at the tail
};

}  // namespace exhaust::ledger
