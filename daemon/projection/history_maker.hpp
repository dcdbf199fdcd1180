#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "daemon/projection/history_store.hpp"
#include "daemon/projection/projection.hpp"

namespace exhaust::projection {

/// What history makes of the ledger. Internal to this folder.
///
/// Threading: all on the projection's thread, but `state`.
class HistoryMaker final : public Derived {
 public:
  HistoryMaker(ledger::Ledger& ledger, const Clock& clock, HistorySettings settings);

  void open(SQLite::Database& database) override;
  void close() override;
  void take(const ledger::Entry& entry) override;
  void end_batch() override;
  void committed(Position position) override;

  /// Without `progress`. From any thread.
  HistoryState state() const;
  /// REQUIRES: open.
  std::vector<DeterminationLine> list(const DeterminationQuery& query) { return store_->list(query); }
  /// By which the file's rows are to be read.
  static std::string format(const HistorySettings& settings);

 private:
  /// What was appended and has not come back yet. Outlives us in the ledger's completions.
  struct OnTheWay {
    std::mutex mutex;
    std::set<std::string> said;
    std::uint64_t refused = 0;
  };
  struct Decided {
    std::vector<Found> to_make;
    std::vector<v1::DeterminationWithdrawn> to_withdraw;
  };
  struct Reviewed {
    EntryKey passage, review;
    Position position;
    bool confirmed;
  };
  struct AmendedRange {
    EntryKey entry;
    std::int64_t said_us;
    v1::Amendment body;
  };

  void take_passage(const ledger::Entry& entry);
  void take_determination(const ledger::Entry& entry);
  void take_withdrawal(const ledger::Entry& entry);
  void touch_passages();
  bool pass_matters(const PassageRow& row);
  Decided decide(const VehicleRow& vehicle);
  bool say(const Decided& decided);
  bool append(std::uint32_t kind, const std::string& token, std::string payload);
  void came_back(const std::string& token);
  /// What was simulated says nothing about a real vehicle.
  bool is_of_another_world(const ledger::Entry& entry) const { return entry.chain->simulated != own_->simulated; }
  bool is_ours(const ledger::Entry& entry) const { return entry.chain->key.station_id == own_->key.station_id; }

  ledger::Ledger& ledger_;
  const Clock& clock_;
  const HistorySettings settings_;
  const std::shared_ptr<const ledger::ChainHeader> own_;
  std::size_t fewest_ = 2;             ///< exceedances that any rule wants
  std::chrono::seconds merge_most_{};  ///< of all rules

  std::unique_ptr<HistoryStore> store_;
  Position ready_from_ = 0;  ///< nothing is said before all has been read that was there at opening
  v1::Passage passage_;      ///< its memory is used again
  std::vector<PassageRow> rows_;
  std::vector<Reviewed> reviewed_;
  std::vector<AmendedRange> amended_;
  std::vector<VehicleRow> touched_;

  const std::shared_ptr<OnTheWay> on_the_way_ = std::make_shared<OnTheWay>();
  mutable std::mutex mutex_;
  HistoryState state_;
};

}  // namespace exhaust::projection
