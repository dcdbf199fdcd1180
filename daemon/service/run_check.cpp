#include "daemon/service/run_check.hpp"

#include "daemon/records/records.hpp"

namespace exhaust::service {

namespace {

std::unexpected<Refusal> malformed(std::string detail) {
  return std::unexpected(Refusal{v1::Refused::malformed, std::move(detail)});
}

std::string entry_name(Sequence sequence) { return "entry " + std::to_string(sequence); }

/// Envelope, payload and leaf of one entry; the hash is filled in by the caller.
std::expected<ledger::Run::Item, Refusal> item_of(v1::Entry& entry, HashAlgorithm algorithm) {
  ledger::Run::Item item;
  item.wall_time_us = entry.wall_time_us();
  item.kind = entry.kind();
  if (!entry.has_payload()) {
    const auto leaf = records::digest_from_bytes(entry.leaf());
    if (!leaf) return malformed(entry_name(entry.sequence()) + " has neither payload nor leaf");
    item.leaf = *leaf;
    return item;
  }
  if (entry.payload().size() > kPayloadLimit) {
    return malformed(entry_name(entry.sequence()) + " has more than 1 MiB of payload");
  }
  item.leaf = ledger::leaf_of(algorithm, as_bytes(entry.payload()));
  item.payload = std::move(*entry.mutable_payload());
  return item;
}

}  // namespace

std::expected<CheckedRun, Refusal> check_run(v1::Run& run, std::shared_ptr<const ledger::ChainHeader> chain,
                                             Sequence held, const Digest& held_hash) {
  const auto claimed = records::digest_from_bytes(run.chain_hash());
  if (run.entries().empty()) return malformed("a run without entries");
  if (!claimed) return malformed("a run without the hash of its last entry");
  const Sequence first = run.entries(0).sequence();
  const Sequence last = first + static_cast<Sequence>(run.entries_size()) - 1;
  if (first == 0 || last < first) return malformed("sequences begin at 1");
  if (first > held + 1) {
    return std::unexpected(Refusal{v1::Refused::hole,
                                   "entries " + std::to_string(held + 1) + " to " + std::to_string(first - 1) +
                                       " are missing",
                                   held + 1});
  }

  CheckedRun checked;
  checked.last = std::max(last, held);
  checked.hash = held_hash;
  checked.run.chain = chain;
  checked.run.first = held + 1;
  checked.run.before = held_hash;
  auto& hash = checked.hash;
  for (int i = 0; i < run.entries_size(); ++i) {
    auto& entry = *run.mutable_entries(i);
    const Sequence sequence = first + static_cast<Sequence>(i);
    if (entry.sequence() != sequence) return malformed("the sequences of a run are not consecutive");
    if (sequence <= held) continue;  // a duplicate: its acknowledgement was lost
    auto item = item_of(entry, chain->algorithm);
    if (!item) return std::unexpected(item.error());
    hash = ledger::chain_next(chain->algorithm, hash, sequence, item->wall_time_us, item->kind, item->leaf);
    item->hash = hash;
    if (item->payload) {
      if (auto why = records::objection(item->kind, *item->payload, chain->key.station_id)) {
        item->payload.reset();
        item->rejected = true;
        auto& rejection = checked.rejections.emplace_back();
        rejection.set_sequence(sequence);
        rejection.set_reason(std::move(*why));
      }
    }
    checked.run.items.push_back(std::move(*item));
  }
  // A run that ends before the watermark cannot be compared without a lookup; it changes nothing here.
  if (last >= held && hash != *claimed) {
    return std::unexpected(Refusal{v1::Refused::fork,
                                   "the entries up to " + std::to_string(last) + " do not arrive at the hash given",
                                   held + 1});
  }
  return checked;
}

}  // namespace exhaust::service
