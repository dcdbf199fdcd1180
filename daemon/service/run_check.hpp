#pragma once

#include <expected>
#include <string>
#include <vector>

#include "daemon/ledger/ledger.hpp"
#include "exhaust/v1/ingest.pb.h"

namespace exhaust::service {

/// Why a chain is not taken as it is.
struct Refusal {
  v1::Refused::Reason reason;
  std::string detail;
  Sequence expected = 0;
};

/// A run that follows what is held and whose hashes arrive where its feeder says.
struct CheckedRun {
  ledger::Run run;  ///< what is new of it; no items: all of it was held already
  std::vector<v1::Rejection> rejections;
  Digest hash{};    ///< chain(last)
  Sequence last = 0;
};

inline constexpr std::size_t kBatchEntries = 1000;
inline constexpr std::size_t kPayloadLimit = ledger::kMaxPayload;

/// Recognises duplicates by the chain's watermark (`held`, `held_hash`), computes leaves and chain over the
/// rest, and takes away payloads that cannot be what their kind says: those stay as envelope and leaf, so
/// that the chain still verifies. Pure; moves the payloads out of `run`.
std::expected<CheckedRun, Refusal> check_run(v1::Run& run, std::shared_ptr<const ledger::ChainHeader> chain,
                                             Sequence held, const Digest& held_hash);

}  // namespace exhaust::service
