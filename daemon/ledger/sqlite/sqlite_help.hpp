#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/digest.hpp"
#include "daemon/core/result.hpp"
#include "daemon/ledger/sqlite/stored_chain.hpp"
#include "daemon/sqlite/sqlite.hpp"

/// What the two files that speak SQLite share. Internal to this folder: SQLiteCpp shows.
namespace exhaust::ledger {

/// "<what>: <SQLite's words>". Kinds: kDamaged for SQLITE_CORRUPT and SQLITE_NOTADB, kStorage for all else.
Error to_error(const std::string& what, const SQLite::Exception& exception);
/// The SQLITE_IOERR family.
bool is_io_error(const SQLite::Exception& exception);

/// Bound without a copy: `bytes` lives until the statement has run. Empty is an empty blob, not NULL.
void bind_blob(SQLite::Statement& statement, int index, ByteView bytes);
ByteView blob(const SQLite::Column& column);
/// Nothing when it is not 32 bytes long.
std::optional<Digest> digest(const SQLite::Column& column);

/// "name=value" lines, by name.
std::string marks_text(const Marks& marks);
Marks read_marks(std::string_view text);

/// A connection that cannot change the segment and, if one is left, its write-ahead log, and creates no file beside
/// them. REQUIRES: the folder's lock is held, since SQLite's own locks are off.
SQLite::Database open_untouched(const std::filesystem::path& path);

/// 0: no tables yet. Error: kSettings (newer than we know), kDamaged (not a segment). Throws SQLite::Exception.
Result<int> read_format(SQLite::Database& database, const std::filesystem::path& path);
/// Error: kDamaged. Throws SQLite::Exception.
Result<std::vector<StoredChain>> read_chains(SQLite::Database& database, const std::filesystem::path& path);

}  // namespace exhaust::ledger
