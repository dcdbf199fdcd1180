#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/history.hpp"
#include "daemon/projection/history_passage.hpp"

/// The history's tables. Internal to this folder: SQLiteCpp shows.
namespace exhaust::projection {

/// Plate and interned colour: what the tables are sorted by.
struct VehicleRow {
  std::string plate;
  std::int64_t color = 0;
  auto operator<=>(const VehicleRow&) const = default;
};

struct PassageRow {
  VehicleRow vehicle;
  std::int64_t chain = 0;
  std::int64_t sequence = 0;
  KeptPassage kept;
  std::string record_number, exceeded;  ///< of an exceedance only
  auto order() const { return std::tie(vehicle, kept.detected_us, chain, sequence); }
};

/// Exceedances of all vehicles stand in one table, which is small. Passes, of which there are many, are only looked at for
/// the few vehicles that have exceeded before and after: they are written into the youngest of several tables ("runs"), each
/// small enough to be written to at random.
///
/// Threading: the projection's thread.
class HistoryStore {
 public:
  HistoryStore(SQLite::Database& database, std::span<const Rule> rules, std::size_t run);

  std::int64_t chain(const ledger::ChainKey& key);
  std::int64_t color(const std::string& word);
  Vehicle vehicle(const VehicleRow& row) const;

  /// REQUIRES: sorted by `order`.
  void insert(std::span<const PassageRow> rows);
  /// The latest exceedance of a vehicle.
  std::optional<std::int64_t> latest_exceedance_us(const VehicleRow& vehicle);
  /// All exceedances of a vehicle, and the passes that lie among them or within `around` beside them.
  std::vector<Event> events(const VehicleRow& vehicle, std::chrono::seconds around);

  /// The vehicle that the reviewed passage shows, if that is here as an exceedance.
  std::optional<VehicleRow> add_review(const EntryKey& passage, const EntryKey& review, Position position, bool confirmed);
  /// Adds the vehicles that may be concerned: those with at least `exceedances`, and a passage in the range.
  void add_amendment(const EntryKey& amendment, std::int64_t said_us, const v1::Amendment& body, std::size_t exceedances,
                     std::vector<VehicleRow>& concerned);

  void add_determination(const EntryKey& entry, std::int64_t said_us, const v1::Determination& body);
  /// The vehicle, if the determination is here.
  std::optional<VehicleRow> add_withdrawal(const EntryKey& entry, std::int64_t said_us, const v1::DeterminationWithdrawn& body);
  /// That `station` said of this vehicle and did not withdraw.
  std::vector<DeterminationLine> standing(const VehicleRow& vehicle, const std::string& station);
  std::vector<DeterminationLine> list(const DeterminationQuery& query);
  std::uint64_t made() const { return made_; }
  std::uint64_t withdrawn() const { return withdrawn_; }

  /// Vehicles whose determinations are not what the ledger says.
  void set_due(const VehicleRow& vehicle, bool due);
  std::vector<VehicleRow> due(std::size_t limit);
  bool any_due() const { return due_count_ > 0; }

  std::map<std::string, std::uint64_t, std::less<>>& counts() { return counts_; }
  /// Before a commit.
  void save();

 private:
  struct Run {
    std::int64_t number = 0;
    std::int64_t rows = 0;
    std::int64_t first_us = 0, last_us = 0;
    std::int64_t saved_rows = -1;
    std::unique_ptr<SQLite::Statement> query, insert;
  };
  struct Amended {
    std::int64_t from_us, to_us, said_us;
    EntryKey entry;
  };
  struct Said {
    EntryKey entry;
    bool confirmed;
  };
  /// Of many vehicles' plates: never forgets one, now and then takes another for it.
  class Filter {
   public:
    void add(const VehicleRow& vehicle);
    bool may_hold(const VehicleRow& vehicle) const;

   private:
    static constexpr std::size_t kBits = std::size_t{1} << 26;
    static std::pair<std::size_t, std::size_t> places(const VehicleRow& vehicle);
    std::vector<bool> bits_ = std::vector<bool>(kBits);
  };

  SQLite::Statement& prepared(const char* sql);
  void load();
  Run& young();
  SQLite::Statement& query_of(Run& run);
  void insert_pass(const PassageRow& row);
  void insert_exceedance(const PassageRow& row);
  std::optional<EntryKey> amended(const Event& event, std::uint32_t lane) const;
  std::optional<Said> review(std::int64_t chain, std::int64_t sequence);
  EntryKey entry(std::int64_t chain, std::int64_t sequence) const;
  DeterminationLine line(SQLite::Statement& query);

  SQLite::Database& database_;
  const std::span<const Rule> rules_;
  const std::int64_t run_rows_;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
  std::map<ledger::ChainKey, std::int64_t> chain_numbers_;
  std::map<std::int64_t, ledger::ChainKey> chains_;
  std::map<std::string, std::int64_t> color_numbers_;
  std::map<std::int64_t, std::string> colors_;
  std::vector<Run> runs_;
  Filter exceeded_;
  std::map<std::pair<ledger::ChainKey, std::uint32_t>, std::vector<Amended>> amendments_;  ///< by chain and lane: a new ledger's says nothing of an old one's time
  std::map<std::string, std::uint64_t, std::less<>> counts_, saved_counts_;
  std::uint64_t made_ = 0, withdrawn_ = 0;
  std::int64_t due_count_ = 0;
};

}  // namespace exhaust::projection
