#include "daemon/ledger/sqlite/segment_reader.hpp"

#include <utility>

#include "daemon/ledger/sqlite/sqlite_help.hpp"

namespace exhaust::ledger {

struct SegmentReader::Database {
  SQLite::Database connection;
};

SegmentReader::SegmentReader() = default;
SegmentReader::~SegmentReader() = default;

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const SegmentFile& file) {
  try {
    std::unique_ptr<SegmentReader> reader(new SegmentReader);
    reader->file_ = file;
    reader->database_ = std::make_unique<Database>(Database{open_untouched(file.path)});
    auto& connection = reader->database_->connection;
    const auto format = read_format(connection, file.path);
    if (!format) return std::unexpected(format.error());
    if (*format == 0) return reader;  // a crash in the moment of its making: nothing is in it
    auto chains = read_chains(connection, file.path);
    if (!chains) return std::unexpected(chains.error());
    reader->chains_ = std::move(*chains);
    SQLite::Statement last(connection, "SELECT max(position) FROM entries");
    if (last.executeStep() && !last.getColumn(0).isNull()) {
      const auto newest = static_cast<Position>(last.getColumn(0).getInt64());
      if (newest >= file.first) reader->about_entries_ = newest - file.first + 1;
    }
    return reader;
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error("cannot read " + file.path.string(), exception));
  }
}

Result<void> SegmentReader::each_row(const std::function<void(const StoredRow&)>& deliver) {
  if (chains_.empty()) return {};
  Position reached = 0;
  try {
    SQLite::Statement query(database_->connection,
                            "SELECT position, chain, sequence, wall_time_us, kind, payload, leaf, hash, rejected "
                            "FROM entries ORDER BY position");
    StoredRow row;
    while (query.executeStep()) {
      row.position = reached = static_cast<Position>(query.getColumn(0).getInt64());
      row.chain = query.getColumn(1).getInt64();
      row.sequence = static_cast<Sequence>(query.getColumn(2).getInt64());
      row.wall_time_us = query.getColumn(3).getInt64();
      row.kind = query.getColumn(4).getInt64();
      const SQLite::Column payload = query.getColumn(5);
      row.payload = payload.isNull() ? std::nullopt : std::optional(as_text(blob(payload)));
      row.leaf = digest(query.getColumn(6));
      row.hash = digest(query.getColumn(7));
      row.rejected = query.getColumn(8).getInt() != 0;
      deliver(row);
    }
    return {};
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(
        to_error(file_.path.string() + " cannot be read past position " + std::to_string(reached), exception));
  }
}

}  // namespace exhaust::ledger
