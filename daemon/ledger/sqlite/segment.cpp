#include "daemon/ledger/sqlite/segment.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "daemon/core/log.hpp"
#include "daemon/ledger/sqlite/schema.hpp"
#include "daemon/ledger/sqlite/sqlite_help.hpp"

namespace exhaust::ledger {

namespace {

/// The log is moved into the file at this many pages of 4 KiB: 16 MiB. Pages that change at every commit are then
/// written to their own place once in thousands of commits.
constexpr int kTidyPages = 4096;
constexpr Position kTimesStep = 256;
/// So many of the newest entries are compared with the heads of their chains at start.
constexpr Position kCheckedAtStart = 512;

constexpr const char* kPragmas =
    "PRAGMA locking_mode = EXCLUSIVE;"  // first: no shared memory, nobody else in
    "PRAGMA synchronous = FULL;"        // a commit survives a power cut
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA wal_autocheckpoint = 0;"    // `tidy` does it
    "PRAGMA cache_size = -8192;"
    "PRAGMA trusted_schema = OFF;";

constexpr const char* kEntry =
    "SELECT position, chain, sequence, wall_time_us, kind, payload, leaf, hash FROM entries WHERE position >= ? "
    "ORDER BY position";

[[noreturn]] void durability_doubtful(const std::filesystem::path& path, const SQLite::Exception& exception) {
  log::error("ledger write failed, ending", {{"FILE", path.string()}, {"ERROR", exception.what()}});
  std::_Exit(74);
}

std::int64_t number(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

}  // namespace

struct Segment::Database {
  explicit Database(const std::filesystem::path& path)
      : connection(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX) {
    connection.exec(kPragmas);
    const std::string mode = connection.execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal") throw SQLite::Exception("no write-ahead log on this file system", SQLITE_CANTOPEN);
  }

  struct Statements {
    explicit Statements(SQLite::Database& db)
        : insert_entry(db, "INSERT INTO entries VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          insert_stretch(db, "INSERT INTO stretches VALUES(?, ?, ?)"),
          insert_time(db, "INSERT INTO times VALUES(?, ?)"),
          insert_chain(db, "INSERT INTO chains VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
          update_chain(db,
                       "UPDATE chains SET last_sequence = ?, last_hash = ?, last_wall_time_us = ?, passages = ?, "
                       "rejected = ?, marks = ? WHERE chain = ?"),
          select_entry(db, kEntry),
          select_stretch(db,
                         "SELECT first_sequence, first_position FROM stretches WHERE chain = ? AND first_sequence <= ? "
                         "ORDER BY first_sequence DESC LIMIT 1"),
          select_time(db, "SELECT position FROM times WHERE latest_us < ? ORDER BY latest_us DESC, position DESC LIMIT 1"),
          scan_time(db, "SELECT position FROM entries WHERE position > ? AND wall_time_us >= ? ORDER BY position LIMIT 1") {
    }
    SQLite::Statement insert_entry, insert_stretch, insert_time, insert_chain, update_chain;
    SQLite::Statement select_entry, select_stretch, select_time, scan_time;
  };

  SQLite::Database connection;
  std::optional<Statements> statements;  // once there are tables
  int log_pages = 0;
  bool tidy_failed = false;  // said once
};

Segment::Segment(SegmentFile file) : file_(std::move(file)), first_(file_.first), newest_(file_.first - 1) {}
Segment::~Segment() = default;

Result<std::unique_ptr<Segment>> Segment::open(const SegmentFile& file, const std::string& version) {
  try {
    std::error_code missing;
    int format = 0;
    if (std::filesystem::file_size(file.path, missing) > 0 && !missing) {
      auto untouched = open_untouched(file.path);
      const auto found = read_format(untouched, file.path);
      if (!found) return std::unexpected(found.error());
      format = *found;
    }
    std::unique_ptr<Segment> segment(new Segment(file));
    segment->database_ = std::make_unique<Database>(file.path);
    auto& connection = segment->database_->connection;
    if (format == 0) {
      SQLite::Transaction creation(connection);
      connection.exec(kSchema);
      SQLite::Statement put(connection, "INSERT INTO meta VALUES('format', ?), ('first_position', ?), ('made_by', ?)");
      put.bind(1, std::to_string(kSegmentFormat));
      put.bind(2, std::to_string(file.first));
      put.bind(3, "exhaustd " + version);
      put.exec();
      creation.commit();
      auto synced = sync_folder(file.path.parent_path());
      if (!synced) return std::unexpected(synced.error());
    }
    connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    segment->database_->statements.emplace(connection);
    auto* pages = &segment->database_->log_pages;
    sqlite3_wal_hook(
        connection.getHandle(),
        [](void* where, sqlite3*, const char*, int in_log) {
          *static_cast<int*>(where) = in_log;
          return SQLITE_OK;
        },
        pages);
    auto loaded = segment->load();
    if (!loaded) return std::unexpected(loaded.error());
    return segment;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot open " + file.path.string(), exception));
  }
}

/// Throws SQLite::Exception.
Result<void> Segment::load() {
  auto& connection = database_->connection;
  auto chains = read_chains(connection, file_.path);
  if (!chains) return std::unexpected(chains.error());
  chains_ = std::move(*chains);
  for (const auto& chain : chains_) headers_.emplace(chain.number, chain.state.header);

  SQLite::Statement newest(connection, "SELECT position, chain FROM entries ORDER BY position DESC LIMIT 1");
  if (newest.executeStep()) {
    newest_ = static_cast<Position>(newest.getColumn(0).getInt64());
    newest_chain_ = newest.getColumn(1).getInt64();
  }
  Position sampled = 0;
  SQLite::Statement best(connection, "SELECT latest_us, position FROM times ORDER BY latest_us DESC, position DESC LIMIT 1");
  if (best.executeStep()) {
    latest_us_ = best.getColumn(0).getInt64();
    sampled = static_cast<Position>(best.getColumn(1).getInt64());
  }
  SQLite::Statement rest(connection, "SELECT max(wall_time_us) FROM entries WHERE position > ?");
  rest.bind(1, number(sampled));
  if (rest.executeStep() && !rest.getColumn(0).isNull()) {
    const std::int64_t latest = rest.getColumn(0).getInt64();
    latest_us_ = std::max(latest_us_.value_or(latest), latest);
  }
  return check_heads();
}

/// The newest entries must be where their chains say they stand: a cheap look that finds a file put together from two
/// states. Throws SQLite::Exception.
Result<void> Segment::check_heads() {
  SQLite::Statement tail(database_->connection,
                         "SELECT chain, sequence, hash FROM entries ORDER BY position DESC LIMIT ?");
  tail.bind(1, number(kCheckedAtStart));
  std::set<std::int64_t> seen;
  while (tail.executeStep()) {
    const std::int64_t chain = tail.getColumn(0).getInt64();
    if (!seen.insert(chain).second) continue;
    const auto head = std::ranges::find(chains_, chain, &StoredChain::number);
    const auto sequence = static_cast<Sequence>(tail.getColumn(1).getInt64());
    if (head == chains_.end() || head->state.last != sequence || digest(tail.getColumn(2)) != head->state.hash) {
      return fail(ErrorKind::kDamaged, file_.path.string() + ": its newest entries and the head of chain " +
                                           std::to_string(chain) + " disagree; exhaustctl ledger verify tells more");
    }
  }
  for (const auto& chain : chains_) {
    if (chain.state.last > chain.before_sequence && newest_ < first_) {
      return fail(ErrorKind::kDamaged, file_.path.string() + ": its entries are missing");
    }
  }
  return {};
}

Result<void> Segment::write(const Group& group) {
  auto& connection = database_->connection;
  const auto newest = newest_;
  const auto newest_chain = newest_chain_;
  const auto latest_us = latest_us_;
  try {
    connection.exec("BEGIN IMMEDIATE");
    for (const auto& [key, chain] : group.changed()) {
      if (chain.number > group.committed().last_number) {
        insert(chain);
        continue;
      }
      auto& update = database_->statements->update_chain;
      const Rewound rewound(update);
      update.bind(1, number(chain.state.last));
      bind_blob(update, 2, chain.state.hash);
      update.bind(3, chain.state.last_wall_time_us);
      update.bind(4, number(chain.state.passages));
      update.bind(5, number(chain.state.rejected));
      update.bind(6, marks_text(chain.marks));
      update.bind(7, chain.number);
      update.exec();
    }
    for (const auto& row : group.rows()) insert(row);
    connection.exec("COMMIT");
  } catch (const SQLite::Exception& exception) {
    if (is_io_error(exception)) durability_doubtful(file_.path, exception);
    // After a full disk the library may have rolled back by itself.
    if (sqlite3_get_autocommit(connection.getHandle()) == 0) connection.tryExec("ROLLBACK");
    newest_ = newest;
    newest_chain_ = newest_chain;
    latest_us_ = latest_us;
    return std::unexpected(to_error("cannot append to " + file_.path.string(), exception));
  }
  for (const auto& [key, chain] : group.changed()) headers_.try_emplace(chain.number, chain.state.header);
  return {};
}

Result<void> Segment::add_chain(const StoredChain& chain) {
  try {
    insert(chain);
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot write " + file_.path.string(), exception));
  }
  headers_.try_emplace(chain.number, chain.state.header);
  return {};
}

void Segment::insert(const StoredChain& chain) {
  auto& put = database_->statements->insert_chain;
  const Rewound rewound(put);
  const ChainHeader& header = *chain.state.header;
  put.bind(1, chain.number);
  put.bindNoCopy(2, header.key.station_id);
  bind_blob(put, 3, header.key.ledger_id);
  put.bind(4, static_cast<int>(header.format));
  put.bind(5, static_cast<int>(header.algorithm));
  put.bind(6, header.simulated ? 1 : 0);
  put.bind(7, chain.state.own ? 1 : 0);
  put.bind(8, number(chain.before_sequence));
  bind_blob(put, 9, chain.before_hash);
  put.bind(10, number(chain.state.last));
  bind_blob(put, 11, chain.state.hash);
  put.bind(12, chain.state.last_wall_time_us);
  put.bind(13, number(chain.state.passages));
  put.bind(14, number(chain.state.rejected));
  put.bind(15, marks_text(chain.marks));
  put.exec();
}

void Segment::insert(const Group::Row& row) {
  const Entry& entry = *row.entry;
  {
    auto& put = database_->statements->insert_entry;
    const Rewound rewound(put);
    put.bind(1, number(entry.position));
    put.bind(2, row.chain);
    put.bind(3, number(entry.sequence));
    put.bind(4, entry.wall_time_us);
    put.bind(5, static_cast<std::int64_t>(entry.kind));
    if (entry.payload) {
      bind_blob(put, 6, as_bytes(*entry.payload));
      put.bind(7);
    } else {
      put.bind(6);
      bind_blob(put, 7, entry.leaf);
    }
    bind_blob(put, 8, entry.hash);
    put.bind(9, row.rejected ? 1 : 0);
    put.exec();
  }
  if (row.chain != newest_chain_) {
    auto& put = database_->statements->insert_stretch;
    const Rewound rewound(put);
    put.bind(1, row.chain);
    put.bind(2, number(entry.sequence));
    put.bind(3, number(entry.position));
    put.exec();
  }
  newest_ = entry.position;
  newest_chain_ = row.chain;
  latest_us_ = std::max(latest_us_.value_or(entry.wall_time_us), entry.wall_time_us);
  if (entry.position % kTimesStep == 0) {
    auto& put = database_->statements->insert_time;
    const Rewound rewound(put);
    put.bind(1, *latest_us_);
    put.bind(2, number(entry.position));
    put.exec();
  }
}

void Segment::tidy() {
  if (database_->log_pages < kTidyPages) return;
  auto* handle = database_->connection.getHandle();
  const int code = sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if ((code & 0xff) == SQLITE_IOERR) durability_doubtful(file_.path, SQLite::Exception(handle));
  if (code == SQLITE_OK) {
    database_->log_pages = 0;
    database_->tidy_failed = false;
  } else if (!std::exchange(database_->tidy_failed, true)) {
    // Tried again after the next commit; until then the log grows.
    log::warning("ledger log not moved into its file", {{"FILE", file_.path.string()}, {"ERROR", sqlite3_errmsg(handle)}});
  }
}

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
        return fail(ErrorKind::kDamaged, "position " + std::to_string(position) + " of " + file_.path.string() + ": " + what);
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
      position = static_cast<Position>(query.getColumn(1).getInt64() + number(sequence) - query.getColumn(0).getInt64());
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
