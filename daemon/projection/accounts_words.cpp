#include "daemon/projection/accounts_words.hpp"

#include <utility>

#include "daemon/core/time.hpp"

namespace exhaust::projection::words {

namespace {

/// "2026-11-23 18:00:07", without the seconds when `full_hour`.
std::string china(std::int64_t wall_us, bool full_hour) {
  const auto text = to_china_compact(std::chrono::floor<std::chrono::seconds>(WallTime{std::chrono::microseconds{wall_us}}));
  if (text.size() != 14) return text;  // not of our calendar
  return text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2) + " " + text.substr(8, 2) + ":" + text.substr(10, 2) +
         (full_hour ? "" : ":" + text.substr(12, 2));
}

std::string n(std::uint64_t value) { return std::to_string(value); }

std::string between(const Remark& remark) { return "between " + china(remark.from_us, false) + " and " + china(remark.to_us, false); }

/// "number 57 is", "3 of the numbers 57 to 60 are", "numbers 57 to 60 are"
std::string numbers_are(const Remark& remark) {
  if (remark.first == remark.last) return "number " + n(remark.first) + " is";
  const bool all = remark.count == remark.last - remark.first + 1;
  return (all ? "numbers " : n(remark.count) + " of the numbers ") + n(remark.first) + " to " + n(remark.last) + " are";
}

std::string cause(const Remark& remark) {
  switch (remark.kind) {
    case Remark::Kind::kHole:
      return numbers_are(remark) + " in no entry (between the lane's entries " + n(remark.after) + " and " + n(remark.sequence) + ")";
    case Remark::Kind::kAgain: return numbers_are(remark) + " told again by entry " + n(remark.sequence);
    case Remark::Kind::kSurplus:
      return "entry " + n(remark.sequence) + " tells of " + plural(remark.count, "missed vehicle") + " that the gate did not count";
    case Remark::Kind::kAbsurd: return "the numbers in entry " + n(remark.sequence) + " are no count of vehicles, and are left out";
    default: return {};
  }
}

}  // namespace

std::string plural(std::uint64_t count, const char* noun) { return n(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string place(const std::string& station, Lane lane, Hour hour) {
  return "station " + station + ", lane " + std::to_string(lane) + ", " + china(hour * kHour_us, true) + " (UTC+8)";
}

std::string not_closed(const HourCounts& counts, const std::vector<const Remark*>& why) {
  const auto text = [](std::int64_t value) { return std::to_string(value); };
  std::string said;
  if (!counts.closes()) {
    said = "triggered " + text(counts.triggered) + " is not passages " + text(counts.passages) + " + missed " + text(counts.missed) + " = " +
           text(counts.passages + counts.missed);
  }
  for (const auto* remark : why) said += (said.empty() ? "" : "; ") + cause(*remark);
  return said;
}

std::string sentence(const Remark& remark) {
  const auto where = "station " + remark.station + ", lane " + std::to_string(remark.lane) + ": ";
  switch (remark.kind) {
    case Remark::Kind::kRestart:
      return where + "the gate's count began again " + between(remark) + " (UTC+8): how many vehicles went by in between without being counted is not known";
    case Remark::Kind::kAcross:
      return where + plural(remark.count, "vehicle") + " missed " + between(remark) + " (UTC+8) count in the hour of " + china(remark.hour * kHour_us, true) +
             ", when the gate's count told of them: in which hour each went by is not known";
    case Remark::Kind::kGateDown:
      return where + "the gate was not heard " + between(remark) + " (UTC+8), and no entry has told of its count since: how many vehicles went by is not known yet";
    default: return where + cause(remark);
  }
}

std::optional<std::string> objection(const v1::TierAccount& tier) {
  const std::pair<const char*, std::uint64_t> parts[] = {{"accepted", tier.accepted()}, {"withheld", tier.withheld()},
                                                         {"pending", tier.pending()},   {"quarantined", tier.quarantined()},
                                                         {"expired", tier.expired()},   {"damaged", tier.damaged()}};
  std::uint64_t sum = 0;
  std::string said;
  bool more = false;
  for (const auto& [name, count] : parts) {
    more = more || count > tier.stored();
    sum += count;
    said += (said.empty() ? "" : " + ") + std::string(name) + " " + n(count);
  }
  if (!more && sum == tier.stored()) return std::nullopt;
  return "tier " + tier.name() + ": stored " + n(tier.stored()) + " is not " + said + (more ? "" : " = " + n(sum));
}

}  // namespace exhaust::projection::words
