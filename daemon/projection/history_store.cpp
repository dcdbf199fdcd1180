#include "daemon/projection/history_store.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "daemon/records/records.hpp"
#include "daemon/sqlite/sqlite.hpp"

namespace exhaust::projection {

namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE IF NOT EXISTS chains(
  chain      INTEGER PRIMARY KEY,
  station_id TEXT NOT NULL,
  ledger_id  BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS colors(
  color INTEGER PRIMARY KEY,
  word  TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS exceedances(
  plate TEXT NOT NULL, color INTEGER NOT NULL, detected_us INTEGER NOT NULL, chain INTEGER NOT NULL, sequence INTEGER NOT NULL,
  lane INTEGER NOT NULL, rule INTEGER NOT NULL, passed INTEGER NOT NULL,
  record_number TEXT NOT NULL, exceeded BLOB NOT NULL,
  PRIMARY KEY(plate, color, detected_us, chain, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS exceedances_by_entry ON exceedances(chain, sequence);
CREATE TABLE IF NOT EXISTS runs(
  run INTEGER PRIMARY KEY, passes INTEGER NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS reviews(
  chain INTEGER NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL, by_chain INTEGER NOT NULL, by_sequence INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  PRIMARY KEY(chain, sequence, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS amendments(
  chain INTEGER NOT NULL, sequence INTEGER NOT NULL, said_us INTEGER NOT NULL,
  lane INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL,
  PRIMARY KEY(chain, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS determinations(
  station TEXT NOT NULL, id BLOB NOT NULL, plate TEXT NOT NULL, color INTEGER NOT NULL,
  chain INTEGER NOT NULL, sequence INTEGER NOT NULL, said_us INTEGER NOT NULL, body BLOB NOT NULL,
  withdrawn_chain INTEGER, withdrawn_sequence INTEGER, withdrawn_us INTEGER, withdrawal BLOB,
  PRIMARY KEY(station, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS determinations_by_vehicle ON determinations(plate, color);
CREATE INDEX IF NOT EXISTS determinations_by_time ON determinations(said_us);
CREATE TABLE IF NOT EXISTS due(
  plate TEXT NOT NULL, color INTEGER NOT NULL, PRIMARY KEY(plate, color)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts(
  name TEXT PRIMARY KEY, count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

std::string passes_table(std::int64_t run) { return "passes_" + std::to_string(run); }

void bind_blob(SQLite::Statement& statement, int index, std::string_view bytes) {
  statement.bind(index, bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()));
}

std::string blob(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

WallTime wall(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

}  // namespace

std::pair<std::size_t, std::size_t> HistoryStore::Filter::places(const VehicleRow& vehicle) {
  const auto hash = std::hash<std::string>{}(vehicle.plate) + static_cast<std::size_t>(vehicle.color) * 0x9e3779b97f4a7c15u;
  return {hash % kBits, (hash >> 32) % kBits};
}

void HistoryStore::Filter::add(const VehicleRow& vehicle) {
  const auto [one, other] = places(vehicle);
  bits_[one] = bits_[other] = true;
}

bool HistoryStore::Filter::may_hold(const VehicleRow& vehicle) const {
  const auto [one, other] = places(vehicle);
  return bits_[one] && bits_[other];
}

HistoryStore::HistoryStore(SQLite::Database& database, std::span<const Rule> rules, std::size_t run)
    : database_(database), rules_(rules), run_rows_(static_cast<std::int64_t>(run)) {
  database_.exec(kTables);
  load();
}

void HistoryStore::load() {
  SQLite::Statement chains(database_, "SELECT chain, station_id, ledger_id FROM chains");
  while (chains.executeStep()) {
    const auto id = records::ledger_id_from_bytes(blob(chains.getColumn(2)));
    const ledger::ChainKey key{chains.getColumn(1).getString(), id ? *id : LedgerId{}};
    chain_numbers_[key] = chains.getColumn(0).getInt64();
    chains_[chains.getColumn(0).getInt64()] = key;
  }
  SQLite::Statement colors(database_, "SELECT color, word FROM colors");
  while (colors.executeStep()) {
    color_numbers_[colors.getColumn(1).getString()] = colors.getColumn(0).getInt64();
    colors_[colors.getColumn(0).getInt64()] = colors.getColumn(1).getString();
  }
  SQLite::Statement runs(database_, "SELECT run, passes, first_us, last_us FROM runs ORDER BY run");
  while (runs.executeStep()) {
    runs_.push_back({runs.getColumn(0).getInt64(), runs.getColumn(1).getInt64(), runs.getColumn(2).getInt64(),
                     runs.getColumn(3).getInt64(), runs.getColumn(1).getInt64(), nullptr, nullptr});
  }
  SQLite::Statement exceeded(database_, "SELECT DISTINCT plate, color FROM exceedances");
  while (exceeded.executeStep()) exceeded_.add({exceeded.getColumn(0).getString(), exceeded.getColumn(1).getInt64()});
  SQLite::Statement amendments(database_, "SELECT chain, sequence, said_us, lane, from_us, to_us FROM amendments");
  while (amendments.executeStep()) {
    const auto key = entry(amendments.getColumn(0).getInt64(), amendments.getColumn(1).getInt64());
    amendments_[{key.chain, amendments.getColumn(3).getUInt()}].push_back(
        {amendments.getColumn(4).getInt64(), amendments.getColumn(5).getInt64(), amendments.getColumn(2).getInt64(), key});
  }
  SQLite::Statement counts(database_, "SELECT name, count FROM counts");
  while (counts.executeStep()) counts_[counts.getColumn(0).getString()] = static_cast<std::uint64_t>(counts.getColumn(1).getInt64());
  saved_counts_ = counts_;
  made_ = static_cast<std::uint64_t>(database_.execAndGet("SELECT count(*) FROM determinations").getInt64());
  withdrawn_ = static_cast<std::uint64_t>(
      database_.execAndGet("SELECT count(*) FROM determinations WHERE withdrawal IS NOT NULL").getInt64());
  due_count_ = database_.execAndGet("SELECT count(*) FROM due").getInt64();
}

SQLite::Statement& HistoryStore::prepared(const char* sql) {
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<SQLite::Statement>(database_, sql);
  return *statement;
}

std::int64_t HistoryStore::chain(const ledger::ChainKey& key) {
  if (const auto known = chain_numbers_.find(key); known != chain_numbers_.end()) return known->second;
  const auto number = static_cast<std::int64_t>(chains_.size()) + 1;
  Rewound insert(prepared("INSERT INTO chains(chain, station_id, ledger_id) VALUES(?, ?, ?)"));
  insert->bind(1, number);
  insert->bind(2, key.station_id);
  insert->bind(3, key.ledger_id.data(), static_cast<int>(key.ledger_id.size()));
  insert->exec();
  chain_numbers_[key] = number;
  chains_[number] = key;
  return number;
}

std::int64_t HistoryStore::color(const std::string& word) {
  if (const auto known = color_numbers_.find(word); known != color_numbers_.end()) return known->second;
  const auto number = static_cast<std::int64_t>(colors_.size()) + 1;
  Rewound insert(prepared("INSERT INTO colors(color, word) VALUES(?, ?)"));
  insert->bind(1, number);
  insert->bind(2, word);
  insert->exec();
  color_numbers_[word] = number;
  colors_[number] = word;
  return number;
}

Vehicle HistoryStore::vehicle(const VehicleRow& row) const {
  const auto word = colors_.find(row.color);
  return {row.plate, word == colors_.end() ? std::string() : word->second};
}

EntryKey HistoryStore::entry(std::int64_t chain, std::int64_t sequence) const {
  const auto key = chains_.find(chain);
  return {key == chains_.end() ? ledger::ChainKey{} : key->second, static_cast<Sequence>(sequence)};
}

HistoryStore::Run& HistoryStore::young() {
  if (runs_.empty() || runs_.back().rows >= run_rows_) {
    if (!runs_.empty()) runs_.back().insert.reset();
    Run run;
    run.number = runs_.empty() ? 1 : runs_.back().number + 1;
    database_.exec("CREATE TABLE " + passes_table(run.number) +
                   "(plate TEXT NOT NULL, color INTEGER NOT NULL, detected_us INTEGER NOT NULL, chain INTEGER NOT NULL,"
                   " sequence INTEGER NOT NULL, lane INTEGER NOT NULL, rule INTEGER NOT NULL, passed INTEGER NOT NULL,"
                   " PRIMARY KEY(plate, color, detected_us, chain, sequence)) STRICT, WITHOUT ROWID");
    runs_.push_back(std::move(run));
  }
  auto& run = runs_.back();
  if (!run.insert) {
    run.insert = std::make_unique<SQLite::Statement>(
        database_, "INSERT OR IGNORE INTO " + passes_table(run.number) +
                       "(plate, color, detected_us, chain, sequence, lane, rule, passed) VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  }
  return run;
}

SQLite::Statement& HistoryStore::query_of(Run& run) {
  if (!run.query) {
    run.query = std::make_unique<SQLite::Statement>(
        database_, "SELECT detected_us, chain, sequence, lane, rule, passed FROM " + passes_table(run.number) +
                       " WHERE plate = ? AND color = ? AND detected_us BETWEEN ? AND ?");
  }
  return *run.query;
}

void HistoryStore::insert_pass(const PassageRow& row) {
  auto& run = young();
  auto& insert = *run.insert;
  insert.bindNoCopy(1, row.vehicle.plate);
  insert.bind(2, row.vehicle.color);
  insert.bind(3, row.kept.detected_us);
  insert.bind(4, row.chain);
  insert.bind(5, row.sequence);
  insert.bind(6, row.kept.lane);
  insert.bind(7, row.kept.rule);
  insert.bind(8, row.kept.passed);
  insert.exec();
  insert.reset();
  run.first_us = run.rows == 0 ? row.kept.detected_us : std::min(run.first_us, row.kept.detected_us);
  run.last_us = run.rows == 0 ? row.kept.detected_us : std::max(run.last_us, row.kept.detected_us);
  ++run.rows;
}

void HistoryStore::insert_exceedance(const PassageRow& row) {
  Rewound insert(prepared("INSERT OR IGNORE INTO exceedances(plate, color, detected_us, chain, sequence, lane, rule, passed, record_number,"
                        " exceeded) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert->bindNoCopy(1, row.vehicle.plate);
  insert->bind(2, row.vehicle.color);
  insert->bind(3, row.kept.detected_us);
  insert->bind(4, row.chain);
  insert->bind(5, row.sequence);
  insert->bind(6, row.kept.lane);
  insert->bind(7, row.kept.rule);
  insert->bind(8, row.kept.passed);
  insert->bindNoCopy(9, row.record_number);
  bind_blob(*insert, 10, row.exceeded);
  insert->exec();
  exceeded_.add(row.vehicle);
}

void HistoryStore::insert(std::span<const PassageRow> rows) {
  // Table by table: the pages of one stay in the cache.
  for (const auto& row : rows) {
    if (row.kept.exceeded == 0) insert_pass(row);
  }
  for (const auto& row : rows) {
    if (row.kept.exceeded != 0) insert_exceedance(row);
  }
}

std::optional<std::int64_t> HistoryStore::latest_exceedance_us(const VehicleRow& vehicle) {
  if (!exceeded_.may_hold(vehicle)) return std::nullopt;
  Rewound query(prepared("SELECT max(detected_us) FROM exceedances WHERE plate = ? AND color = ?"));
  query->bindNoCopy(1, vehicle.plate);
  query->bind(2, vehicle.color);
  if (!query->executeStep() || query->getColumn(0).isNull()) return std::nullopt;
  return query->getColumn(0).getInt64();
}

std::vector<Event> HistoryStore::events(const VehicleRow& vehicle, std::chrono::seconds around) {
  std::vector<Event> events;
  const auto add = [&](SQLite::Statement& row, std::vector<Judged> judged) -> Event& {
    auto& event = events.emplace_back();
    event.detected = wall(row.getColumn(0).getInt64());
    event.entry = entry(row.getColumn(1).getInt64(), row.getColumn(2).getInt64());
    const auto rule = static_cast<std::size_t>(row.getColumn(4).getInt64());
    if (rule < rules_.size()) event.rule = rules_[rule].id;
    event.judged = std::move(judged);
    event.amended_by = amended(event, row.getColumn(3).getUInt());
    return event;
  };
  {
    Rewound query(prepared("SELECT detected_us, chain, sequence, lane, rule, passed, record_number, exceeded FROM exceedances"
                         " WHERE plate = ? AND color = ? ORDER BY detected_us"));
    query->bindNoCopy(1, vehicle.plate);
    query->bind(2, vehicle.color);
    while (query->executeStep()) {
      auto& event = add(*query, judged(query->getColumn(5).getUInt(), blob(query->getColumn(7))));
      event.record_number = query->getColumn(6).getString();
      const auto said = review(query->getColumn(1).getInt64(), query->getColumn(2).getInt64());
      if (said && !said->confirmed) event.rejected_by = said->entry;
    }
  }
  if (events.empty()) return events;
  const auto beside = std::chrono::microseconds(around).count();
  const auto from = events.front().detected.time_since_epoch().count() - beside;
  const auto to = events.back().detected.time_since_epoch().count() + beside;
  for (auto& run : runs_) {
    if (run.last_us < from || run.first_us > to) continue;
    Rewound query(query_of(run));
    query->bindNoCopy(1, vehicle.plate);
    query->bind(2, vehicle.color);
    query->bind(3, from);
    query->bind(4, to);
    while (query->executeStep()) add(*query, judged(query->getColumn(5).getUInt(), {}));
  }
  return events;
}

std::optional<EntryKey> HistoryStore::amended(const Event& event, std::uint32_t lane) const {
  const Amended* earliest = nullptr;
  const auto at = event.detected.time_since_epoch().count();
  for (const auto which : {lane, 0u}) {
    const auto found = amendments_.find({event.entry.chain, which});
    if (found == amendments_.end()) continue;
    for (const auto& one : found->second) {
      if (at < one.from_us || at >= one.to_us) continue;
      if (earliest == nullptr || std::tie(one.said_us, one.entry) < std::tie(earliest->said_us, earliest->entry)) earliest = &one;
    }
    if (lane == 0) break;
  }
  if (earliest == nullptr) return std::nullopt;
  return earliest->entry;
}

/// The last word counts: of two, what came into this ledger later. Clocks may have been wrong.
std::optional<HistoryStore::Said> HistoryStore::review(std::int64_t of_chain, std::int64_t sequence) {
  Rewound query(prepared("SELECT by_chain, by_sequence, confirmed FROM reviews WHERE chain = ? AND sequence = ?"
                       " ORDER BY position DESC LIMIT 1"));
  query->bind(1, of_chain);
  query->bind(2, sequence);
  if (!query->executeStep()) return std::nullopt;
  return Said{entry(query->getColumn(0).getInt64(), query->getColumn(1).getInt64()), query->getColumn(2).getInt() != 0};
}

std::optional<VehicleRow> HistoryStore::add_review(const EntryKey& passage, const EntryKey& review, Position position, bool confirmed) {
  const auto of_chain = chain(passage.chain);
  {
    Rewound insert(prepared("INSERT OR IGNORE INTO reviews(chain, sequence, position, by_chain, by_sequence, confirmed) VALUES(?, ?, ?, ?, ?, ?)"));
    insert->bind(1, of_chain);
    insert->bind(2, static_cast<std::int64_t>(passage.sequence));
    insert->bind(3, static_cast<std::int64_t>(position));
    insert->bind(4, chain(review.chain));
    insert->bind(5, static_cast<std::int64_t>(review.sequence));
    insert->bind(6, confirmed ? 1 : 0);
    insert->exec();
  }
  Rewound query(prepared("SELECT plate, color FROM exceedances WHERE chain = ? AND sequence = ?"));
  query->bind(1, of_chain);
  query->bind(2, static_cast<std::int64_t>(passage.sequence));
  if (!query->executeStep()) return std::nullopt;
  return VehicleRow{query->getColumn(0).getString(), query->getColumn(1).getInt64()};
}

void HistoryStore::add_amendment(const EntryKey& amendment, std::int64_t said_us, const v1::Amendment& body, std::size_t exceedances,
                                 std::vector<VehicleRow>& concerned) {
  const auto from = body.has_from() ? records::to_wall_time(body.from()).time_since_epoch().count() : std::numeric_limits<std::int64_t>::min();
  const auto to = body.has_to() ? records::to_wall_time(body.to()).time_since_epoch().count() : std::numeric_limits<std::int64_t>::max();
  {
    Rewound insert(prepared("INSERT OR REPLACE INTO amendments(chain, sequence, said_us, lane, from_us, to_us) VALUES(?, ?, ?, ?, ?, ?)"));
    insert->bind(1, chain(amendment.chain));
    insert->bind(2, static_cast<std::int64_t>(amendment.sequence));
    insert->bind(3, said_us);
    insert->bind(4, body.lane());
    insert->bind(5, from);
    insert->bind(6, to);
    insert->exec();
  }
  amendments_[{amendment.chain, body.lane()}].push_back({from, to, said_us, amendment});
  const auto falls = [&](SQLite::Statement& query, const VehicleRow& vehicle) {
    Rewound asked(query);
    asked->bindNoCopy(1, vehicle.plate);
    asked->bind(2, vehicle.color);
    asked->bind(3, from);
    asked->bind(4, to);
    while (asked->executeStep()) {
      const auto of_lane = asked->getColumn(3).getUInt();
      if (entry(asked->getColumn(1).getInt64(), 0).chain == amendment.chain && (body.lane() == 0 || body.lane() == of_lane)) return true;
    }
    return false;
  };
  Rewound candidates(prepared("SELECT plate, color FROM exceedances GROUP BY plate, color HAVING count(*) >= ?"));
  candidates->bind(1, static_cast<std::int64_t>(exceedances));
  while (candidates->executeStep()) {
    const VehicleRow vehicle{candidates->getColumn(0).getString(), candidates->getColumn(1).getInt64()};
    bool is_concerned = falls(prepared("SELECT detected_us, chain, sequence, lane FROM exceedances"
                                       " WHERE plate = ? AND color = ? AND detected_us BETWEEN ? AND ?"), vehicle);
    for (auto run = runs_.begin(); !is_concerned && run != runs_.end(); ++run) {
      if (run->last_us >= from && run->first_us <= to) is_concerned = falls(query_of(*run), vehicle);
    }
    if (is_concerned) concerned.push_back(vehicle);
  }
}

void HistoryStore::add_determination(const EntryKey& key, std::int64_t said_us, const v1::Determination& body) {
  // Said again after a withdrawal, it stands again: the last entry counts.
  Rewound known(prepared("SELECT withdrawal IS NOT NULL FROM determinations WHERE station = ? AND id = ?"));
  known->bind(1, key.chain.station_id);
  bind_blob(*known, 2, body.id());
  if (known->executeStep()) {
    --made_;
    if (known->getColumn(0).getInt() != 0) --withdrawn_;
  }
  ++made_;
  Rewound insert(prepared("INSERT OR REPLACE INTO determinations(station, id, plate, color, chain, sequence, said_us, body) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  insert->bind(1, key.chain.station_id);
  bind_blob(*insert, 2, body.id());
  insert->bind(3, body.plate());
  insert->bind(4, color(body.plate_color()));
  insert->bind(5, chain(key.chain));
  insert->bind(6, static_cast<std::int64_t>(key.sequence));
  insert->bind(7, said_us);
  bind_blob(*insert, 8, body.SerializeAsString());
  insert->exec();
}

std::optional<VehicleRow> HistoryStore::add_withdrawal(const EntryKey& key, std::int64_t said_us, const v1::DeterminationWithdrawn& body) {
  VehicleRow vehicle;
  {
    Rewound known(prepared("SELECT plate, color, withdrawal IS NOT NULL FROM determinations WHERE station = ? AND id = ?"));
    known->bind(1, key.chain.station_id);
    bind_blob(*known, 2, body.id());
    if (!known->executeStep()) return std::nullopt;
    vehicle = {known->getColumn(0).getString(), known->getColumn(1).getInt64()};
    if (known->getColumn(2).getInt() == 0) ++withdrawn_;
  }
  Rewound update(prepared("UPDATE determinations SET withdrawn_chain = ?, withdrawn_sequence = ?, withdrawn_us = ?, withdrawal = ? WHERE station = ? AND id = ?"));
  update->bind(1, chain(key.chain));
  update->bind(2, static_cast<std::int64_t>(key.sequence));
  update->bind(3, said_us);
  bind_blob(*update, 4, body.SerializeAsString());
  update->bind(5, key.chain.station_id);
  bind_blob(*update, 6, body.id());
  update->exec();
  return vehicle;
}

DeterminationLine HistoryStore::line(SQLite::Statement& query) {
  DeterminationLine line;
  line.entry = entry(query.getColumn(0).getInt64(), query.getColumn(1).getInt64());
  line.said = wall(query.getColumn(2).getInt64());
  line.body.ParseFromString(blob(query.getColumn(3)));
  if (!query.getColumn(7).isNull()) {
    auto& withdrawn = line.withdrawn.emplace();
    withdrawn.entry = entry(query.getColumn(4).getInt64(), query.getColumn(5).getInt64());
    withdrawn.said = wall(query.getColumn(6).getInt64());
    withdrawn.body.ParseFromString(blob(query.getColumn(7)));
  }
  return line;
}

std::vector<DeterminationLine> HistoryStore::standing(const VehicleRow& vehicle, const std::string& station) {
  Rewound query(prepared("SELECT chain, sequence, said_us, body, NULL, NULL, NULL, NULL FROM determinations"
                       " WHERE plate = ? AND color = ? AND station = ? AND withdrawal IS NULL ORDER BY id"));
  query->bindNoCopy(1, vehicle.plate);
  query->bind(2, vehicle.color);
  query->bindNoCopy(3, station);
  std::vector<DeterminationLine> lines;
  while (query->executeStep()) lines.push_back(line(*query));
  return lines;
}

std::vector<DeterminationLine> HistoryStore::list(const DeterminationQuery& wanted) {
  Rewound query(prepared("SELECT chain, sequence, said_us, body, withdrawn_chain, withdrawn_sequence, withdrawn_us, withdrawal FROM determinations"
                       " WHERE (?1 = '' OR plate = ?1) AND (?2 = '' OR lower(hex(id)) LIKE ?2 || '%') AND (?3 OR withdrawal IS NULL)"
                       " ORDER BY said_us DESC, chain DESC, sequence DESC LIMIT ?4"));
  query->bind(1, wanted.plate);
  query->bind(2, wanted.id);
  query->bind(3, wanted.withdrawn_too ? 1 : 0);
  query->bind(4, static_cast<std::int64_t>(wanted.limit));
  std::vector<DeterminationLine> lines;
  while (query->executeStep()) lines.push_back(line(*query));
  return lines;
}

void HistoryStore::set_due(const VehicleRow& vehicle, bool due) {
  if (!due && due_count_ == 0) return;
  Rewound change(prepared(due ? "INSERT OR IGNORE INTO due(plate, color) VALUES(?, ?)" : "DELETE FROM due WHERE plate = ? AND color = ?"));
  change->bind(1, vehicle.plate);
  change->bind(2, vehicle.color);
  due_count_ += (due ? 1 : -1) * change->exec();
}

std::vector<VehicleRow> HistoryStore::due(std::size_t limit) {
  Rewound query(prepared("SELECT plate, color FROM due LIMIT ?"));
  query->bind(1, static_cast<std::int64_t>(limit));
  std::vector<VehicleRow> vehicles;
  while (query->executeStep()) vehicles.push_back({query->getColumn(0).getString(), query->getColumn(1).getInt64()});
  return vehicles;
}

void HistoryStore::save() {
  for (const auto& [name, count] : counts_) {
    auto& saved = saved_counts_[name];
    if (saved == count) continue;
    Rewound insert(prepared("INSERT OR REPLACE INTO counts(name, count) VALUES(?, ?)"));
    insert->bind(1, name);
    insert->bind(2, static_cast<std::int64_t>(count));
    insert->exec();
    saved = count;
  }
  for (auto& run : runs_) {
    if (run.saved_rows == run.rows) continue;
    Rewound insert(prepared("INSERT OR REPLACE INTO runs(run, passes, first_us, last_us) VALUES(?, ?, ?, ?)"));
    insert->bind(1, run.number);
    insert->bind(2, run.rows);
    insert->bind(3, run.first_us);
    insert->bind(4, run.last_us);
    insert->exec();
    run.saved_rows = run.rows;
  }
}

}  // namespace exhaust::projection
