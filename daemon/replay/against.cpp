#include "daemon/replay/against.hpp"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <set>

#include "daemon/replay/stored.hpp"
#include "exhaust/v1/entry.pb.h"

namespace exhaust::replay {

namespace {

constexpr std::size_t kMostDifferences = 20;

bool compared(std::int64_t kind) { return kind == v1::Entry::passage || kind == v1::Entry::gap; }

/// The same vehicle, or the same stretch, in a few words.
std::string name_of(std::int64_t kind, const std::string& payload) {
  if (kind == v1::Entry::passage) {
    v1::Passage passage;
    if (!passage.ParseFromString(payload)) return "passage that does not parse";
    return "passage " + std::to_string(passage.vehicle_number()) + " of lane " + std::to_string(passage.lane()) + " (" + passage.record_number() + ")";
  }
  v1::Gap gap;
  if (!gap.ParseFromString(payload)) return "gap that does not parse";
  auto from = WallTime{std::chrono::seconds{gap.from().seconds()} + std::chrono::microseconds{gap.from().nanos() / 1000}};
  return "gap of lane " + std::to_string(gap.lane()) + " from " + to_rfc3339(from) + " (" + gap.reason() + ")";
}

/// The first field that differs, in words.
std::string difference(std::int64_t kind, const std::string& stored, const std::string& replayed) {
  const auto compare = [&](auto one, auto other) {
    if (!one.ParseFromString(stored) || !other.ParseFromString(replayed)) return std::string("one of them does not parse");
    std::string report;
    google::protobuf::util::MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&report);
    if (differencer.Compare(one, other)) return std::string("the same values, encoded otherwise");
    return report.substr(0, report.find('\n'));
  };
  return kind == v1::Entry::passage ? compare(v1::Passage(), v1::Passage()) : compare(v1::Gap(), v1::Gap());
}

bool of_the_ledger(std::int64_t kind, const std::string& payload) {
  v1::Gap gap;
  return kind == v1::Entry::gap && gap.ParseFromString(payload) && gap.reason() == "ledger_refused";
}

struct Stored {
  Sequence sequence = 0;
  std::int64_t kind = 0;
  Digest sha256{};
  std::string payload;
};

/// Our own chain's passages and gaps, in order.
Result<std::vector<Stored>> stored_in(const std::filesystem::path& folder) {
  std::vector<Stored> all;
  const auto read = each_stored(folder, [&](const StoredEntry& stored) {
    const auto& entry = stored.entry;
    if (!stored.own || !compared(entry.kind) || !entry.payload) return true;
    all.push_back({entry.sequence, entry.kind, sha256(as_bytes(*entry.payload)), *entry.payload});
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return all;
}

}  // namespace

Result<Comparison> compare(const std::filesystem::path& ledger, const std::vector<Payload>& payloads) {
  const auto stored = stored_in(ledger);
  if (!stored) return std::unexpected(stored.error());
  Comparison result;
  const auto differs = [&](std::string sentence) {
    if (result.differences.size() < kMostDifferences) result.differences.push_back(std::move(sentence));
    else ++result.more_differences;
  };

  std::map<std::string, const Payload*> by_name;
  for (const auto& payload : payloads) {
    if (!compared(payload.kind)) continue;
    by_name[name_of(payload.kind, payload.bytes)] = &payload;
  }
  const auto known = [&](const Stored& entry) { return by_name.contains(name_of(entry.kind, entry.payload)); };
  const auto first = std::ranges::find_if(*stored, known);
  const auto last = std::ranges::find_if(stored->rbegin(), stored->rend(), known).base();
  if (first != stored->end()) {
    result.first = first->sequence;
    result.last = std::prev(last)->sequence;
  }
  std::set<std::string> seen;
  for (auto entry = first; entry < last; ++entry) {
    const auto name = name_of(entry->kind, entry->payload);
    const auto where = "sequence " + std::to_string(entry->sequence) + ", " + name;
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      if (of_the_ledger(entry->kind, entry->payload)) ++result.of_the_ledger;
      else differs(where + ": the replay does not arrive at it");
      continue;
    }
    seen.insert(name);
    if (found->second->sha256 == entry->sha256) ++result.equal;
    else differs(where + ": " + difference(entry->kind, entry->payload, found->second->bytes));
  }
  for (const auto& payload : payloads) {
    if (!compared(payload.kind)) continue;
    const auto name = name_of(payload.kind, payload.bytes);
    if (!seen.contains(name)) differs(name + ": the ledger does not hold it");
  }
  return result;
}

}  // namespace exhaust::replay
