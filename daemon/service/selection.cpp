#include "daemon/service/selection.hpp"

#include <algorithm>
#include <set>

#include "daemon/records/records.hpp"

namespace exhaust::service {

namespace {
constexpr char kTokenVersion = 1;
}

std::optional<v1::Record> Selection::operator()(const ledger::Entry& entry) const {
  const auto& key = entry.chain->key;
  if (!request_.station_id().empty() && key.station_id != request_.station_id()) return std::nullopt;
  if (key_ && key == *key_ && entry.sequence < first_) return std::nullopt;
  const auto& kinds = request_.kinds();
  if (!kinds.empty() && std::ranges::find(kinds, static_cast<int>(entry.kind)) == kinds.end()) return std::nullopt;
  if (request_.flagged_only() && entry.kind != v1::Entry::passage) return std::nullopt;
  auto record = records::to_record(entry);
  if (request_.flagged_only() && !records::is_flagged(record)) return std::nullopt;
  return record;
}

std::optional<ledger::ChainState> chain_of(const ledger::Ledger& ledger, const std::string& station_id) {
  const auto chains = ledger.chains();
  auto wanted = station_id;
  if (wanted.empty()) {
    const auto own = ledger.chain(ledger.own_chain()->key);
    std::set<std::string> others;
    for (const auto& chain : chains) {
      if (!chain.own) others.insert(chain.header->key.station_id);
    }
    if (others.size() != 1 || (own && own->passages > 0)) return own;
    wanted = *others.begin();
  }
  std::optional<ledger::ChainState> newest;
  for (const auto& chain : chains) {
    if (chain.header->key.station_id != wanted) continue;
    if (!newest || chain.last_wall_time_us > newest->last_wall_time_us) newest = chain;
  }
  return newest;
}

std::string to_token(const LedgerId& own, Position next) {
  std::string token(1, kTokenVersion);
  token += records::to_bytes(own);
  for (int shift = 56; shift >= 0; shift -= 8) token.push_back(static_cast<char>(next >> shift & 0xff));
  return token;
}

std::optional<Position> from_token(const LedgerId& own, std::string_view token) {
  const auto head = to_token(own, 0).substr(0, 1 + own.size());
  if (token.size() != head.size() + 8 || !token.starts_with(head)) return std::nullopt;
  Position next = 0;
  for (const char byte : token.substr(head.size())) next = next << 8 | static_cast<std::uint8_t>(byte);
  return next;
}

}  // namespace exhaust::service
