#include "daemon/verify/chain_check.hpp"

#include <limits>
#include <utility>

namespace exhaust::verify {

namespace {
constexpr std::size_t kMostProblems = 20;
constexpr std::int64_t kPassage = 4;  // entry.proto, Entry.Kind
constexpr std::uint32_t kAbsent = 0xffffffff;
}  // namespace

void ProblemList::add(Sequence sequence, std::string text) {
  if (problems_.size() < kMostProblems) problems_.push_back({sequence, std::move(text)});
  else ++more_;
}

std::vector<Problem> ProblemList::close() {
  if (more_ > 0) problems_.push_back({0, std::to_string(more_) + " more problems"});
  return std::move(problems_);
}

ChainCheck::ChainCheck(const ledger::StoredChain& chain)
    : header_(*chain.state.header), hash_(ledger::chain_start(*chain.state.header)) {
  report_.station_id = header_.key.station_id;
  report_.ledger_id = to_hex(header_.key.ledger_id);
  report_.simulated = header_.simulated;
  report_.own = chain.state.own;
}

void ChainCheck::begins(const ledger::StoredChain& chain) {
  if (*chain.state.header != header_) problems_.add(0, "its header differs between segments");
  if (chain.before_sequence != last_) {
    problems_.add(last_ + 1, "the segment continues after " + std::to_string(chain.before_sequence) +
                                 ", the entries before it end at " + std::to_string(last_));
  } else if (chain.before_hash != hash_) {
    problems_.add(last_, last_ == 0 ? "the chain does not start from its header"
                                    : "the segment does not continue the chain hash before it");
  }
  last_ = chain.before_sequence;
  hash_ = chain.before_hash;
}

void ChainCheck::add(const ledger::StoredRow& row) {
  const std::string name = "entry " + std::to_string(row.sequence);
  bool linked = true;
  if (row.sequence <= last_) {
    problems_.add(row.sequence, name + " stands behind entry " + std::to_string(last_));
    linked = false;
  } else if (row.sequence > last_ + 1) {
    problems_.add(last_ + 1, row.sequence == last_ + 2 ? "entry " + std::to_string(last_ + 1) + " is missing"
                                                       : "entries " + std::to_string(last_ + 1) + " to " +
                                                             std::to_string(row.sequence - 1) + " are missing");
    linked = false;
  }

  std::optional<Digest> leaf;
  if (row.payload) {
    leaf = ledger::leaf_of(header_.algorithm, as_bytes(*row.payload));
    if (row.rejected) problems_.add(row.sequence, name + " is rejected, yet has a payload");
    payloads_.add_u32be(static_cast<std::uint32_t>(row.payload->size())).add(as_bytes(*row.payload));
  } else {
    leaf = row.leaf;
    if (!leaf) problems_.add(row.sequence, name + " has neither payload nor leaf");
    payloads_.add_u32be(kAbsent);
  }
  const bool whole = leaf && row.hash && row.kind >= 0 && row.kind <= std::numeric_limits<std::uint32_t>::max();
  // Without its predecessor an entry's hash cannot be computed again; the next one's can.
  if (linked && whole) {
    const Digest expected = ledger::chain_next(header_.algorithm, hash_, row.sequence, row.wall_time_us,
                                               static_cast<std::uint32_t>(row.kind), *leaf);
    if (expected != *row.hash) problems_.add(row.sequence, name + " is not what was hashed");
  } else if (linked && leaf) {
    problems_.add(row.sequence, name + " has no hash or no kind");
  }

  if (report_.entries++ == 0) report_.first = row.sequence;
  if (row.kind == kPassage) ++report_.passages;
  if (row.rejected) ++report_.rejected;
  else if (!row.payload) ++report_.withheld;
  last_ = row.sequence;
  if (row.hash) hash_ = *row.hash;
}

void ChainCheck::ends(const ledger::StoredChain& chain) {
  const auto& head = chain.state;
  if (head.last > last_) {
    problems_.add(last_ + 1, "entries " + std::to_string(last_ + 1) + " to " + std::to_string(head.last) +
                                 " are missing at the end");
  } else if (head.last < last_) {
    problems_.add(head.last + 1, "the chain's head is " + std::to_string(head.last) + ", its entries go on to " +
                                     std::to_string(last_));
  } else if (head.hash != hash_) {
    problems_.add(last_, "the chain's head has another hash than its last entry");
  } else if (head.passages != report_.passages || head.rejected != report_.rejected) {
    problems_.add(0, "counted " + std::to_string(report_.passages) + " passages and " +
                         std::to_string(report_.rejected) + " rejected, stated are " + std::to_string(head.passages) +
                         " and " + std::to_string(head.rejected));
  }
}

ChainReport ChainCheck::report() {
  report_.last = report_.entries == 0 ? 0 : last_;
  report_.last_hash = to_hex(hash_);
  report_.payload_digest = to_hex(payloads_.finish());
  report_.problems = problems_.close();
  return std::move(report_);
}

}  // namespace exhaust::verify
