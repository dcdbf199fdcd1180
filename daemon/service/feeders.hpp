#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "daemon/ledger/chain.hpp"

namespace exhaust::service {

/// Who feeds which chain: one at a time.
///
/// Threading: any thread.
class Feeders {
 public:
  /// Holds a chain until it is destroyed.
  class Lease {
   public:
    Lease(Feeders& feeders, ledger::ChainKey key) : feeders_(feeders), key_(std::move(key)) {}
    ~Lease() {
      const std::lock_guard lock(feeders_.mutex_);
      feeders_.fed_.erase(key_);
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

   private:
    Feeders& feeders_;
    ledger::ChainKey key_;
  };

  /// Null: somebody else feeds this chain.
  std::unique_ptr<Lease> take(const ledger::ChainKey& key) {
    const std::lock_guard lock(mutex_);
    if (!fed_.insert(key).second) return nullptr;
    return std::make_unique<Lease>(*this, key);
  }

 private:
  std::mutex mutex_;
  std::set<ledger::ChainKey> fed_;
};

}  // namespace exhaust::service
