// A city's ledger, made up on the fly: passages of ten times fewer vehicles in the order of a year, 1 % of them days late,
// one vehicle in twenty a high emitter. The daemon's own projection reads it, as it would the real one; beside it the same
// rows go into a bare SQLite table, once sorted by vehicle as ours must be found, once just in order of arrival.
//
// What making a passage up costs is measured and taken off. Processor time tells the work, wall time the disk as well.
#include <SQLiteCpp/SQLiteCpp.h>
#include <stdlib.h>
#include <time.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "daemon/projection/history.hpp"
#include "daemon/records/records.hpp"
#include "exhaust/v1/passage.pb.h"
#include "tests/bench/bench.hpp"

namespace exhaust::bench {

namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t kStations = 40;
constexpr std::int64_t kYear_us = 365LL * 86'400 * 1'000'000;
constexpr const char* kStandard = "hj845-2017";

double processor_s(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// The same passage for the same number, whoever asks.
class Traffic {
 public:
  explicit Traffic(std::uint64_t passages) : passages_(passages), vehicles_(std::max<std::uint64_t>(passages / 10, 1)) {
    for (std::uint64_t station = 0; station < kStations; ++station) {
      auto chain = std::make_shared<ledger::ChainHeader>();
      chain->key.station_id = "A1101" + std::to_string(10000 + station);
      chain->key.ledger_id.fill(static_cast<std::uint8_t>(station));
      chains_.push_back(std::move(chain));
    }
    passage_.set_line("01");
    passage_.set_lane(1);
    passage_.mutable_plate()->set_color("yellow");
    passage_.mutable_plate()->set_class_("ordinary");
    passage_.mutable_plate()->set_confidence(97);
    passage_.mutable_vehicle()->set_fuel("diesel");
    passage_.mutable_vehicle()->set_fuel_source("registry");
    passage_.set_speed_km_h(43.2);
    passage_.set_acceleration_m_s2(0.4);
    passage_.set_slope_deg(0.2);
    passage_.mutable_plume()->set_co2_excess_percent(3.1);
    passage_.mutable_plume()->set_co_per_co2(0.01);
    passage_.mutable_plume()->set_hc_per_co2(0.0002);
    passage_.mutable_plume()->set_no_per_co2(0.004);
    passage_.mutable_weather()->set_temperature_c(11.5);
    passage_.mutable_weather()->set_humidity_percent(60);
    passage_.mutable_weather()->set_pressure_hpa(1013);
    for (int n = 0; n < 4; ++n) {
      passage_.add_sources()->set_device("analyser-1");
      passage_.mutable_sources(n)->set_frame_sha256(std::string(32, 's'));
    }
    auto& assessment = *passage_.mutable_assessment();
    assessment.set_standard(kStandard);
    assessment.set_standard_hash(records::to_bytes(Digest{}));
    assessment.set_standard_hash(std::string(32, 'h'));
    assessment.set_vsp_kw_per_t(7);
    assessment.mutable_validity()->set_valid(true);
    for (const auto pollutant : {v1::Result::opacity, v1::Result::no}) {
      auto& result = *assessment.add_results();
      result.set_pollutant(pollutant);
      result.set_role(pollutant == v1::Result::opacity ? v1::Result::judged : v1::Result::screened);
      result.set_limit(pollutant == v1::Result::opacity ? 30 : 1500);
      result.set_value(12);
    }
  }

  std::uint64_t passages() const { return passages_; }
  const std::shared_ptr<const ledger::ChainHeader>& chain(std::uint64_t number) const { return chains_[number % kStations]; }

  struct Row {
    std::string plate;
    std::int64_t detected_us;
    bool exceeded;
  };
  Row row(std::uint64_t number) const {
    std::mt19937_64 random(number * 0x9e3779b97f4a7c15u + 1);
    const auto vehicle = random() % vehicles_;
    char plate[32];
    std::snprintf(plate, sizeof plate, "京%c%05llu", static_cast<char>('A' + vehicle / 100'000 % 26),
                  static_cast<unsigned long long>(vehicle % 100'000 + vehicle / 2'600'000 * 100'000));
    auto at = static_cast<std::int64_t>(static_cast<double>(number) / static_cast<double>(passages_) * static_cast<double>(kYear_us));
    if (random() % 100 == 0) at -= static_cast<std::int64_t>(random() % (3ull * 86'400 * 1'000'000));
    const bool exceeded = random() % 1000 < (vehicle % 20 == 0 ? 500u : 5u);
    return {plate, 1'767'225'600'000'000 + at, exceeded};
  }
  std::string payload(std::uint64_t number) {
    const auto it = row(number);
    passage_.mutable_plate()->set_text(it.plate);
    passage_.set_record_number(chain(number)->key.station_id + "0120260101000000");
    *passage_.mutable_detected_at() = records::to_timestamp(records::to_wall_time(it.detected_us));
    auto& opacity = *passage_.mutable_assessment()->mutable_results(0);
    opacity.set_exceeded(it.exceeded);
    opacity.set_value(it.exceeded ? 44 : 12);
    return passage_.SerializeAsString();
  }

 private:
  const std::uint64_t passages_, vehicles_;
  std::vector<std::shared_ptr<const ledger::ChainHeader>> chains_;
  v1::Passage passage_;
};

/// Answers on the asking thread. What is appended comes next.
class MadeUpLedger final : public ledger::Ledger {
 public:
  explicit MadeUpLedger(Traffic& traffic) : traffic_(traffic), own_(std::make_shared<ledger::ChainHeader>()) {
    auto own = std::make_shared<ledger::ChainHeader>();
    own->key.station_id = "A110100001";
    own_ = own;
  }

  bool append(ledger::Draft draft, Appended done) override {
    appended_.push_back(std::move(draft));
    done(appended_.size());
    return true;
  }
  void read(Position from, std::size_t limit, std::size_t, ReadDone done) override {
    const auto wall = steady_clock::now();
    const auto processor = processor_s(CLOCK_THREAD_CPUTIME_ID);
    ledger::Entries entries;
    entries.reserve(limit);
    for (Position position = from; entries.size() < limit; ++position) {
      auto entry = std::make_shared<ledger::Entry>();
      entry->position = position;
      if (!appended_.empty()) {
        entry->chain = own_;
        entry->sequence = ++own_sequence_;
        entry->kind = appended_.front().kind;
        entry->wall_time_us = appended_.front().wall_time_us;
        entry->payload = std::move(appended_.front().payload);
        appended_.pop_front();
      } else if (made_ < traffic_.passages()) {
        entry->chain = traffic_.chain(made_);
        entry->sequence = made_ / kStations + 1;
        entry->kind = v1::Entry::passage;
        entry->payload = traffic_.payload(made_);
        ++made_;
      } else {
        break;
      }
      newest_ = position;
      entries.push_back(std::move(entry));
    }
    making_s += processor_s(CLOCK_THREAD_CPUTIME_ID) - processor;
    making_wall_s += std::chrono::duration<double>(steady_clock::now() - wall).count();
    done(std::move(entries));
  }
  Position newest() const override { return newest_ + (made_ < traffic_.passages() || !appended_.empty() ? 1 : 0); }
  std::shared_ptr<const ledger::ChainHeader> own_chain() const override { return own_; }

  bool append_run(ledger::Run, RunAppended) override { return false; }
  void find(ledger::ChainKey, Sequence, ReadDone) override {}
  void find_time(std::int64_t, ReadDone) override {}
  std::shared_ptr<void> watch(std::function<void(Position)>) override { return nullptr; }
  std::vector<ledger::ChainState> chains() const override { return {}; }
  std::optional<ledger::ChainState> chain(const ledger::ChainKey&) const override { return std::nullopt; }
  ledger::Marks marks() const override { return {}; }
  ledger::Statistics statistics() const override { return {}; }

  std::atomic<double> making_s = 0, making_wall_s = 0;

 private:
  Traffic& traffic_;
  std::shared_ptr<const ledger::ChainHeader> own_;
  std::deque<ledger::Draft> appended_;
  std::atomic<std::uint64_t> made_ = 0;
  std::atomic<Position> newest_ = 0;
  Sequence own_sequence_ = 0;
};

class Folder {
 public:
  explicit Folder(const std::string& parent) {
    auto name = (parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent)) / "exhaust-bench-XXXXXX";
    std::string text = name.string();
    if (::mkdtemp(text.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + name.parent_path().string());
    path = text;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

struct Cost {
  double processor_us, wall_us;  ///< of one passage
};

/// Costs of the last million before each of `marks`.
class Stopwatch {
 public:
  void begin(double processor_off, double wall_off) {
    processor_ = processor_s(CLOCK_PROCESS_CPUTIME_ID) - processor_off;
    wall_ = now() - wall_off;
  }
  Cost end(std::uint64_t passages, double processor_off, double wall_off) const {
    const auto n = static_cast<double>(passages) * 1e-6;
    return {(processor_s(CLOCK_PROCESS_CPUTIME_ID) - processor_off - processor_) / n, (now() - wall_off - wall_) / n};
  }

 private:
  static double now() { return std::chrono::duration<double>(steady_clock::now().time_since_epoch()).count(); }
  double processor_ = 0, wall_ = 0;
};

constexpr std::uint64_t kBatch = 100'000;

/// `insert(number)` for all, in transactions as large as ours. The cost of the last part of them.
template <class Insert>
Cost plain(const std::filesystem::path& file, const char* table, Traffic& traffic, std::uint64_t last_part, Insert insert) {
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX);
  database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -65536;");
  database.execAndGet("PRAGMA journal_mode = WAL");
  database.exec(table);
  SQLite::Statement statement(database, "INSERT INTO passages VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  Stopwatch stopwatch;
  double making = 0, making_wall = 0;
  std::vector<Traffic::Row> rows;
  for (std::uint64_t number = 0; number < traffic.passages(); number += kBatch) {
    const auto end = std::min(traffic.passages(), number + kBatch);
    if (number + last_part <= traffic.passages()) stopwatch.begin(making, making_wall);
    const auto processor = processor_s(CLOCK_PROCESS_CPUTIME_ID);
    const auto wall = steady_clock::now();
    rows.clear();
    for (auto n = number; n < end; ++n) rows.push_back(traffic.row(n));
    making += processor_s(CLOCK_PROCESS_CPUTIME_ID) - processor;
    making_wall += std::chrono::duration<double>(steady_clock::now() - wall).count();
    SQLite::Transaction transaction(database);
    for (auto n = number; n < end; ++n) insert(statement, rows[n - number], n);
    transaction.commit();
  }
  return stopwatch.end(last_part, making, making_wall);
}

void bind_and_insert(SQLite::Statement& statement, const Traffic::Row& row, std::uint64_t number) {
  statement.bindNoCopy(1, row.plate);
  statement.bind(2, 1);
  statement.bind(3, row.detected_us);
  statement.bind(4, static_cast<std::int64_t>(number % kStations));
  statement.bind(5, static_cast<std::int64_t>(number / kStations + 1));
  statement.bind(6, 1);
  statement.bind(7, 0);
  statement.bind(8, row.exceeded ? 0 : 2);
  statement.exec();
  statement.reset();
}

constexpr const char* kColumns = "(plate TEXT NOT NULL, color INTEGER, detected_us INTEGER, chain INTEGER, sequence INTEGER, lane INTEGER, rule INTEGER, passed INTEGER";

}  // namespace

nlohmann::ordered_json history(const Options& options) {
  Traffic traffic(options.passages);
  Folder folder(options.folder);
  nlohmann::ordered_json measured;
  const std::uint64_t part = std::min<std::uint64_t>(1'000'000, traffic.passages());
  measured["passages"] = traffic.passages();
  measured["vehicles"] = traffic.passages() / 10;
  Cost ours{};
  {
    MadeUpLedger ledger(traffic);
    SystemClock clock;
    const auto file = folder.path / "history.sqlite";
    projection::HistorySettings settings{.file = file, .make = true, .rules = {{kStandard, {}, {}}}, .batch = kBatch};
    projection::History history(ledger, clock, settings);
    Stopwatch whole, stretch;
    whole.begin(0, 0);
    stretch.begin(0, 0);
    history.start();
    std::uint64_t begun = 0, next = part;
    for (bool done = false; !done;) {
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
      const auto state = history.state();
      const auto seen = state.progress.entries - std::min(state.progress.entries, state.made + state.withdrawn);
      done = seen >= traffic.passages() && state.on_the_way == 0 && state.progress.position >= ledger.newest();
      if (seen >= next || done) {
        if (seen > begun) ours = stretch.end(seen - begun, ledger.making_s, ledger.making_wall_s);
        if (seen >= next) {
          const auto at = std::to_string((seen + part / 2) / part * part / 1'000'000) + "_M";
          const bool is_told = seen >= traffic.passages() || next == part || next % (10 * part) == 0;
          if (is_told) measured["ours_until_" + at + "_processor_us"] = ours.processor_us;
          if (is_told) measured["ours_until_" + at + "_wall_us"] = ours.wall_us;
        }
        stretch.begin(ledger.making_s, ledger.making_wall_s);
        begun = seen;
        while (next <= seen) next += part;
      }
    }
    const auto all = whole.end(traffic.passages(), ledger.making_s, ledger.making_wall_s);
    measured["ours_all_processor_us"] = all.processor_us;
    measured["ours_all_wall_us"] = all.wall_us;
    const auto state = history.state();
    measured["determinations"] = state.made;
    measured["withdrawn"] = state.withdrawn;
    measured["file_bytes_per_passage"] = static_cast<double>(std::filesystem::file_size(file)) / static_cast<double>(traffic.passages());
    ours = all;
  }
  std::filesystem::remove(folder.path / "history.sqlite");
  if (!options.plain) return measured;
  const auto in_order = plain(folder.path / "in_order.sqlite", (std::string("CREATE TABLE passages") + kColumns + ")").c_str(), traffic, part, bind_and_insert);
  std::filesystem::remove(folder.path / "in_order.sqlite");
  measured["plain_unsorted_last_part_processor_us"] = in_order.processor_us;
  measured["plain_unsorted_last_part_wall_us"] = in_order.wall_us;
  const auto sorted = plain(folder.path / "sorted.sqlite",
                            (std::string("CREATE TABLE passages") + kColumns + ", PRIMARY KEY(plate, color, detected_us, chain, sequence)) WITHOUT ROWID").c_str(),
                            traffic, part, bind_and_insert);
  measured["plain_by_vehicle_last_part_processor_us"] = sorted.processor_us;
  measured["plain_by_vehicle_last_part_wall_us"] = sorted.wall_us;
  measured["ours_to_plain_by_vehicle_wall"] = ours.wall_us / sorted.wall_us;
  measured["ours_to_plain_unsorted_wall"] = ours.wall_us / in_order.wall_us;
  return measured;
}

}  // namespace exhaust::bench
