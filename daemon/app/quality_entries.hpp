#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/core/ids.hpp"
#include "daemon/core/mailbox.hpp"
#include "daemon/core/time.hpp"
#include "daemon/inspection/inspection.hpp"
#include "daemon/ledger/ledger.hpp"

namespace exhaust::app {

/// The entries of quality control on their way to the ledger, in order, with the lane's state as a mark.
/// While the ledger takes nothing they wait, at most 256 of them; more are lost, counted, with an error in
/// the log.
///
/// A failed audit carries its amendment: a mark beside the audit's entry owes it, and the amendment's own
/// entry, which cites the audit by its sequence, settles that. So there is exactly one, whenever the process
/// dies.
///
/// Threading: everything on the io thread; the ledger's completions come by the mailbox.
class QualityEntries {
 public:
  using Stored = std::function<void(Result<Sequence>)>;

  /// `state`: of a lane now, as its mark has it.
  QualityEntries(std::shared_ptr<Mailbox> mailbox, const Clock& clock, ledger::Ledger& ledger,
                 std::function<std::string(Lane)> state);

  /// Amendments that the last run owes, of these lanes.
  void settle(const std::vector<Lane>& lanes);
  /// `stored` is called once, when the entry is on the disk or can no longer be; it may be empty.
  void submit(Lane lane, inspection::Statement statement, Stored stored = {});
  /// Tries again what waits.
  void tick();

  bool drained() const { return waiting_.empty() && on_the_way_ == 0; }
  std::size_t waiting() const { return waiting_.size(); }
  std::uint64_t lost() const { return lost_; }

 private:
  static constexpr std::size_t kMostWaiting = 256;

  struct Entry {
    Lane lane = 0;
    std::uint32_t kind = 0;
    std::string payload;
    ledger::Marks marks;
    std::optional<v1::Amendment> amends;
    Stored stored;
  };

  void keep(Entry entry);
  void wait(Entry entry);
  bool append(const std::shared_ptr<Entry>& entry);
  void amend(Lane lane, v1::Amendment amendment, Sequence cause);
  void find_cause(Lane lane, v1::Amendment amendment, Position from);

  const std::shared_ptr<Mailbox> mailbox_;
  const Clock& clock_;
  ledger::Ledger& ledger_;
  const std::function<std::string(Lane)> state_;
  std::deque<Entry> waiting_;
  std::size_t on_the_way_ = 0;
  std::uint64_t lost_ = 0;
  MonotonicTime try_again_{};
};

/// What the marks say of a lane's quality.
quality::Past quality_past(const ledger::Marks& marks, Lane lane);
/// The mark that goes with what a lane has learnt, and with the state of its checks and audits.
std::pair<std::string, std::string> learnt_mark(Lane lane, const std::string& learnt);
std::pair<std::string, std::string> quality_mark(Lane lane, const std::string& state);

}  // namespace exhaust::app
