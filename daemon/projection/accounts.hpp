#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/accounts_settings.hpp"
#include "daemon/projection/progress.hpp"
#include "exhaust/v1/accounts.pb.h"

namespace exhaust::projection {

/// What became of every vehicle, by station, lane and hour, of all chains of this tier's ledger: the equation
/// triggered = passages + missed, with `triggered` from the gate's numbers alone. Kept in a file of its own, which is built again
/// from the ledger whenever it is not there or does not fit.
///
/// Threading: public methods from any thread. The ledger outlives it.
class Accounts {
 public:
  /// On the accounts' own thread, or at once. Errors: kRefused (too many ask, or for too much), kStorage (the file cannot be opened now).
  using Answered = std::function<void(Result<v1::AccountsReply>)>;

  Accounts(ledger::Ledger& ledger, std::filesystem::path file, AccountsSettings settings);
  ~Accounts();
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  void start();
  Progress progress() const;
  /// `tiers`: how each platform stands now. Waits until what was in the ledger by now has been counted, for a second; then
  /// answers with what has.
  void get(v1::AccountsRequest request, std::vector<v1::TierAccount> tiers, Answered answered);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace exhaust::projection
