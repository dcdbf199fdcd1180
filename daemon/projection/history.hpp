#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/result.hpp"
#include "daemon/core/time.hpp"
#include "daemon/ledger/ledger.hpp"
#include "daemon/projection/progress.hpp"
#include "daemon/projection/repetition.hpp"

namespace exhaust::projection {

struct HistorySettings {
  std::filesystem::path file;       ///< beside the ledger
  bool make = false;                ///< this tier determines; else it only keeps the determinations of others
  std::vector<Rule> rules;          ///< at most 32; passages under other standards are counted, and determine nothing
  std::size_t batch = 100'000;      ///< entries in one transaction, while it is behind
  std::size_t run = 4'000'000;      ///< passes in one table: see docs/adr/0010-passes-in-runs.md
};

/// One determination as an entry says it, and its withdrawal.
struct DeterminationLine {
  EntryKey entry;
  WallTime said;
  v1::Determination body;
  struct Withdrawal {
    EntryKey entry;
    WallTime said;
    v1::DeterminationWithdrawn body;
  };
  std::optional<Withdrawal> withdrawn;
};

struct DeterminationQuery {
  std::string plate;             ///< empty: any
  std::string id;                ///< begins so, in hexadecimal digits; empty: any
  bool withdrawn_too = false;
  std::size_t limit = 1000;      ///< the newest ones
};

struct HistoryState {
  Progress progress;
  bool makes = false;
  std::uint64_t made = 0;        ///< determination entries in this ledger, of any tier
  std::uint64_t withdrawn = 0;   ///< of these
  std::uint64_t on_the_way = 0;  ///< appended, not read back yet
  std::uint64_t refused = 0;     ///< appends that the ledger did not take; tried again
  /// Passages by what became of them: kept_passes, kept_exceedances, or why they say nothing (invalid, plate_not_read, ...).
  std::map<std::string, std::uint64_t, std::less<>> passages;
};

/// What has been measured of each vehicle, at all stations of this tier's ledger, and the determinations that follow
/// (docs/determinations.md). What is found is appended to our own chain, once: what the ledger says already is known from
/// reading it, and nothing is appended before everything has been read that was there when the file was opened.
///
/// Threading: public methods from any thread. The ledger and the clock outlive it.
class History {
 public:
  /// On the history's own thread. Errors: kRefused (too many ask), kStorage (its file cannot be opened now).
  using Listed = std::function<void(Result<std::vector<DeterminationLine>>)>;

  History(ledger::Ledger& ledger, const Clock& clock, HistorySettings settings);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void start();
  HistoryState state() const;
  void list(DeterminationQuery query, Listed listed);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace exhaust::projection
