#include "daemon/ledger/sqlite/sqlite_help.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

#include "daemon/core/file_uri.hpp"
#include "daemon/ledger/sqlite/schema.hpp"

namespace exhaust::ledger {

Error to_error(const std::string& what, const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  const auto kind = is_damage(exception) ? ErrorKind::kDamaged : ErrorKind::kStorage;
  std::string words = exception.what();
  if (code == SQLITE_FULL) words = "the disk is full";
  if (code == SQLITE_BUSY) words = "another program has it open";
  return {kind, what + ": " + words};
}

bool is_io_error(const SQLite::Exception& exception) { return (exception.getErrorCode() & 0xff) == SQLITE_IOERR; }

void bind_blob(SQLite::Statement& statement, int index, ByteView bytes) {
  static const std::uint8_t kNothing = 0;
  statement.bindNoCopy(index, bytes.empty() ? &kNothing : bytes.data(), static_cast<int>(bytes.size()));
}

ByteView blob(const SQLite::Column& column) {
  const auto* bytes = static_cast<const std::uint8_t*>(column.getBlob());
  return {bytes, bytes == nullptr ? 0 : static_cast<std::size_t>(column.getBytes())};
}

std::optional<Digest> digest(const SQLite::Column& column) {
  const ByteView bytes = blob(column);
  Digest result;
  if (bytes.size() != result.size()) return std::nullopt;
  std::ranges::copy(bytes, result.begin());
  return result;
}

std::string marks_text(const Marks& marks) {
  std::string text;
  for (const auto& [name, value] : marks) text.append(name).append("=").append(value).append("\n");
  return text;
}

Marks read_marks(std::string_view text) {
  Marks marks;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) marks.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return marks;
}

SQLite::Database open_untouched(const std::filesystem::path& path) {
  std::error_code ignored;
  auto log = path;
  log += "-wal";
  const auto log_size = std::filesystem::file_size(log, ignored);
  const bool clean = ignored || log_size == 0;
  // With a log: its index is built in memory (exclusive), nothing is locked in the file (a read-only connection cannot
  // lock it so), and closing does not move the log into the file.
  SQLite::Database database(file_uri(path, clean ? "immutable=1" : "mode=ro"),
                            SQLite::OPEN_READONLY | SQLite::OPEN_URI | SQLite::OPEN_NOMUTEX, 0,
                            clean ? "" : "unix-none");
  if (!clean) {
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
  }
  return database;
}

Result<int> read_format(SQLite::Database& database, const std::filesystem::path& path) {
  const auto not_ours = [&] { return fail(ErrorKind::kDamaged, path.string() + " is not a segment of a ledger"); };
  if (!database.tableExists("meta")) {
    if (database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0) return 0;
    return not_ours();
  }
  SQLite::Statement query(database, "SELECT value FROM meta WHERE name = 'format'");
  if (!query.executeStep()) return not_ours();
  const std::string text = query.getColumn(0).getString();
  int format = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), format);
  if (bad != std::errc{} || end != text.data() + text.size() || format < 1) return not_ours();
  if (format > kSegmentFormat) {
    return fail(ErrorKind::kSettings, path.string() + " has format " + text + ", this exhaustd knows up to " +
                                          std::to_string(kSegmentFormat) + ": use the newer exhaustd that wrote it");
  }
  return format;
}

Result<std::vector<StoredChain>> read_chains(SQLite::Database& database, const std::filesystem::path& path) {
  SQLite::Statement query(database,
                          "SELECT chain, station_id, ledger_id, format, algorithm, simulated, own, before_sequence, "
                          "before_hash, last_sequence, last_hash, last_wall_time_us, passages, rejected, marks "
                          "FROM chains ORDER BY chain");
  std::vector<StoredChain> chains;
  while (query.executeStep()) {
    StoredChain chain;
    auto header = std::make_shared<ChainHeader>();
    chain.number = query.getColumn(0).getInt64();
    header->key.station_id = query.getColumn(1).getString();
    const SQLite::Column ledger_id = query.getColumn(2);
    const ByteView id = blob(ledger_id);
    const int format = query.getColumn(3).getInt();
    const int algorithm = query.getColumn(4).getInt();
    const auto before_hash = digest(query.getColumn(8));
    const auto last_hash = digest(query.getColumn(10));
    if (id.size() != header->key.ledger_id.size() || format != kChainFormat || algorithm < 1 || algorithm > 2 ||
        !before_hash || !last_hash) {
      return fail(ErrorKind::kDamaged,
                  path.string() + ": row " + std::to_string(chain.number) + " of chains is not a chain");
    }
    std::ranges::copy(id, header->key.ledger_id.begin());
    header->format = static_cast<std::uint8_t>(format);
    header->algorithm = static_cast<HashAlgorithm>(algorithm);
    header->simulated = query.getColumn(5).getInt() != 0;
    chain.state.own = query.getColumn(6).getInt() != 0;
    chain.before_sequence = static_cast<Sequence>(query.getColumn(7).getInt64());
    chain.before_hash = *before_hash;
    chain.state.last = static_cast<Sequence>(query.getColumn(9).getInt64());
    chain.state.hash = *last_hash;
    chain.state.last_wall_time_us = query.getColumn(11).getInt64();
    chain.state.passages = static_cast<std::uint64_t>(query.getColumn(12).getInt64());
    chain.state.rejected = static_cast<std::uint64_t>(query.getColumn(13).getInt64());
    chain.state.header = std::move(header);
    chain.marks = read_marks(query.getColumn(14).getString());
    chains.push_back(std::move(chain));
  }
  return chains;
}

}  // namespace exhaust::ledger
