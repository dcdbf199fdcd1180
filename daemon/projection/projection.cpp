#include "daemon/projection/projection.hpp"

#include <algorithm>
#include <future>
#include <system_error>

#include "daemon/core/bytes.hpp"
#include "daemon/core/log.hpp"
#include "daemon/sqlite/sqlite.hpp"

namespace exhaust::projection {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSlice = 2'000;             // entries of one reading
constexpr std::size_t kSliceBytes = 4u << 20;
constexpr std::size_t kQuestions = 64;
constexpr Duration kFirstPause = 200ms, kLongestPause = 30s;
constexpr Duration kLook = 1s;                    // a look at the ledger without being woken

/// What stands in the file of its own state.
std::optional<std::string> stored(SQLite::Database& database, const char* name) {
  SQLite::Statement query(database, "SELECT value FROM projection WHERE name = ?");
  query.bind(1, name);
  if (!query.executeStep()) return std::nullopt;
  return query.getColumn(0).getString();
}

void store(SQLite::Database& database, const char* name, const std::string& value) {
  SQLite::Statement insert(database, "INSERT OR REPLACE INTO projection(name, value) VALUES(?, ?)");
  insert.bind(1, name);
  insert.bind(2, value);
  insert.exec();
}

}  // namespace

Projection::Projection(ledger::Ledger& ledger, ProjectionFile file, std::unique_ptr<Derived> derived)
    : ledger_(ledger), file_(std::move(file)), derived_(std::move(derived)) {}

Projection::~Projection() {
  watch_.reset();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (auto& question : waiting_) question(nullptr);
}

void Projection::start() {
  thread_ = std::thread([this] { run(); });
  watch_ = ledger_.watch([this](Position) { nudge(); });
}

bool Projection::ask(Question question) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= kQuestions) {
      ++refused_;
      return false;
    }
    waiting_.push_back(std::move(question));
  }
  wake_.notify_all();
  return true;
}

Progress Projection::progress() const {
  const std::lock_guard lock(mutex_);
  auto progress = progress_;
  progress.refused = refused_;
  return progress;
}

void Projection::nudge() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

std::deque<Projection::Question> Projection::questions() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void Projection::publish(std::string trouble) {
  const std::lock_guard lock(mutex_);
  progress_ = {position_, entries_, rebuilds_, failures_, 0, std::move(trouble)};
}

void Projection::run() {
  while (true) {
    const bool more = work();
    std::unique_lock lock(mutex_);
    if (!stopping_ && !more && waiting_.empty()) {
      // After a failure only time, or a question, brings the next try.
      wake_.wait_for(lock, pause_ > Duration{} ? pause_ : kLook,
                     [this] { return stopping_ || !waiting_.empty() || (woken_ && pause_ == Duration{}); });
    }
    if (stopping_) break;
  }
  close();
}

/// True: there may be more at once.
bool Projection::work() {
  try {
    if (!database_) open();
    const bool more = batch();
    pause_ = {};
    publish({});
    answer(&*database_);
    return more;
  } catch (const SQLite::Exception& exception) {
    failed(exception.what(), is_damage(exception));
  } catch (const std::exception& exception) {
    failed(exception.what(), false);
  }
  answer(nullptr);
  return false;
}

/// Each is answered, also when one before it fails.
void Projection::answer(SQLite::Database* database) {
  std::exception_ptr trouble;
  for (auto& question : questions()) {
    try {
      question(trouble ? nullptr : database);
    } catch (...) {
      trouble = std::current_exception();
      question(nullptr);
    }
  }
  if (trouble) std::rethrow_exception(trouble);
}

void Projection::failed(const std::string& why, bool damaged) {
  close();
  ++failures_;
  if (damaged) remove();
  pause_ = std::clamp<Duration>(pause_ * 2, kFirstPause, kLongestPause);
  log::warning("a projection waits", {{"FILE", file_.path.string()}, {"ERROR", why}, {"DAMAGED", damaged ? "yes" : "no"}});
  publish(why);
}

void Projection::open() {
  try {
    open_file();
    if (fits()) return;
  } catch (const SQLite::Exception& exception) {
    if (!is_damage(exception)) throw;
  }
  close();
  remove();
  open_file();
}

void Projection::open_file() {
  database_.emplace(file_.path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
  database_->exec(
      "PRAGMA locking_mode = EXCLUSIVE;"
      "PRAGMA synchronous = NORMAL;"  // a power cut may cost the last commits, which come again from the ledger
      "PRAGMA wal_autocheckpoint = 8192;"
      "PRAGMA journal_size_limit = 134217728;"
      "PRAGMA trusted_schema = OFF;");
  database_->exec("PRAGMA cache_size = -" + std::to_string(file_.cache_kib));
  database_->execAndGet("PRAGMA journal_mode = WAL");
  SQLite::Transaction transaction(*database_);
  const bool fresh = !database_->tableExists("projection");
  if (fresh) {
    ++rebuilds_;
    database_->exec("CREATE TABLE projection(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID");
    store(*database_, "format", file_.format);
    position_ = 0;
    hash_ = {};
  }
  // Of another format: only the state may be looked at, and `fits` says no.
  if (stored(*database_, "format") != file_.format) return;
  derived_->open(*database_);
  transaction.commit();
}

/// The file is of this ledger, of this format, and not ahead.
bool Projection::fits() {
  if (stored(*database_, "format") != file_.format) return false;
  const auto position = stored(*database_, "position");
  if (position) {
    position_ = std::strtoull(position->c_str(), nullptr, 10);
    const auto bytes = from_hex(stored(*database_, "hash").value_or(""));
    if (!bytes || bytes->size() != hash_.size() || position_ == 0 || position_ > ledger_.newest()) return false;
    std::ranges::copy(*bytes, hash_.begin());
    auto entries = read(position_, 1);
    if (!entries) throw std::runtime_error(entries.error().detail);
    // What the ledger holds no more cannot be compared.
    if (!entries->empty() && entries->front()->position == position_ && entries->front()->hash != hash_) return false;
  }
  derived_->committed(position_);
  return true;
}

void Projection::close() {
  derived_->close();
  database_.reset();
}

void Projection::remove() {
  log::warning("a projection is built anew", {{"FILE", file_.path.string()}});
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::remove(file_.path.string() + suffix, ignored);
  }
  position_ = 0;
}

bool Projection::batch() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
  }
  if (ledger_.newest() <= position_) {
    derived_->committed(position_);
    return false;
  }
  SQLite::Transaction transaction(*database_);
  auto position = position_;
  auto hash = hash_;
  std::size_t taken = 0;
  const auto interrupted = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  while (taken < file_.batch && !interrupted()) {
    const auto entries = read(position + 1, std::min(kSlice, file_.batch - taken));
    if (!entries) throw std::runtime_error(entries.error().detail);
    if (entries->empty()) break;
    for (const auto& entry : *entries) derived_->take(*entry);
    taken += entries->size();
    position = entries->back()->position;
    hash = entries->back()->hash;
    if (position >= ledger_.newest()) break;
  }
  if (taken == 0) return false;
  derived_->end_batch();
  store(*database_, "position", std::to_string(position));
  store(*database_, "hash", to_hex(hash));
  transaction.commit();
  position_ = position;
  hash_ = hash;
  entries_ += taken;
  publish({});  // before the answer of `committed` can be waited for
  derived_->committed(position_);
  return position_ < ledger_.newest();
}

/// A rendezvous with the ledger's thread, which answers at its end as well.
Result<ledger::Entries> Projection::read(Position from, std::size_t limit) {
  auto promise = std::make_shared<std::promise<Result<ledger::Entries>>>();
  auto answer = promise->get_future();
  ledger_.read(from, limit, kSliceBytes, [promise](Result<ledger::Entries> entries) { promise->set_value(std::move(entries)); });
  return answer.get();
}

}  // namespace exhaust::projection
