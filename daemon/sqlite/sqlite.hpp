#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

/// What every room that keeps a SQLite file needs of it: ledger, projections, registry.
namespace exhaust {

/// The file itself is bad; all else may pass.
inline bool is_damage(const SQLite::Exception& exception) {
  const int code = exception.getErrorCode() & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

/// A prepared statement in use. On every way out it is reset: no read transaction or cursor stays open, and what was bound
/// without a copy is not read again.
class Rewound {
 public:
  explicit Rewound(SQLite::Statement& statement) : statement_(statement) { statement_.tryReset(); }
  ~Rewound() { statement_.tryReset(); }
  Rewound(const Rewound&) = delete;
  Rewound& operator=(const Rewound&) = delete;
  SQLite::Statement* operator->() const { return &statement_; }
  SQLite::Statement& operator*() const { return statement_; }

 private:
  SQLite::Statement& statement_;
};

}  // namespace exhaust
