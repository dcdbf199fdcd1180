#include <utility>

#include "daemon/ledger/sqlite/segment_database.hpp"

namespace exhaust::ledger {

Result<Entries> Segment::read(Position from, std::size_t limit, std::size_t max_bytes,
                              std::chrono::steady_clock::time_point until) {
  try {
    auto& query = database_->statements->select_entry;
    const Rewound rewound(query);
    query.bind(1, number(from));
    Entries entries;
    std::size_t bytes = 0;
    while ((entries.empty() || entries.size() < limit) && query.executeStep()) {
      const auto position = query.getColumn(0).getInt64();
      const auto damaged = [&](const char* what) {
        return fail(ErrorKind::kDamaged,
                    "position " + std::to_string(position) + " of " + file_.path.string() + ": " + what);
      };
      const SQLite::Column payload = query.getColumn(5);
      const bool present = !payload.isNull();
      const ByteView payload_bytes = present ? blob(payload) : ByteView{};
      bytes += payload_bytes.size();
      if (!entries.empty() && bytes > max_bytes) break;
      const auto header = headers_.find(query.getColumn(1).getInt64());
      if (header == headers_.end()) return damaged("its chain is not known");
      const auto hash = digest(query.getColumn(7));
      auto entry = std::make_shared<Entry>();
      entry->position = static_cast<Position>(position);
      entry->chain = header->second;
      entry->sequence = static_cast<Sequence>(query.getColumn(2).getInt64());
      entry->wall_time_us = query.getColumn(3).getInt64();
      entry->kind = static_cast<std::uint32_t>(query.getColumn(4).getInt64());
      if (present) {
        entry->payload.emplace(as_text(payload_bytes));
        entry->leaf = leaf_of(entry->chain->algorithm, payload_bytes);
      } else {
        const auto leaf = digest(query.getColumn(6));
        if (!leaf) return damaged("neither payload nor leaf");
        entry->leaf = *leaf;
      }
      if (!hash) return damaged("no hash");
      entry->hash = *hash;
      entries.push_back(std::move(entry));
      if (std::chrono::steady_clock::now() >= until) break;
    }
    return entries;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot read " + file_.path.string(), exception));
  }
}

Result<Entries> Segment::find(std::int64_t chain, Sequence sequence) {
  try {
    auto& query = database_->statements->select_stretch;
    Position position = 0;
    {
      const Rewound rewound(query);
      query.bind(1, chain);
      query.bind(2, number(sequence));
      if (!query.executeStep()) return Entries{};
      const auto into_stretch = number(sequence) - query.getColumn(0).getInt64();
      position = static_cast<Position>(query.getColumn(1).getInt64() + into_stretch);
    }
    auto entries = read(position, 1, 0, {});
    if (!entries || entries->empty()) return entries;
    // Past the chain's end lie other chains' entries.
    const Entry& entry = *entries->front();
    const auto header = headers_.find(chain);
    if (entry.sequence != sequence || header == headers_.end() || entry.chain != header->second) return Entries{};
    return entries;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot read " + file_.path.string(), exception));
  }
}

Result<Entries> Segment::find_time(std::int64_t wall_time_us) {
  try {
    auto& sample = database_->statements->select_time;
    auto& scan = database_->statements->scan_time;
    std::int64_t after = number(first_) - 1;
    {
      const Rewound rewound(sample);
      sample.bind(1, wall_time_us);
      if (sample.executeStep()) after = sample.getColumn(0).getInt64();
    }
    Position position = 0;
    {
      const Rewound rewound(scan);
      scan.bind(1, after);
      scan.bind(2, wall_time_us);
      if (!scan.executeStep()) return Entries{};
      position = static_cast<Position>(scan.getColumn(0).getInt64());
    }
    return read(position, 1, 0, {});
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot read " + file_.path.string(), exception));
  }
}

}  // namespace exhaust::ledger
