#include "daemon/ledger/sqlite/group.hpp"

#include <utility>

namespace exhaust::ledger {

namespace {

/// entry.proto, Entry.Kind.passage: counted per chain, whether its payload is here or not.
constexpr std::uint32_t kPassage = 4;

std::string name_of(const ChainKey& key) { return key.station_id + "/" + to_hex(key.ledger_id); }

std::unexpected<Error> refuse(const ChainKey& key, const std::string& why) {
  return fail(ErrorKind::kRefused, "chain " + name_of(key) + ": " + why);
}

}  // namespace

Result<Sequence> Group::add(Draft draft) {
  if (draft.payload.size() > kMaxPayload) {
    return fail(ErrorKind::kRefused, "a payload of " + std::to_string(draft.payload.size()) + " bytes is too large");
  }
  for (const auto& [name, value] : draft.marks) {
    if (name.empty() || name.find_first_of("=\n") != std::string::npos || value.find('\n') != std::string::npos) {
      return fail(ErrorKind::kRefused, "a mark is one line name=value: '" + name + "'");
    }
  }
  for (const auto& [name, count] : draft.counts) {
    if (name.empty() || name.find_first_of("=\n") != std::string::npos) {
      return fail(ErrorKind::kRefused, "a count's mark has a name of one line without '=': '" + name + "'");
    }
  }
  StoredChain& chain = to_change(committed_.own);
  const auto algorithm = chain.state.header->algorithm;
  auto entry = std::make_shared<Entry>();
  entry->sequence = chain.state.last + 1;
  entry->wall_time_us = draft.wall_time_us;
  entry->kind = draft.kind;
  entry->leaf = leaf_of(algorithm, as_bytes(draft.payload));
  entry->hash = chain_next(algorithm, chain.state.hash, entry->sequence, entry->wall_time_us, entry->kind, entry->leaf);
  entry->payload = std::move(draft.payload);
  for (auto& [name, value] : draft.marks) chain.marks.insert_or_assign(name, std::move(value));
  for (const auto& [name, count] : draft.counts) {
    auto& value = chain.marks[name];
    value = std::to_string((value.empty() ? 0 : std::stoll(value)) + count);
  }
  const Sequence sequence = entry->sequence;
  push(chain, std::move(entry), false);
  return sequence;
}

Result<ChainState> Group::add(Run run) {
  const ChainKey& key = run.chain->key;
  if (run.items.empty() || run.first == 0) return refuse(key, "an empty run");
  for (const auto& item : run.items) {
    if (item.payload && item.payload->size() > kMaxPayload) return refuse(key, "a payload is too large");
  }
  const Sequence last = run.first + run.items.size() - 1;
  const StoredChain* known = look_up(key);
  if (known == nullptr) {
    if (run.first != 1) return refuse(key, "nothing is here yet, the run begins at " + std::to_string(run.first));
    if (run.chain->format != kChainFormat || (run.chain->algorithm != HashAlgorithm::kSha256 &&
                                              run.chain->algorithm != HashAlgorithm::kSm3)) {
      return refuse(key, "its format or hash algorithm is not known here");
    }
    if (run.before != chain_start(*run.chain)) return refuse(key, "the run does not follow from the chain's header");
  } else {
    const ChainState& state = known->state;
    if (state.own) return refuse(key, "it is our own");
    if (*state.header != *run.chain) return refuse(key, "another format, algorithm or simulation flag is stored");
    if (last <= state.last) {
      if (last == state.last && run.items.back().hash != state.hash) return refuse(key, "a fork of what is stored");
      return state;
    }
    if (run.first != state.last + 1) {
      return refuse(key, "the run begins at " + std::to_string(run.first) + ", stored is up to " +
                             std::to_string(state.last));
    }
    if (run.before != state.hash) return refuse(key, "a fork of what is stored");
  }

  StoredChain* chain = nullptr;
  if (known != nullptr) {
    chain = &to_change(key);
  } else {
    chain = &changed_[key];
    chain->number = committed_.last_number + ++new_chains_;
    chain->state.header = run.chain;
    chain->state.hash = run.before;
    chain->before_hash = run.before;
  }
  for (auto& item : run.items) {
    auto entry = std::make_shared<Entry>();
    entry->sequence = chain->state.last + 1;
    entry->wall_time_us = item.wall_time_us;
    entry->kind = item.kind;
    if (!item.rejected) entry->payload = std::move(item.payload);
    entry->leaf = item.leaf;
    entry->hash = item.hash;
    push(*chain, std::move(entry), item.rejected);
  }
  return chain->state;
}

const StoredChain* Group::look_up(const ChainKey& key) const {
  if (const auto found = changed_.find(key); found != changed_.end()) return &found->second;
  if (const auto found = committed_.by_key.find(key); found != committed_.by_key.end()) return &found->second;
  return nullptr;
}

/// REQUIRES: the chain is known.
StoredChain& Group::to_change(const ChainKey& key) {
  const auto found = changed_.find(key);
  if (found != changed_.end()) return found->second;
  return changed_.emplace(key, committed_.by_key.at(key)).first->second;
}

void Group::push(StoredChain& chain, std::shared_ptr<Entry> entry, bool rejected) {
  entry->chain = chain.state.header;
  entry->position = ++newest_;
  chain.state.last = entry->sequence;
  chain.state.hash = entry->hash;
  chain.state.last_wall_time_us = entry->wall_time_us;
  if (entry->kind == kPassage) ++chain.state.passages;
  if (rejected) ++chain.state.rejected;
  rows_.push_back({std::move(entry), chain.number, rejected});
}

}  // namespace exhaust::ledger
