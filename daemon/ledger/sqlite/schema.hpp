#pragma once

/// The tables of one segment, as docs/ledger-format.md explains them.
namespace exhaust::ledger {

/// meta.format. A reader refuses what is newer than it knows, and leaves it untouched.
inline constexpr int kSegmentFormat = 1;

inline constexpr const char* kSchema = R"sql(
CREATE TABLE meta(
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chains(
  chain             INTEGER PRIMARY KEY,
  station_id        TEXT NOT NULL,
  ledger_id         BLOB NOT NULL,
  format            INTEGER NOT NULL,
  algorithm         INTEGER NOT NULL,
  simulated         INTEGER NOT NULL,
  own               INTEGER NOT NULL,
  before_sequence   INTEGER NOT NULL,  -- where the chain stood when this segment began
  before_hash       BLOB NOT NULL,
  last_sequence     INTEGER NOT NULL,  -- where it stands now; counts are of the whole chain
  last_hash         BLOB NOT NULL,
  last_wall_time_us INTEGER NOT NULL,
  passages          INTEGER NOT NULL,
  rejected          INTEGER NOT NULL,
  marks             TEXT NOT NULL,     -- in the row that changes anyway: a page less to write per commit
  UNIQUE(station_id, ledger_id)
) STRICT;

CREATE TABLE entries(
  position     INTEGER PRIMARY KEY,
  chain        INTEGER NOT NULL,
  sequence     INTEGER NOT NULL,
  wall_time_us INTEGER NOT NULL,
  kind         INTEGER NOT NULL,
  payload      BLOB,                   -- NULL: withheld or rejected
  leaf         BLOB,                   -- only where payload is NULL
  hash         BLOB NOT NULL,
  rejected     INTEGER NOT NULL
) STRICT;

-- A chain's entries that lie next to each other: from here on position - sequence is constant, until the chain's next
-- stretch. One row per run instead of an index row per entry.
CREATE TABLE stretches(
  chain          INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  first_position INTEGER NOT NULL,
  PRIMARY KEY(chain, first_sequence)
) STRICT, WITHOUT ROWID;

-- The latest wall time up to a position, for every 256th position: monotone although clocks step back.
CREATE TABLE times(
  latest_us INTEGER NOT NULL,
  position  INTEGER NOT NULL,
  PRIMARY KEY(latest_us, position)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace exhaust::ledger
