#pragma once

#include <sqlite3.h>

#include <optional>
#include <string>

#include "daemon/ledger/sqlite/segment.hpp"
#include "daemon/ledger/sqlite/sqlite_help.hpp"

namespace exhaust::ledger {

/// SQLite's integers are signed; sequences and positions stay below 2^63.
inline std::int64_t number(Sequence sequence) { return static_cast<std::int64_t>(sequence); }

/// The open segment's connection and its statements. Internal to segment*.cpp.
struct Segment::Database {
  explicit Database(const std::filesystem::path& path)
      : connection(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX) {
    connection.exec(
        "PRAGMA locking_mode = EXCLUSIVE;"  // first: no shared memory, nobody else in
        "PRAGMA synchronous = FULL;"        // a commit survives a power cut
        "PRAGMA journal_size_limit = 67108864;"
        "PRAGMA wal_autocheckpoint = 0;"  // `tidy` does it
        "PRAGMA cache_size = -8192;"
        "PRAGMA trusted_schema = OFF;");
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
          select_entry(db,
                       "SELECT position, chain, sequence, wall_time_us, kind, payload, leaf, hash FROM entries "
                       "WHERE position >= ? ORDER BY position"),
          select_stretch(db,
                         "SELECT first_sequence, first_position FROM stretches WHERE chain = ? AND first_sequence <= ? "
                         "ORDER BY first_sequence DESC LIMIT 1"),
          select_time(db,
                      "SELECT position FROM times WHERE latest_us < ? ORDER BY latest_us DESC, position DESC LIMIT 1"),
          scan_time(db,
                    "SELECT position FROM entries WHERE position > ? AND wall_time_us >= ? ORDER BY position LIMIT 1") {
    }
    SQLite::Statement insert_entry, insert_stretch, insert_time, insert_chain, update_chain;
    SQLite::Statement select_entry, select_stretch, select_time, scan_time;
  };

  SQLite::Database connection;
  std::optional<Statements> statements;  // once there are tables
  int log_pages = 0;
  bool tidy_failed = false;  // said once
};

}  // namespace exhaust::ledger
