#include "daemon/replay/stored.hpp"

#include <map>

#include "daemon/ledger/sqlite/segment_reader.hpp"

namespace exhaust::replay {

Result<void> each_stored(const std::filesystem::path& folder,
                         const std::function<bool(const StoredEntry&)>& each) {
  auto files = ledger::list_segments(folder);
  if (!files) return std::unexpected(files.error());
  if (files->empty()) return fail(ErrorKind::kStorage, "there is no ledger in " + folder.string());
  auto lock = ledger::FolderLock::shared(folder);
  if (!lock) return std::unexpected(lock.error());
  bool more = true;
  for (const auto& file : *files) {
    if (!more) break;
    auto segment = ledger::SegmentReader::open(file);
    if (!segment) return std::unexpected(segment.error());
    std::map<std::int64_t, const ledger::StoredChain*> chains;
    for (const auto& chain : (*segment)->chains()) chains.emplace(chain.number, &chain);
    const auto read = (*segment)->each_row([&](const ledger::StoredRow& row) {
      const auto chain = chains.find(row.chain);
      if (!more || chain == chains.end()) return;
      StoredEntry stored;
      stored.own = chain->second->state.own;
      auto& entry = stored.entry;
      entry.position = row.position;
      entry.chain = chain->second->state.header;
      entry.sequence = row.sequence;
      entry.wall_time_us = row.wall_time_us;
      entry.kind = static_cast<std::uint32_t>(row.kind);
      if (row.payload) entry.payload = std::string(*row.payload);
      if (row.leaf) entry.leaf = *row.leaf;
      if (row.hash) entry.hash = *row.hash;
      more = each(stored);
    });
    if (!read) return std::unexpected(read.error());
  }
  return {};
}

}  // namespace exhaust::replay
