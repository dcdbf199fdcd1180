#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "daemon/core/digest.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/progress.hpp"

/// Internal to this folder: SQLiteCpp shows.
namespace exhaust::projection {

/// What one projection makes of the ledger: its tables, and what an entry changes in them. All calls on the projection's
/// thread. Whatever it keeps in memory must come from the file: after a failure `close` and `open` are called again, and the
/// entries since the last commit come once more.
class Derived {
 public:
  virtual ~Derived() = default;
  /// Tables are made if they are not there, statements prepared, memory filled. Inside a transaction.
  virtual void open(SQLite::Database& database) = 0;
  /// Lets go of the database.
  virtual void close() = 0;
  /// One entry, in the ledger's order. Inside the batch's transaction.
  virtual void take(const ledger::Entry& entry) = 0;
  /// The last thing before the batch is committed.
  virtual void end_batch() {}
  /// The file holds everything up to `position`, durably as far as a crash of the process goes. Also called after opening,
  /// with what the file held, and again at each look at the ledger (once a second, or a wake-up) that found nothing new.
  virtual void committed(Position position) { static_cast<void>(position); }
};

struct ProjectionFile {
  std::filesystem::path path;
  /// What the tables mean, and by which rules they were filled. A file of another format is built anew.
  std::string format;
  /// Entries in one transaction at most, while it is behind. Large batches that a projection sorts touch each page once.
  std::size_t batch = 20'000;
  int cache_kib = 64 * 1024;
};

/// A cursor over the ledger, with one SQLite file for what was derived from it. The position stands in the same
/// transaction as what the entries changed, with the entry's hash: a file that is missing, damaged, of another format,
/// ahead of the ledger or of another one is deleted and built again from the ledger. A full disk or a ledger that does not
/// answer is waited for, with back-off; nothing is skipped.
///
/// Threading: public methods from any thread but its own; the file is touched by its own thread alone. The ledger
/// outlives the projection.
class Projection {
 public:
  /// On the projection's thread, between two batches. `nullptr`: the file cannot be opened now.
  using Question = std::function<void(SQLite::Database* database)>;

  Projection(ledger::Ledger& ledger, ProjectionFile file, std::unique_ptr<Derived> derived);
  ~Projection();  ///< ends the batch in hand, asks nothing more; questions that wait are answered with nullptr
  Projection(const Projection&) = delete;
  Projection& operator=(const Projection&) = delete;

  void start();
  /// False: 64 wait already; counted.
  [[nodiscard]] bool ask(Question question);
  Progress progress() const;
  /// Looks at the ledger again soon. Any thread.
  void nudge();

 private:
  void run();
  bool work();
  void open();
  void open_file();
  bool fits();
  void close();
  void remove();
  bool batch();
  Result<ledger::Entries> read(Position from, std::size_t limit);
  void failed(const std::string& why, bool damaged);
  void answer(SQLite::Database* database);
  std::deque<Question> questions();
  void publish(std::string trouble);

  ledger::Ledger& ledger_;
  const ProjectionFile file_;
  const std::unique_ptr<Derived> derived_;

  // Of the projection's thread.
  std::optional<SQLite::Database> database_;
  Position position_ = 0;
  Digest hash_{};            ///< of the entry at `position_`
  std::uint64_t entries_ = 0, rebuilds_ = 0, failures_ = 0;
  Duration pause_{};         ///< before the next try; 0: nothing is wrong

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool woken_ = false;
  std::deque<Question> waiting_;
  std::uint64_t refused_ = 0;
  Progress progress_;

  std::thread thread_;
  std::shared_ptr<void> watch_;  ///< last: it calls until it is destroyed
};

}  // namespace exhaust::projection
