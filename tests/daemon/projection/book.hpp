#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/projection/accounts_report.hpp"
#include "daemon/projection/accounts_store.hpp"
#include "daemon/records/records.hpp"

/// The words in which the tests of accounts speak: entries of stations' ledgers, and what is counted of them.
namespace exhaust::projection {

/// "2026-11-23 08:00:00", as clocks in China show it; microseconds since 1970.
inline std::int64_t at(const std::string& text) {
  const auto time = from_rfc3339(text.substr(0, 10) + "T" + text.substr(11) + "+08:00");
  EXPECT_TRUE(time) << text;
  return time.value_or(WallTime{}).time_since_epoch().count();
}
inline constexpr std::int64_t kSecond_us = 1'000'000;
inline const std::string kStation = "A110119001";

inline google::protobuf::Timestamp stamp(std::int64_t us) { return records::to_timestamp(records::to_wall_time(us)); }

inline v1::Passage vehicle(Lane lane, std::uint64_t number, std::int64_t at_us, v1::Verdict verdict = v1::PASS) {
  v1::Passage passage;
  passage.set_lane(lane);
  passage.set_line("0" + std::to_string(lane));
  if (number > 0) passage.set_vehicle_number(number);
  *passage.mutable_detected_at() = stamp(at_us);
  passage.mutable_plate()->set_text("京A12345");
  passage.mutable_plate()->set_class_("ordinary");
  auto& assessment = *passage.mutable_assessment();
  assessment.set_verdict(verdict);
  assessment.mutable_validity()->set_valid(verdict != v1::INVALID);
  if (verdict == v1::INVALID) assessment.mutable_validity()->add_reasons(v1::Validity::NO_PLUME);
  assessment.set_flagged(verdict == v1::FAIL);
  return passage;
}
inline v1::Gap gap(Lane lane, const std::string& reason, std::int64_t from_us, std::int64_t to_us) {
  v1::Gap gap;
  gap.set_lane(lane);
  gap.set_reason(reason);
  *gap.mutable_from() = stamp(from_us);
  *gap.mutable_to() = stamp(to_us);
  return gap;
}
inline v1::Gap missed(Lane lane, const std::string& reason, std::uint64_t first, std::uint64_t last, std::int64_t from_us, std::int64_t to_us) {
  auto numbered = gap(lane, reason, from_us, to_us);
  numbered.set_missed(last - first + 1);
  numbered.set_first_number(first);
  numbered.set_last_number(last);
  return numbered;
}
inline v1::Gap refused(Lane lane, std::uint64_t vehicles, std::uint64_t last, std::int64_t at_us) {
  auto told = gap(lane, "ledger_refused", at_us, at_us);
  told.set_missed(vehicles);
  told.set_last_number(last);
  return told;
}

/// Entries in the order of a ledger, of any chains.
class Story {
 public:
  /// The chain that the next entries are of.
  Story& of(const std::string& station, std::uint8_t ledger = 1) {
    ledger::ChainHeader header;
    header.key.station_id = station;
    header.key.ledger_id.fill(ledger);
    chain_ = std::make_shared<ledger::ChainHeader>(header);
    return *this;
  }
  Story& passage(const v1::Passage& body) { return add(v1::Entry::passage, body.SerializeAsString(), us(body.detected_at())); }
  Story& gap(const v1::Gap& body) { return add(v1::Entry::gap, body.SerializeAsString(), us(body.to())); }
  Story& begins(Lane lane, std::uint64_t after, std::int64_t at_us) {
    v1::DeviceEvent event;
    event.set_lane(lane);
    event.set_count_begins_after(after);
    return add(v1::Entry::device_event, event.SerializeAsString(), at_us);
  }
  /// Withheld, or rejected by the tier.
  Story& without_content(std::uint32_t kind, std::int64_t at_us) { return add(kind, std::nullopt, at_us); }
  Story& add(std::uint32_t kind, std::optional<std::string> payload, std::int64_t at_us) {
    auto entry = std::make_shared<ledger::Entry>();
    entry->position = entries_.size() + 1;
    entry->chain = chain_;
    entry->sequence = ++sequences_[chain_->key];
    entry->wall_time_us = at_us;
    entry->kind = kind;
    entry->payload = std::move(payload);
    entries_.push_back(std::move(entry));
    return *this;
  }
  /// As if the entry of this sequence had never been written: those behind it move up.
  Story without(Sequence sequence) const {
    Story less;
    for (const auto& entry : entries_) {
      if (entry->sequence == sequence) continue;
      less.of(entry->chain->key.station_id, entry->chain->key.ledger_id.front());
      less.add(entry->kind, entry->payload, entry->wall_time_us);
    }
    return less;
  }
  const std::vector<std::shared_ptr<ledger::Entry>>& entries() const { return entries_; }

 private:
  static std::int64_t us(const google::protobuf::Timestamp& time) { return records::to_wall_time(time).time_since_epoch().count(); }

  std::shared_ptr<const ledger::ChainHeader> chain_ = [] {
    ledger::ChainHeader header;
    header.key.station_id = kStation;
    return std::make_shared<ledger::ChainHeader>(header);
  }();
  std::map<ledger::ChainKey, Sequence> sequences_;
  std::vector<std::shared_ptr<ledger::Entry>> entries_;
};

/// The accounts of a story, in memory.
class Book {
 public:
  Book() { open(); }
  explicit Book(const Story& story) : Book() { take(story, 0, story.entries().size()); }

  /// Entries [from, to) in one batch.
  void take(const Story& story, std::size_t from, std::size_t to) {
    SQLite::Transaction transaction(database_);
    for (auto i = from; i < to; ++i) store_->take(*story.entries()[i]);
    store_->end_batch();
    transaction.commit();
  }
  /// A batch that is undone, as after a full disk.
  void fail(const Story& story, std::size_t from, std::size_t to) {
    {
      SQLite::Transaction transaction(database_);
      for (auto i = from; i < to; ++i) store_->take(*story.entries()[i]);
      store_->end_batch();
      store_->close();
    }
    open();
  }
  void reopen() {
    store_->close();
    open();
  }

  v1::AccountsReply reply(bool by_hour = false, v1::AccountsRequest request = {}, AccountsSettings settings = {}) {
    auto reply = report(store_->rows(filter_of(request)), {}, by_hour, settings);
    EXPECT_TRUE(reply);
    return reply ? *reply : v1::AccountsReply{};
  }
  std::string json() { return records::to_json(reply(true), true); }
  AccountsStore& store() { return *store_; }

 private:
  void open() {
    SQLite::Transaction transaction(database_);
    store_ = std::make_unique<AccountsStore>();
    store_->open(database_);
    transaction.commit();
  }

  SQLite::Database database_{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  std::unique_ptr<AccountsStore> store_;
};

}  // namespace exhaust::projection
