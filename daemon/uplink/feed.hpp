#pragma once

#include <memory>
#include <string>

#include "daemon/ledger/chain.hpp"
#include "daemon/uplink/backoff.hpp"
#include "daemon/uplink/cursor.hpp"

namespace exhaust::uplink {

/// One chain on its way to one platform.
struct Feed {
  enum class Stage {
    kClosed,    ///< not offered on this stream yet
    kOpening,   ///< offered; the platform's answer is awaited
    kChecking,  ///< the platform's hash is being compared with ours
    kOpen,      ///< entries flow
    kRefused,   ///< not taken as it is; offered again at `retry_at`
  };

  Feed(ledger::ChainKey chain, Backoff again) : key(std::move(chain)), backoff(std::move(again)) {}

  ledger::ChainKey key;
  Stage stage = Stage::kClosed;
  Sequence next = 1;       ///< to be sent on this stream
  Accepted accepted;       ///< the platform's word, kept over connections
  std::string why;         ///< kRefused
  bool permanent = false;  ///< kRefused: no use to try soon; a person must act
  MonotonicTime retry_at;  ///< kRefused
  Backoff backoff;         ///< kRefused, not permanent
};

/// What was sent of one chain within a batch and is acknowledged when `feed` has reached `last`.
struct SentRun {
  Feed* feed;
  Sequence last;
  Digest hash;
};

}  // namespace exhaust::uplink
