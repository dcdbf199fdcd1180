#pragma once

#include <future>

#include "daemon/projection/accounts.hpp"

namespace exhaust::app {

/// What the ledger alone says became of every vehicle.
inline v1::AccountsReply accounts_of(ledger::Ledger& ledger) {
  projection::Accounts accounts(ledger, std::filesystem::path(ledger.statistics().path) / "accounts.sqlite", {});
  accounts.start();
  std::promise<v1::AccountsReply> promise;
  accounts.get({}, {}, [&](Result<v1::AccountsReply> reply) { promise.set_value(reply.value_or(v1::AccountsReply{})); });
  return promise.get_future().get();
}

}  // namespace exhaust::app
