#include "daemon/app/quality_entries.hpp"

#include <algorithm>
#include <charconv>

#include "daemon/core/bytes.hpp"
#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::app {

namespace {

constexpr Duration kRetry = std::chrono::seconds{1};

std::string mark(Lane lane, const char* what) {
  return "lane." + std::to_string(lane) + "." + what;
}

std::string from_mark(const ledger::Marks& marks, const std::string& name) {
  const auto found = marks.find(name);
  if (found == marks.end()) return {};
  const auto bytes = from_hex(found->second);
  return bytes ? std::string(as_text(*bytes)) : std::string();
}

/// What a run owes: from where on the audit's entry is, and the amendment without its cause.
std::string owed(Position from, const v1::Amendment& amendment) {
  return std::to_string(from) + " " + to_hex(as_bytes(amendment.SerializeAsString()));
}

}  // namespace

quality::Past quality_past(const ledger::Marks& marks, Lane lane) {
  return {from_mark(marks, mark(lane, "quality")), from_mark(marks, mark(lane, "learnt"))};
}
std::pair<std::string, std::string> learnt_mark(Lane lane, const std::string& learnt) {
  return {mark(lane, "learnt"), to_hex(as_bytes(learnt))};
}
std::pair<std::string, std::string> quality_mark(Lane lane, const std::string& state) {
  return {mark(lane, "quality"), to_hex(as_bytes(state))};
}

QualityEntries::QualityEntries(std::shared_ptr<Mailbox> mailbox, const Clock& clock, ledger::Ledger& ledger,
                               std::function<std::string(Lane)> state)
    : mailbox_(std::move(mailbox)), clock_(clock), ledger_(ledger), state_(std::move(state)) {}

void QualityEntries::settle(const std::vector<Lane>& lanes) {
  const auto marks = ledger_.marks();
  for (const auto lane : lanes) {
    const auto found = marks.find(mark(lane, "amend"));
    if (found == marks.end() || found->second.empty()) continue;
    const auto& text = found->second;
    Position from = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), from);
    const auto bytes = error == std::errc{} ? from_hex(std::string_view(end, text.data() + text.size()))
                                            : fail(ErrorKind::kDamaged, "");
    v1::Amendment amendment;
    if (!bytes || !amendment.ParseFromString(std::string(as_text(*bytes)))) {
      log::error("an amendment that the last run owes cannot be read", {{"LANE", std::to_string(lane)}});
      continue;
    }
    find_cause(lane, std::move(amendment), from);
  }
}

/// The audit's entry is one of those that were appended when it was, or soon after.
void QualityEntries::find_cause(Lane lane, v1::Amendment amendment, Position from) {
  ++on_the_way_;
  ledger_.read(from, 500, 4u << 20, [this, box = mailbox_, lane, amendment](Result<ledger::Entries> read) {
    box->post([this, lane, amendment, read = std::move(read)] {
      --on_the_way_;
      const auto own = ledger_.own_chain()->key;
      if (read && !read->empty()) {
        for (const auto& entry : *read) {
          v1::QualityCheck check;
          const bool is_audit = entry->chain->key == own && entry->kind == v1::Entry::audit &&
                                entry->payload && check.ParseFromString(*entry->payload);
          if (is_audit && check.lane() == lane && !check.passed())
            return amend(lane, amendment, entry->sequence);
        }
        return find_cause(lane, amendment, read->back()->position + 1);
      }
      amend(lane, amendment, 0);  // it stands without the citation too
    });
  });
}

void QualityEntries::submit(Lane lane, inspection::Statement statement, Stored stored) {
  Entry entry;
  entry.lane = lane;
  entry.kind = statement.kind;
  entry.payload = std::move(statement.payload);
  entry.amends = std::move(statement.amends);
  entry.stored = std::move(stored);
  if (statement.quality) entry.marks.insert(quality_mark(lane, *statement.quality));
  keep(std::move(entry));
}

void QualityEntries::keep(Entry entry) {
  if (waiting_.empty()) {
    const auto shared = std::make_shared<Entry>(std::move(entry));
    if (append(shared)) return;
    entry = std::move(*shared);
  }
  wait(std::move(entry));
}

void QualityEntries::wait(Entry entry) {
  if (waiting_.size() < kMostWaiting) {
    waiting_.push_back(std::move(entry));
    return;
  }
  ++lost_;
  log::error("an entry of quality control is lost: the ledger takes none",
             {{"LANE", std::to_string(entry.lane)}});
  if (entry.stored)
    entry.stored(fail(ErrorKind::kStorage, "the ledger takes no entries: nothing was stored"));
}

void QualityEntries::tick() {
  const auto now = clock_.monotonic();
  if (waiting_.empty() || now < try_again_) return;
  try_again_ = now + kRetry;
  while (!waiting_.empty()) {
    const auto shared = std::make_shared<Entry>(std::move(waiting_.front()));
    waiting_.pop_front();
    if (append(shared)) continue;
    waiting_.push_front(std::move(*shared));
    return;
  }
}

bool QualityEntries::append(const std::shared_ptr<Entry>& entry) {
  ledger::Draft draft;
  draft.kind = entry->kind;
  draft.wall_time_us = clock_.wall().time_since_epoch().count();
  draft.payload = entry->payload;
  draft.marks = entry->marks;
  if (entry->amends) draft.marks[mark(entry->lane, "amend")] = owed(ledger_.newest() + 1, *entry->amends);
  auto done = [this, box = mailbox_, entry](const Result<Sequence>& appended) {
    box->post([this, entry, appended] {
      --on_the_way_;
      if (!appended) {
        log::warning("an entry of quality control was not stored, and waits",
                     {{"ERROR", appended.error().detail}});
        // Later ones may be stored already, and the older state must not replace theirs.
        for (auto& [name, text] : entry->marks) {
          if (const auto newest = quality_mark(entry->lane, state_(entry->lane)); name == newest.first)
            text = newest.second;
        }
        return wait(std::move(*entry));
      }
      if (entry->amends) amend(entry->lane, std::move(*entry->amends), *appended);
      if (entry->stored) entry->stored(*appended);
    });
  };
  if (!ledger_.append(std::move(draft), std::move(done))) return false;
  ++on_the_way_;
  return true;
}

void QualityEntries::amend(Lane lane, v1::Amendment amendment, Sequence cause) {
  const auto own = ledger_.own_chain();
  if (cause != 0) {
    auto& cited = *amendment.mutable_cause();
    cited.set_station_id(own->key.station_id);
    cited.set_ledger_id(records::to_bytes(own->key.ledger_id));
    cited.set_sequence(cause);
  }
  log::warning("an audit failed: records are invalid from the last good one on",
               {{"LANE", std::to_string(lane)}});
  Entry entry;
  entry.lane = lane;
  entry.kind = v1::Entry::amendment;
  entry.payload = amendment.SerializeAsString();
  entry.marks[mark(lane, "amend")] = "";
  keep(std::move(entry));
}

}  // namespace exhaust::app
