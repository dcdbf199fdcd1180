#pragma once

#include <deque>

#include "daemon/ledger/ledger.hpp"

namespace exhaust::ledger {

/// The newest entries in memory, for consumers at the tail: bounded in number and bytes, without holes.
class Tail {
 public:
  Tail(std::size_t entries, std::size_t bytes) : most_entries_(entries), most_bytes_(bytes) {}

  void push(EntryPtr entry) {
    bytes_ += size_of(*entry);
    entries_.push_back(std::move(entry));
    while (entries_.size() > most_entries_ || bytes_ > most_bytes_) {
      bytes_ -= size_of(*entries_.front());
      entries_.pop_front();
    }
  }
  bool holds(Position from) const { return !entries_.empty() && from >= entries_.front()->position; }
  /// REQUIRES: holds(from).
  Entries read(Position from, std::size_t limit, std::size_t max_bytes) const {
    Entries found;
    std::size_t bytes = 0;
    for (auto at = static_cast<std::size_t>(from - entries_.front()->position);
         at < entries_.size() && found.size() < limit && bytes < max_bytes; ++at) {
      found.push_back(entries_[at]);
      bytes += found.back()->payload ? found.back()->payload->size() : 0;
    }
    return found;
  }

 private:
  static std::size_t size_of(const Entry& entry) { return sizeof(Entry) + (entry.payload ? entry.payload->size() : 0); }

  std::size_t most_entries_, most_bytes_, bytes_ = 0;
  std::deque<EntryPtr> entries_;
};

}  // namespace exhaust::ledger
