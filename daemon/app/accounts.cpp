#include "daemon/app/daemon.hpp"

namespace exhaust::app {

namespace {

v1::TierAccount account_of(const uplink::TierState& state) {
  v1::TierAccount account;
  account.set_name(state.name);
  account.set_stored(state.stored);
  account.set_accepted(state.accepted);
  account.set_withheld(state.withheld);
  account.set_pending(state.pending);
  account.set_quarantined(state.quarantined);
  account.set_expired(state.expired);
  account.set_damaged(state.damaged);
  return account;
}

}  // namespace

service::AccountsCall Daemon::accounts_call() {
  return [this](const v1::AccountsRequest& request, const projection::Accounts::Answered& answer) {
    std::vector<v1::TierAccount> tiers;
    for (const auto& uplink : uplinks_) tiers.push_back(account_of(uplink->state()));
    accounts_->get(request, std::move(tiers), answer);
  };
}

}  // namespace exhaust::app
