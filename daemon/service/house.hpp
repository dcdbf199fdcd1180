#pragma once

#include "daemon/core/identity.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/service/calls.hpp"
#include "daemon/service/feeders.hpp"
#include "daemon/service/service_settings.hpp"

namespace exhaust::service {

/// What all services of a daemon share. Internal to this folder.
struct House {
  House(ledger::Ledger& its_ledger, ServiceSettings its_settings, Identity its_identity)
      : ledger(its_ledger), settings(std::move(its_settings)), identity(std::move(its_identity)) {}

  ledger::Ledger& ledger;
  const ServiceSettings settings;
  const Identity identity;
  Feeders feeders;
  Calls calls{2, 1024};  ///< last: the calls use the rest
};

}  // namespace exhaust::service
