#pragma once

#include <optional>
#include <string>

#include "daemon/ledger/ledger.hpp"
#include "exhaust/v1/records.pb.h"

namespace exhaust::service {

/// Which entries a subscriber wants.
class Selection {
 public:
  explicit Selection(const v1::SubscribeRequest& request) : request_(request) {}

  /// Only entries of `key` from `sequence` on; other chains are not touched.
  void begin_chain_at(ledger::ChainKey key, Sequence sequence) {
    key_ = std::move(key);
    first_ = sequence;
  }

  /// The record, when it is wanted. Decodes the payload only of what passes the cheap tests.
  std::optional<v1::Record> operator()(const ledger::Entry& entry) const;

 private:
  v1::SubscribeRequest request_;
  std::optional<ledger::ChainKey> key_;
  Sequence first_ = 0;
};

/// The newest ledger of a station. Without a station: the tier's own; at a hub with a single station, that
/// one's.
std::optional<ledger::ChainState> chain_of(const ledger::Ledger& ledger, const std::string& station_id);

/// A place in one tier's ledger, for its readers to keep and give back; opaque to them. It names the ledger,
/// so that a token of one that is no more is recognised.
std::string to_token(const LedgerId& own, Position next);
std::optional<Position> from_token(const LedgerId& own, std::string_view token);

}  // namespace exhaust::service
