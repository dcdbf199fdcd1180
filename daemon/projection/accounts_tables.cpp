// The accounts' file: its tables, what is kept of them in memory, and how they are read.
#include <sqlite3.h>

#include <algorithm>

#include "daemon/projection/accounts_store.hpp"

namespace exhaust::projection {

namespace {

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS station(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE IF NOT EXISTS chain(id INTEGER PRIMARY KEY, station INTEGER NOT NULL, ledger BLOB NOT NULL, last INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS lane(chain INTEGER NOT NULL, lane INTEGER NOT NULL, line TEXT NOT NULL, counting INTEGER NOT NULL,"
    " last INTEGER NOT NULL, at_us INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY(chain, lane)) STRICT, WITHOUT ROWID;"
    // By station: a ledger that was begun anew goes on in the same hours.
    "CREATE TABLE IF NOT EXISTS hour(station INTEGER NOT NULL, lane INTEGER NOT NULL, hour INTEGER NOT NULL,"
    " triggered INTEGER NOT NULL, passages INTEGER NOT NULL, missed INTEGER NOT NULL, valid INTEGER NOT NULL, flagged INTEGER NOT NULL,"
    " failed INTEGER NOT NULL, not_judged INTEGER NOT NULL, plate_read INTEGER NOT NULL, audits INTEGER NOT NULL, unread INTEGER NOT NULL,"
    " unnumbered INTEGER NOT NULL, restarts INTEGER NOT NULL, gap_us INTEGER NOT NULL,"
    " PRIMARY KEY(station, lane, hour)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS invalid(station INTEGER NOT NULL, lane INTEGER NOT NULL, hour INTEGER NOT NULL, reason INTEGER NOT NULL,"
    " count INTEGER NOT NULL, PRIMARY KEY(station, lane, hour, reason)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS absent(chain INTEGER NOT NULL, kind INTEGER NOT NULL, sequence INTEGER NOT NULL, wall_us INTEGER NOT NULL,"
    " PRIMARY KEY(chain, kind, sequence)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS stretch(station INTEGER NOT NULL, lane INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL,"
    " PRIMARY KEY(station, lane, to_us, from_us)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS remark(id INTEGER PRIMARY KEY, chain INTEGER NOT NULL, station INTEGER NOT NULL, lane INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " after INTEGER NOT NULL, sequence INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX IF NOT EXISTS remark_of ON remark(chain, lane, kind);";

constexpr const char* kAddHour =
    "INSERT INTO hour VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
    " triggered = triggered + excluded.triggered, passages = passages + excluded.passages, missed = missed + excluded.missed,"
    " valid = valid + excluded.valid, flagged = flagged + excluded.flagged, failed = failed + excluded.failed,"
    " not_judged = not_judged + excluded.not_judged, plate_read = plate_read + excluded.plate_read, audits = audits + excluded.audits,"
    " unread = unread + excluded.unread, unnumbered = unnumbered + excluded.unnumbered, restarts = restarts + excluded.restarts,"
    " gap_us = gap_us + excluded.gap_us";

template <class... Values>
void execute(SQLite::Statement& statement, const Values&... values) {
  int index = 0;
  (statement.bind(++index, values), ...);
  statement.exec();
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

void AccountsStore::open(SQLite::Database& database) {
  database_ = &database;
  database.exec(kTables);
  SQLite::Statement stations(database, "SELECT id, name FROM station");
  std::map<std::int64_t, std::string> names;
  while (stations.executeStep()) {
    names[stations.getColumn(0).getInt64()] = stations.getColumn(1).getString();
    stations_[stations.getColumn(1).getString()] = stations.getColumn(0).getInt64();
  }
  SQLite::Statement chains(database, "SELECT id, station, ledger, last FROM chain");
  while (chains.executeStep()) {
    ledger::ChainKey key{names.at(chains.getColumn(1).getInt64()), {}};
    const auto ledger = chains.getColumn(2);
    const auto* bytes = static_cast<const std::uint8_t*>(ledger.getBlob());
    std::copy_n(bytes, std::min<std::size_t>(static_cast<std::size_t>(ledger.getBytes()), key.ledger_id.size()), key.ledger_id.begin());
    chains_[key] = {chains.getColumn(0).getInt64(), chains.getColumn(1).getInt64(), static_cast<Sequence>(chains.getColumn(3).getInt64())};
  }
  SQLite::Statement lanes(database, "SELECT chain, lane, line, counting, last, at_us, sequence FROM lane");
  while (lanes.executeStep()) {
    auto& lane = lanes_[{lanes.getColumn(0).getInt64(), lanes.getColumn(1).getUInt()}];
    lane.line = lanes.getColumn(2).getString();
    lane.number = {lanes.getColumn(3).getInt() != 0, static_cast<std::uint64_t>(lanes.getColumn(4).getInt64())};
    lane.at_us = lanes.getColumn(5).getInt64();
    lane.sequence = static_cast<Sequence>(lanes.getColumn(6).getInt64());
  }
}

void AccountsStore::close() {
  statements_.clear();
  stations_.clear();
  chains_.clear();
  lanes_.clear();
  changes_.clear();
  touched_lanes_.clear();
  touched_chains_.clear();
  database_ = nullptr;
}

/// Ready to be bound.
SQLite::Statement& AccountsStore::prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<SQLite::Statement>(*database_, sql);
  statement->reset();
  return *statement;
}

std::int64_t AccountsStore::station_of(const std::string& name) {
  if (const auto known = stations_.find(name); known != stations_.end()) return known->second;
  execute(prepared("INSERT INTO station(name) VALUES(?)"), name);
  return stations_[name] = database_->getLastInsertRowid();
}

AccountsStore::Chain& AccountsStore::chain_of(const ledger::ChainKey& key) {
  if (const auto known = chains_.find(key); known != chains_.end()) return known->second;
  Chain chain{0, station_of(key.station_id), 0};
  auto& insert = prepared("INSERT INTO chain(station, ledger, last) VALUES(?, ?, 0)");
  insert.bind(1, chain.station);
  insert.bind(2, key.ledger_id.data(), static_cast<int>(key.ledger_id.size()));
  insert.exec();
  chain.id = database_->getLastInsertRowid();
  return chains_[key] = chain;
}

void AccountsStore::end_batch() {
  for (const auto& [key, change] : changes_) {
    const auto& [station, lane, hour] = key;
    execute(prepared(kAddHour), station, static_cast<std::int64_t>(lane), hour, change.triggered, change.passages, change.missed, change.valid,
            change.flagged, change.failed, change.not_judged, change.plate_read, change.audits, change.unread, change.unnumbered,
            change.restarts, change.gap_us);
    for (const auto& [reason, count] : change.invalid) {
      execute(prepared("INSERT INTO invalid VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"), station,
              static_cast<std::int64_t>(lane), hour, std::int64_t{reason}, count);
    }
  }
  changes_.clear();
  for (const auto& key : touched_lanes_) {
    const auto& lane = lanes_.at(key);
    execute(prepared("INSERT OR REPLACE INTO lane VALUES(?, ?, ?, ?, ?, ?, ?)"), key.first, static_cast<std::int64_t>(key.second), lane.line,
            std::int64_t{lane.number.counting}, number(lane.number.last), lane.at_us, number(lane.sequence));
  }
  touched_lanes_.clear();
  for (const auto& key : touched_chains_) {
    const auto& chain = chains_.at(key);
    execute(prepared("UPDATE chain SET last = ? WHERE id = ?"), number(chain.last), chain.id);
  }
  touched_chains_.clear();
  // A query that was not read to its end would keep the write-ahead log from being used again.
  for (auto& [sql, statement] : statements_) statement->reset();
}

AccountsRows AccountsStore::rows(const AccountsFilter& filter) {
  AccountsRows rows;
  const auto with = [&](SQLite::Statement& query) -> SQLite::Statement& {
    query.bind(1, filter.from);
    query.bind(2, filter.until);
    query.bind(3, filter.station);
    return query;
  };
  std::map<std::pair<std::string, Lane>, std::string> lines;
  std::map<std::pair<std::string, Lane>, std::int64_t> heard;
  auto& lane = prepared("SELECT s.name, l.lane, l.line, l.at_us FROM lane l JOIN chain c ON c.id = l.chain JOIN station s ON s.id = c.station ORDER BY c.id");
  while (lane.executeStep()) {
    const std::pair key{lane.getColumn(0).getString(), lane.getColumn(1).getUInt()};
    if (auto line = lane.getColumn(2).getString(); !line.empty()) lines[key] = std::move(line);
    auto& latest = heard[key];
    latest = std::max(latest, lane.getColumn(3).getInt64());
  }

  auto& hours = with(prepared("SELECT s.name, h.* FROM hour h JOIN station s ON s.id = h.station "
                              "WHERE h.hour >= ? AND h.hour < ? AND ?3 IN ('', s.name) ORDER BY s.name, h.lane, h.hour"));
  while (hours.executeStep()) {
    auto& row = rows.hours.emplace_back();
    row.station = hours.getColumn(0).getString();
    row.lane = hours.getColumn(2).getUInt();
    row.hour = hours.getColumn(3).getInt64();
    row.line = lines[{row.station, row.lane}];
    int column = 4;
    auto& counts = row.counts;
    for (auto* count : {&counts.triggered, &counts.passages, &counts.missed, &counts.valid, &counts.flagged, &counts.failed, &counts.not_judged,
                        &counts.plate_read, &counts.audits, &counts.unread, &counts.unnumbered, &counts.restarts, &counts.gap_us}) {
      *count = hours.getColumn(column++).getInt64();
    }
  }
  auto& invalid = with(prepared("SELECT s.name, i.lane, i.hour, i.reason, i.count FROM invalid i JOIN station s ON s.id = i.station "
                                "WHERE i.hour >= ? AND i.hour < ? AND ?3 IN ('', s.name) ORDER BY s.name, i.lane, i.hour, i.reason"));
  auto row = rows.hours.begin();
  while (invalid.executeStep()) {
    const auto station = invalid.getColumn(0).getString();
    const std::tuple key{station, invalid.getColumn(1).getUInt(), invalid.getColumn(2).getInt64()};
    while (std::tie(row->station, row->lane, row->hour) < key) ++row;  // each has its hour
    row->counts.invalid[invalid.getColumn(3).getInt()] = invalid.getColumn(4).getInt64();
  }

  // What cannot be known may begin in one hour and end in another.
  auto& remarks = prepared("SELECT r.kind, s.name, r.lane, r.hour, r.count, r.first, r.last, r.after, r.sequence, r.from_us, r.to_us "
                           "FROM remark r JOIN station s ON s.id = r.station WHERE ?3 IN ('', s.name) AND "
                           "((r.hour >= ?1 AND r.hour < ?2) OR (r.kind >= 4 AND r.to_us > ?4 AND r.from_us < ?5)) ORDER BY s.name, r.lane, r.hour, r.id");
  with(remarks);
  remarks.bind(4, filter.from * kHour_us);
  remarks.bind(5, filter.until * kHour_us);
  while (remarks.executeStep()) {
    Remark remark;
    remark.kind = static_cast<Remark::Kind>(remarks.getColumn(0).getInt());
    remark.station = remarks.getColumn(1).getString();
    remark.lane = remarks.getColumn(2).getUInt();
    remark.hour = remarks.getColumn(3).getInt64();
    remark.count = static_cast<std::uint64_t>(remarks.getColumn(4).getInt64());
    remark.first = static_cast<std::uint64_t>(remarks.getColumn(5).getInt64());
    remark.last = static_cast<std::uint64_t>(remarks.getColumn(6).getInt64());
    remark.after = static_cast<Sequence>(remarks.getColumn(7).getInt64());
    remark.sequence = static_cast<Sequence>(remarks.getColumn(8).getInt64());
    remark.from_us = remarks.getColumn(9).getInt64();
    remark.to_us = remarks.getColumn(10).getInt64();
    // The gate's count has told since.
    if (remark.kind == Remark::Kind::kGateDown && heard[{remark.station, remark.lane}] >= remark.to_us) continue;
    rows.remarks.push_back(std::move(remark));
  }

  auto& absent = prepared("SELECT s.name, sum(a.kind = 0), sum(a.kind = 1) FROM absent a JOIN chain c ON c.id = a.chain "
                          "JOIN station s ON s.id = c.station WHERE ? IN ('', s.name) GROUP BY s.name");
  absent.bind(1, filter.station);
  while (absent.executeStep()) {
    rows.unclaimed.push_back({absent.getColumn(0).getString(), static_cast<std::uint64_t>(absent.getColumn(1).getInt64()),
                              static_cast<std::uint64_t>(absent.getColumn(2).getInt64())});
  }
  for (auto& [sql, statement] : statements_) statement->reset();
  return rows;
}

}  // namespace exhaust::projection
