#pragma once

#include <deque>

#include "daemon/ledger/ledger.hpp"

namespace exhaust::ledger {

/// The newest entries, without a gap, kept for consumers at the tail: bounded by number and by bytes.
///
/// Threading: the ledger's thread only.
class Tail {
 public:
  Tail(std::size_t max_entries, std::size_t max_bytes) : max_entries_(max_entries), max_bytes_(max_bytes) {}

  /// REQUIRES: the position after the last one pushed.
  void push(EntryPtr entry) {
    bytes_ += cost(*entry);
    entries_.push_back(std::move(entry));
    while (entries_.size() > max_entries_ || (bytes_ > max_bytes_ && !entries_.empty())) {
      bytes_ -= cost(*entries_.front());
      entries_.pop_front();
    }
  }

  bool holds(Position position) const { return !entries_.empty() && position >= entries_.front()->position; }

  /// REQUIRES: holds(from). At most `limit` entries and `max_bytes` of payload, but one entry at least.
  Entries read(Position from, std::size_t limit, std::size_t max_bytes) const {
    Entries result;
    std::size_t bytes = 0;
    for (auto at = static_cast<std::size_t>(from - entries_.front()->position); at < entries_.size(); ++at) {
      bytes += entries_[at]->payload ? entries_[at]->payload->size() : 0;
      if (!result.empty() && (result.size() >= limit || bytes > max_bytes)) break;
      result.push_back(entries_[at]);
    }
    return result;
  }

 private:
  /// The payload and about what the entry itself takes.
  static std::size_t cost(const Entry& entry) { return sizeof(Entry) + (entry.payload ? entry.payload->size() : 0); }

  std::size_t max_entries_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<EntryPtr> entries_;
};

}  // namespace exhaust::ledger
