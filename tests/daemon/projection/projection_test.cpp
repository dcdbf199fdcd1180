#include "daemon/projection/projection.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <future>

#include "tests/daemon/ledger/sqlite/ledger_words.hpp"

namespace exhaust::projection {
namespace {

/// Adds up the lengths of payloads; and fails when it is told to.
class Lengths final : public Derived {
 public:
  struct Told {
    std::atomic<int> opened = 0;
    std::atomic<int> fail_next = 0;  ///< of `take`
  };
  explicit Lengths(std::shared_ptr<Told> told) : told_(std::move(told)) {}

  void open(SQLite::Database& database) override {
    ++told_->opened;
    database_ = &database;
    database.exec("CREATE TABLE IF NOT EXISTS lengths(entries INTEGER, bytes INTEGER)");
    if (database.execAndGet("SELECT count(*) FROM lengths").getInt() == 0) database.exec("INSERT INTO lengths VALUES(0, 0)");
  }
  void close() override { database_ = nullptr; }
  void take(const ledger::Entry& entry) override {
    SQLite::Statement update(*database_, "UPDATE lengths SET entries = entries + 1, bytes = bytes + ?");
    update.bind(1, static_cast<std::int64_t>(entry.payload->size()));
    update.exec();
    if (told_->fail_next > 0 && told_->fail_next-- == 1) throw std::runtime_error("told to fail");
  }

 private:
  std::shared_ptr<Told> told_;
  SQLite::Database* database_ = nullptr;
};

class ProjectionTest : public testing::Test {
 protected:
  ProjectionTest() { begin(folder_.path() / "ledger"); }

  void begin(const std::filesystem::path& folder) {
    ledger_.reset();
    ledger::LedgerSettings settings;
    settings.folder = folder;
    auto opened = ledger::open(settings);
    ASSERT_TRUE(opened) << opened.error().detail;
    ledger_ = std::move(*opened);
  }
  void append(const std::string& payload) { ASSERT_TRUE(ledger::append(*ledger_, ledger::draft(payload))); }

  void start(std::string format = "1", std::size_t batch = 100) {
    projection_ = std::make_unique<Projection>(*ledger_, ProjectionFile{file_, std::move(format), batch, 1024}, std::make_unique<Lengths>(told_));
    projection_->start();
  }
  void stop() { projection_.reset(); }

  /// Asks until everything was in it before the question.
  std::pair<int, int> lengths() {
    std::pair<int, int> answer{-1, -1};
    for (bool is_whole = false; !is_whole || answer.first < 0;) {
      is_whole = projection_->progress().position >= ledger_->newest();
      std::promise<void> done;
      EXPECT_TRUE(projection_->ask([&](SQLite::Database* database) {
        if (database != nullptr) {
          answer = {database->execAndGet("SELECT entries FROM lengths").getInt(), database->execAndGet("SELECT bytes FROM lengths").getInt()};
        }
        done.set_value();
      }));
      done.get_future().get();
    }
    return answer;
  }

  ledger::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "lengths.sqlite";
  std::unique_ptr<ledger::Ledger> ledger_;
  std::shared_ptr<Lengths::Told> told_ = std::make_shared<Lengths::Told>();
  std::unique_ptr<Projection> projection_;
};

TEST_F(ProjectionTest, FollowsTheLedger) {
  append("12345");
  start();
  EXPECT_EQ(lengths(), std::pair(1, 5));
  append("123");
  EXPECT_EQ(lengths(), std::pair(2, 8));
  EXPECT_EQ(projection_->progress().rebuilds, 1u) << "the file was missing";
}

TEST_F(ProjectionTest, GoesOnWhereItWas) {
  append("12345");
  start();
  lengths();
  stop();
  append("1");
  start();
  EXPECT_EQ(lengths(), std::pair(2, 6));
  EXPECT_EQ(projection_->progress().entries, 1u);
  EXPECT_EQ(projection_->progress().rebuilds, 0u);
}

TEST_F(ProjectionTest, ReadsALongLedgerInBatches) {
  for (int i = 0; i < 25; ++i) append("1");
  start("1", 10);
  EXPECT_EQ(lengths(), std::pair(25, 25));
}

TEST_F(ProjectionTest, AFileOfAnotherFormatIsBuiltAnew) {
  append("12345");
  start("1");
  lengths();
  stop();
  start("2");
  EXPECT_EQ(lengths(), std::pair(1, 5));
  EXPECT_EQ(projection_->progress().rebuilds, 1u);
}

TEST_F(ProjectionTest, ADamagedFileIsBuiltAnew) {
  append("12345");
  std::ofstream(file_) << std::string(10'000, 'x');
  start();
  EXPECT_EQ(lengths(), std::pair(1, 5));
}

TEST_F(ProjectionTest, AFileThatIsAheadOfTheLedgerIsBuiltAnew) {
  append("12345");
  append("1");
  start();
  lengths();
  stop();
  begin(folder_.path() / "other");
  append("123");
  start();
  EXPECT_EQ(lengths(), std::pair(1, 3));
}

TEST_F(ProjectionTest, AFileOfAnotherLedgerIsBuiltAnew) {
  append("12345");
  start();
  lengths();
  stop();
  begin(folder_.path() / "other");
  append("123");
  append("1");
  start();
  EXPECT_EQ(lengths(), std::pair(2, 4));
}

TEST_F(ProjectionTest, ABatchThatFailsIsUndoneWhollyAndComesAgain) {
  append("12345");
  append("123");
  told_->fail_next = 2;  // the first entry has been taken then
  start();
  EXPECT_EQ(lengths(), std::pair(2, 8));
  EXPECT_EQ(told_->opened, 2);
  EXPECT_EQ(projection_->progress().failures, 1u);
  EXPECT_EQ(projection_->progress().trouble, "");
}

TEST_F(ProjectionTest, AFileThatCannotBeOpenedIsSaidAndQuestionsAreAnswered) {
  std::filesystem::create_directory(file_);
  append("1");
  start();
  std::promise<bool> open;
  ASSERT_TRUE(projection_->ask([&](SQLite::Database* database) { open.set_value(database != nullptr); }));
  EXPECT_FALSE(open.get_future().get());
  EXPECT_NE(projection_->progress().trouble, "");
}

TEST_F(ProjectionTest, TooManyQuestionsAreRefusedAndCounted) {
  start();
  std::promise<void> entered, release;
  ASSERT_TRUE(projection_->ask([&](SQLite::Database*) {
    entered.set_value();
    release.get_future().wait();
  }));
  entered.get_future().wait();
  int taken = 0;
  while (projection_->ask([](SQLite::Database*) {})) ++taken;
  EXPECT_EQ(taken, 64);
  EXPECT_EQ(projection_->progress().refused, 1u);
  release.set_value();
  stop();
}

}  // namespace
}  // namespace exhaust::projection
