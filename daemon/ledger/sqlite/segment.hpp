#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/ledger/ledger.hpp"

namespace exhaust::ledger {

/// One segment file: chains, entries, marks (docs/ledger-format.md). Throws SQLite::Exception; its callers sort that.
///
/// Threading: one thread at a time; the file has exactly one connection.
class Segment {
 public:
  using ChainNumber = std::int64_t;
  struct Chain {
    ChainNumber number = 0;
    ChainState state;
  };
  struct Row {
    Position position = 0;
    ChainNumber chain = 0;
    Sequence sequence = 0;
    std::int64_t wall_time_us = 0;
    std::uint32_t kind = 0;
    const std::string* payload = nullptr;  ///< null: not held
    Digest leaf{};
    Digest hash{};
    bool rejected = false;
  };

  static constexpr int kFormat = 1;
  static std::filesystem::path path_in(const std::filesystem::path& folder, Position first);
  /// Files in `folder` that are named like segments, in order.
  static std::vector<std::filesystem::path> all_in(const std::filesystem::path& folder);

  /// Read-write, exclusive, WAL, synchronous=FULL; makes the tables of a new file. What an unclean end left in the WAL
  /// is in the file afterwards.
  explicit Segment(const std::filesystem::path& file);

  std::vector<Chain> chains();
  Chain add_chain(const ChainHeader& header, bool own);
  /// The columns of a chain's head that entries have moved.
  void save_head(const Chain& chain);
  void insert(const Row& row);
  void put_mark(const std::string& name, const std::string& value);
  Marks marks();
  Position newest();
  std::uint64_t size_bytes();

  void begin() { database_.exec("BEGIN IMMEDIATE"); }
  void commit() { database_.exec("COMMIT"); }
  void roll_back();

  using Headers = std::map<ChainNumber, std::shared_ptr<const ChainHeader>>;
  Entries read(const Headers& headers, Position from, std::size_t limit, std::size_t max_bytes);
  Entries find(const Headers& headers, ChainNumber chain, Sequence sequence);
  Entries find_time(const Headers& headers, std::int64_t wall_time_us);

 private:
  EntryPtr entry_of(SQLite::Statement& row, const Headers& headers);

  SQLite::Database database_;
  std::optional<SQLite::Statement> insert_, mark_, head_, read_, find_;
};

/// For columns that hold 32 bytes. Throws std::runtime_error when they do not.
Digest digest_column(const SQLite::Column& column);
/// The header in a row of `chains`, in the columns' order from `first`: station_id, ledger_id, format, algorithm, simulated.
ChainHeader header_columns(SQLite::Statement& row, int first);

}  // namespace exhaust::ledger
