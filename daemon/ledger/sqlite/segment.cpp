#include "daemon/ledger/sqlite/segment.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>
#include <utility>

#include "daemon/core/log.hpp"
#include "daemon/ledger/sqlite/schema.hpp"
#include "daemon/ledger/sqlite/segment_database.hpp"

namespace exhaust::ledger {

namespace {

/// The log is moved into the file at this many pages of 4 KiB: 16 MiB. Pages that change at every commit are then
/// written to their own place once in thousands of commits.
constexpr int kTidyPages = 4096;
constexpr Position kTimesStep = 256;
/// So many of the newest entries are compared with the heads of their chains at start.
constexpr Position kCheckedAtStart = 512;

[[noreturn]] void durability_doubtful(const std::filesystem::path& path, const SQLite::Exception& exception) {
  log::error("ledger write failed, ending", {{"FILE", path.string()}, {"ERROR", exception.what()}});
  std::_Exit(74);
}

}  // namespace

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
  SQLite::Statement best(connection,
                         "SELECT latest_us, position FROM times ORDER BY latest_us DESC, position DESC LIMIT 1");
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
    log::warning("ledger log not moved into its file",
                 {{"FILE", file_.path.string()}, {"ERROR", sqlite3_errmsg(handle)}});
  }
}

}  // namespace exhaust::ledger
