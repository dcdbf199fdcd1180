#include "daemon/ledger/sqlite/segment.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <stdexcept>

namespace exhaust::ledger {

namespace {

constexpr const char* kTables = R"(
CREATE TABLE chains (
  chain INTEGER PRIMARY KEY,
  station_id TEXT NOT NULL, ledger_id BLOB NOT NULL, format INTEGER NOT NULL, algorithm INTEGER NOT NULL,
  simulated INTEGER NOT NULL, own INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL, last_hash BLOB NOT NULL, last_wall_time_us INTEGER NOT NULL,
  passages INTEGER NOT NULL, rejected INTEGER NOT NULL,
  UNIQUE (station_id, ledger_id)) STRICT;
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL, sequence INTEGER NOT NULL, wall_time_us INTEGER NOT NULL, kind INTEGER NOT NULL,
  payload BLOB, leaf BLOB, hash BLOB NOT NULL, rejected INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX entries_by_sequence ON entries (chain, sequence);
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)";

constexpr const char* kEntryColumns = "position, chain, sequence, wall_time_us, kind, payload, leaf, hash, rejected";

void bind_digest(SQLite::Statement& statement, int at, const Digest& digest) {
  statement.bind(at, digest.data(), static_cast<int>(digest.size()));
}

std::string text_of(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

}  // namespace

Digest digest_column(const SQLite::Column& column) {
  Digest digest{};
  if (column.getBytes() != static_cast<int>(digest.size())) throw std::runtime_error("a hash that is not 32 bytes long");
  std::memcpy(digest.data(), column.getBlob(), digest.size());
  return digest;
}

ChainHeader header_columns(SQLite::Statement& row, int first) {
  ChainHeader header;
  header.key.station_id = row.getColumn(first).getString();
  const auto id = row.getColumn(first + 1);
  if (id.getBytes() != static_cast<int>(header.key.ledger_id.size())) throw std::runtime_error("a ledger id that is not 16 bytes long");
  std::memcpy(header.key.ledger_id.data(), id.getBlob(), header.key.ledger_id.size());
  header.format = static_cast<std::uint8_t>(row.getColumn(first + 2).getInt());
  header.algorithm = static_cast<HashAlgorithm>(row.getColumn(first + 3).getInt());
  header.simulated = row.getColumn(first + 4).getInt() != 0;
  return header;
}

std::filesystem::path Segment::path_in(const std::filesystem::path& folder, Position first) {
  char name[64];
  std::snprintf(name, sizeof name, "segment-%020llu.sqlite", static_cast<unsigned long long>(first));
  return folder / name;
}

std::vector<std::filesystem::path> Segment::all_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    const auto name = item.path().filename().string();
    if (name.starts_with("segment-") && name.ends_with(".sqlite")) files.push_back(item.path());
  }
  std::ranges::sort(files);
  return files;
}

Segment::Segment(const std::filesystem::path& file)
    : database_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX) {
  // Exclusive first: no shared memory, and no second connection (stack of SQLite 3.40: WAL-reset bug needs two).
  database_.exec("PRAGMA locking_mode = EXCLUSIVE");
  const int format = database_.execAndGet("PRAGMA user_version").getInt();
  if (format > kFormat) {
    throw std::runtime_error("its format " + std::to_string(format) + " is newer than this program's " + std::to_string(kFormat));
  }
  database_.exec("PRAGMA journal_mode = WAL");
  database_.exec("PRAGMA synchronous = FULL");
  database_.exec("PRAGMA journal_size_limit = 16777216");
  database_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  if (format == 0) {
    SQLite::Transaction making(database_);
    database_.exec(kTables);
    database_.exec("PRAGMA user_version = " + std::to_string(kFormat));
    making.commit();
  }
  insert_.emplace(database_, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  mark_.emplace(database_, "INSERT INTO marks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
  head_.emplace(database_, "UPDATE chains SET last_sequence = ?, last_hash = ?, last_wall_time_us = ?, passages = ?, rejected = ? WHERE chain = ?");
  read_.emplace(database_, std::string("SELECT ") + kEntryColumns + " FROM entries WHERE position >= ? ORDER BY position LIMIT ?");
  find_.emplace(database_, std::string("SELECT ") + kEntryColumns + " FROM entries WHERE chain = ? AND sequence = ?");
}

std::vector<Segment::Chain> Segment::chains() {
  std::vector<Chain> chains;
  SQLite::Statement rows(database_, "SELECT chain, station_id, ledger_id, format, algorithm, simulated, own, last_sequence, last_hash, "
                                    "last_wall_time_us, passages, rejected FROM chains ORDER BY chain");
  while (rows.executeStep()) {
    Chain chain;
    chain.number = rows.getColumn(0).getInt64();
    chain.state.header = std::make_shared<const ChainHeader>(header_columns(rows, 1));
    chain.state.own = rows.getColumn(6).getInt() != 0;
    chain.state.last = static_cast<Sequence>(rows.getColumn(7).getInt64());
    chain.state.hash = digest_column(rows.getColumn(8));
    chain.state.last_wall_time_us = rows.getColumn(9).getInt64();
    chain.state.passages = static_cast<std::uint64_t>(rows.getColumn(10).getInt64());
    chain.state.rejected = static_cast<std::uint64_t>(rows.getColumn(11).getInt64());
    chains.push_back(std::move(chain));
  }
  return chains;
}

Segment::Chain Segment::add_chain(const ChainHeader& header, bool own) {
  Chain chain;
  chain.state.header = std::make_shared<const ChainHeader>(header);
  chain.state.own = own;
  chain.state.hash = chain_start(header);
  SQLite::Statement insert(database_, "INSERT INTO chains VALUES (NULL, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0)");
  insert.bind(1, header.key.station_id);
  insert.bind(2, header.key.ledger_id.data(), static_cast<int>(header.key.ledger_id.size()));
  insert.bind(3, header.format);
  insert.bind(4, static_cast<int>(header.algorithm));
  insert.bind(5, header.simulated ? 1 : 0);
  insert.bind(6, own ? 1 : 0);
  bind_digest(insert, 7, chain.state.hash);
  insert.exec();
  chain.number = database_.getLastInsertRowid();
  return chain;
}

void Segment::save_head(const Chain& chain) {
  head_->reset();
  head_->bind(1, static_cast<std::int64_t>(chain.state.last));
  bind_digest(*head_, 2, chain.state.hash);
  head_->bind(3, chain.state.last_wall_time_us);
  head_->bind(4, static_cast<std::int64_t>(chain.state.passages));
  head_->bind(5, static_cast<std::int64_t>(chain.state.rejected));
  head_->bind(6, chain.number);
  head_->exec();
}

void Segment::insert(const Row& row) {
  insert_->reset();
  insert_->bind(1, static_cast<std::int64_t>(row.position));
  insert_->bind(2, row.chain);
  insert_->bind(3, static_cast<std::int64_t>(row.sequence));
  insert_->bind(4, row.wall_time_us);
  insert_->bind(5, static_cast<std::int64_t>(row.kind));
  if (row.payload != nullptr) {
    insert_->bindNoCopy(6, row.payload->data(), static_cast<int>(row.payload->size()));
    insert_->bind(7);
  } else {
    insert_->bind(6);
    bind_digest(*insert_, 7, row.leaf);
  }
  bind_digest(*insert_, 8, row.hash);
  insert_->bind(9, row.rejected ? 1 : 0);
  insert_->exec();
}

void Segment::put_mark(const std::string& name, const std::string& value) {
  mark_->reset();
  mark_->bind(1, name);
  mark_->bind(2, value);
  mark_->exec();
}

Marks Segment::marks() {
  Marks marks;
  SQLite::Statement rows(database_, "SELECT name, value FROM marks");
  while (rows.executeStep()) marks[rows.getColumn(0).getString()] = rows.getColumn(1).getString();
  return marks;
}

Position Segment::newest() { return static_cast<Position>(database_.execAndGet("SELECT coalesce(max(position), 0) FROM entries").getInt64()); }

std::uint64_t Segment::size_bytes() {
  const auto pages = database_.execAndGet("PRAGMA page_count").getInt64();
  return static_cast<std::uint64_t>(pages * database_.execAndGet("PRAGMA page_size").getInt64());
}

void Segment::roll_back() {
  for (auto* statement : {&*insert_, &*mark_, &*head_}) statement->tryReset();
  if (sqlite3_get_autocommit(database_.getHandle()) == 0) database_.exec("ROLLBACK");
}

EntryPtr Segment::entry_of(SQLite::Statement& row, const Headers& headers) {
  auto entry = std::make_shared<Entry>();
  entry->position = static_cast<Position>(row.getColumn(0).getInt64());
  entry->chain = headers.at(row.getColumn(1).getInt64());
  entry->sequence = static_cast<Sequence>(row.getColumn(2).getInt64());
  entry->wall_time_us = row.getColumn(3).getInt64();
  entry->kind = static_cast<std::uint32_t>(row.getColumn(4).getInt64());
  if (!row.getColumn(5).isNull()) {
    entry->payload = text_of(row.getColumn(5));
    entry->leaf = leaf_of(entry->chain->algorithm, as_bytes(*entry->payload));
  } else {
    entry->leaf = digest_column(row.getColumn(6));
  }
  entry->hash = digest_column(row.getColumn(7));
  return entry;
}

Entries Segment::read(const Headers& headers, Position from, std::size_t limit, std::size_t max_bytes) {
  Entries entries;
  std::size_t bytes = 0;
  read_->reset();
  read_->bind(1, static_cast<std::int64_t>(from));
  read_->bind(2, static_cast<std::int64_t>(limit));
  while (bytes < max_bytes && read_->executeStep()) {
    entries.push_back(entry_of(*read_, headers));
    if (entries.back()->payload) bytes += entries.back()->payload->size();
  }
  read_->reset();
  return entries;
}

Entries Segment::find(const Headers& headers, ChainNumber chain, Sequence sequence) {
  Entries entries;
  find_->reset();
  find_->bind(1, chain);
  find_->bind(2, static_cast<std::int64_t>(sequence));
  if (find_->executeStep()) entries.push_back(entry_of(*find_, headers));
  find_->reset();
  return entries;
}

Entries Segment::find_time(const Headers& headers, std::int64_t wall_time_us) {
  // A scan: wall times may step back, so no order can be relied upon. The time index is a projection of its own.
  SQLite::Statement rows(database_, std::string("SELECT ") + kEntryColumns + " FROM entries WHERE wall_time_us >= ? ORDER BY position LIMIT 1");
  rows.bind(1, wall_time_us);
  Entries entries;
  if (rows.executeStep()) entries.push_back(entry_of(rows, headers));
  return entries;
}

}  // namespace exhaust::ledger
