#include "daemon/projection/accounts_store.hpp"

#include <algorithm>

#include "daemon/records/records.hpp"

namespace exhaust::projection {

namespace {

/// Seconds of a gap are put into hours one by one: of a longer one only the end. Stations cut theirs at full hours.
constexpr std::int64_t kLongestGap_us = 400 * 24 * kHour_us;

std::int64_t us_of(const google::protobuf::Timestamp& time) { return records::to_wall_time(time).time_since_epoch().count(); }

template <class... Values>
SQLite::Statement& bound(SQLite::Statement& statement, const Values&... values) {
  int index = 0;
  const auto bind = [&](const auto& value) {
    if constexpr (std::is_integral_v<std::decay_t<decltype(value)>>) statement.bind(++index, static_cast<std::int64_t>(value));
    else statement.bind(++index, value);
  };
  (bind(values), ...);
  return statement;
}

}  // namespace

void AccountsStore::take(const ledger::Entry& entry) {
  auto& chain = chain_of(entry.chain->key);
  if (entry.sequence <= chain.last) {
    ++fed_again_;
    return;
  }
  chain.last = entry.sequence;
  touched_chains_.insert(entry.chain->key);
  const auto place = [&](Lane lane, std::int64_t at_us) {
    touched_lanes_.insert({chain.id, lane});
    return Place{&chain, lane, entry.sequence, at_us, &lanes_[{chain.id, lane}]};
  };
  switch (entry.kind) {
    case v1::Entry::passage: {
      v1::Passage passage;
      if (!entry.payload || !passage.ParseFromString(*entry.payload)) return keep_absent(chain, entry, kPassage);
      const auto at = passage.has_detected_at() ? us_of(passage.detected_at()) : entry.wall_time_us;
      return take_passage(place(passage.lane(), at), passage);
    }
    case v1::Entry::gap: {
      v1::Gap gap;
      if (!entry.payload || !gap.ParseFromString(*entry.payload)) return keep_absent(chain, entry, kGap);
      return take_gap(place(gap.lane(), gap.has_to() ? us_of(gap.to()) : entry.wall_time_us), gap);
    }
    case v1::Entry::device_event: {
      v1::DeviceEvent event;
      if (!entry.payload || !event.ParseFromString(*entry.payload) || !event.has_count_begins_after()) return;
      const auto at = place(event.lane(), entry.wall_time_us);
      if (at.state->number.counting) return;
      at.state->number = {true, event.count_begins_after()};
      at.state->at_us = at.at_us;
      at.state->sequence = at.sequence;
      return;
    }
    default: return;
  }
}

void AccountsStore::take_passage(Place at, const v1::Passage& passage) {
  counts(at, at.hour()) += counts_of(passage);
  if (!passage.line().empty()) at.state->line = passage.line();
  if (passage.vehicle_number() > 0) {
    count(at, {passage.vehicle_number(), passage.vehicle_number(), false, false});
  } else {
    auto& hour = counts(at, at.hour());
    ++hour.triggered;
    ++hour.unnumbered;
  }
}

void AccountsStore::take_gap(Place at, const v1::Gap& gap) {
  const auto from = gap.has_from() ? us_of(gap.from()) : at.at_us;
  cover(at, from, at.at_us);
  if (gap.has_last_number() && gap.has_first_number()) {
    const auto step = count(at, {gap.first_number(), gap.last_number(), gap.reason() == "gate_restarted", false});
    if (step.absurd) return;
    const auto missed = gap.has_missed() ? gap.missed() : gap.last_number() - gap.first_number() + 1;
    if (missed >= kMostVehicles) return remark(at, Remark::Kind::kAbsurd, missed, 0, 0, from, at.at_us);
    counts(at, at.hour()).missed += static_cast<std::int64_t>(missed);
    if (!step.restarted && hour_of(from) < at.hour()) remark(at, Remark::Kind::kAcross, missed, 0, 0, from, at.at_us);
  } else if (gap.missed() > 0) {
    take_refused(at, gap);
  } else if (!gap.has_missed()) {
    gate_down(at, from, at.at_us);
  }
}

/// A gap that tells how many vehicles the ledger had refused, here and there, and the number of the last.
void AccountsStore::take_refused(const Place& at, const v1::Gap& gap) {
  const auto missed = gap.missed(), last = gap.last_number();
  auto& number = at.state->number;
  if (missed >= kMostVehicles || (number.counting && last > number.last && last - number.last >= kMostVehicles)) {
    return remark(at, Remark::Kind::kAbsurd, missed, last, last, at.at_us, at.at_us);
  }
  counts(at, at.hour()).missed += static_cast<std::int64_t>(missed);
  auto left = missed - fill_holes(at, missed);
  const auto counted = [&](std::uint64_t vehicles) { counts(at, at.hour()).triggered += static_cast<std::int64_t>(vehicles); };
  if (!gap.has_last_number() || !number.counting) {
    // What it tells of comes after the last number, since nothing before is open.
    counted(left);
    number = {true, number.counting ? number.last + left : (gap.has_last_number() ? last : left)};
    left = 0;
  } else if (last > number.last) {
    const auto fresh = last - number.last, told = std::min(left, fresh);
    counted(fresh);
    if (fresh > told) add_hole(at, number.last + 1, last, fresh - told);
    number.last = last;
    left -= told;
  } else if (left > 0 && left >= last) {  // the gate began again meanwhile, and that was refused too
    counted(left);
    ++counts(at, at.hour()).restarts;
    remark(at, Remark::Kind::kRestart, 0, 0, 0, at.state->at_us, at.at_us);
    number.last = last;
    left = 0;
  }
  if (left > 0) remark(at, Remark::Kind::kSurplus, left, last, last, at.at_us, at.at_us);
  at.state->at_us = std::max(at.state->at_us, at.at_us);
  at.state->sequence = at.sequence;
}

/// Follows the gate's count through an entry.
Step AccountsStore::count(const Place& at, Numbers numbers) {
  auto& state = *at.state;
  numbers.restart_unheard = state.number.counting && numbers.last <= state.number.last &&
                            (absent_between(at, kGap) || (numbers.first == 1 && absent_between(at, kPassage)));
  const auto step = advance(state.number, numbers);
  if (step.absurd) {
    remark(at, Remark::Kind::kAbsurd, 1, numbers.first, numbers.last, at.at_us, at.at_us);
    return step;
  }
  auto& hour = counts(at, at.hour());
  hour.triggered += static_cast<std::int64_t>(step.counted);
  if (step.restarted) {
    ++hour.restarts;
    remark(at, Remark::Kind::kRestart, 0, numbers.first, numbers.first, state.at_us, at.at_us);
  }
  if (step.again > 0) remark(at, Remark::Kind::kAgain, step.again, numbers.first, numbers.last, at.at_us, at.at_us);
  if (const auto left = step.skipped - claim_absent(at, step.skipped); left > 0) {
    hour.triggered += static_cast<std::int64_t>(left);
    add_hole(at, numbers.first - step.skipped, numbers.first - 1, left);
  }
  if (step.counted > 0) {
    state.at_us = at.at_us;
    state.sequence = at.sequence;
  }
  return step;
}

void AccountsStore::keep_absent(const Chain& chain, const ledger::Entry& entry, Absent kind) {
  bound(prepared("INSERT INTO absent(chain, kind, sequence, wall_us) VALUES(?, ?, ?, ?)"), chain.id, int{kind}, entry.sequence,
        entry.wall_time_us).exec();
}

bool AccountsStore::absent_between(const Place& at, Absent kind) {
  return bound(prepared("SELECT 1 FROM absent WHERE chain = ? AND kind = ? AND sequence > ? AND sequence < ? LIMIT 1"), at.chain->id,
               int{kind}, at.state->sequence, at.sequence).executeStep();
}

/// Skipped numbers are those of entries that came between and whose content is not here: passages first, each one vehicle;
/// what is left, of a gap. Of several lanes' candidates the earliest are taken, so that the next lane finds its own. Returns how
/// many vehicles were found.
std::uint64_t AccountsStore::claim_absent(const Place& at, std::uint64_t skipped) {
  std::uint64_t claimed = 0;
  const auto next = [&](Absent kind) -> std::optional<Hour> {
    auto& query = bound(prepared("SELECT sequence, wall_us FROM absent WHERE chain = ? AND kind = ? AND sequence > ? AND sequence < ? "
                                 "ORDER BY sequence LIMIT 1"), at.chain->id, int{kind}, at.state->sequence, at.sequence);
    if (!query.executeStep()) return std::nullopt;
    const auto sequence = query.getColumn(0).getInt64();
    const auto hour = hour_of(query.getColumn(1).getInt64());
    bound(prepared("DELETE FROM absent WHERE chain = ? AND kind = ? AND sequence = ?"), at.chain->id, int{kind}, sequence).exec();
    return hour;
  };
  while (claimed < skipped) {
    const auto hour = next(kPassage);
    if (!hour) break;
    auto& counts_then = counts(at, *hour);
    ++counts_then.triggered;
    ++counts_then.passages;
    ++counts_then.unread;
    ++claimed;
  }
  if (claimed == skipped) return claimed;
  if (const auto hour = next(kGap)) {
    auto& counts_then = counts(at, *hour);
    counts_then.triggered += static_cast<std::int64_t>(skipped - claimed);
    counts_then.missed += static_cast<std::int64_t>(skipped - claimed);
    claimed = skipped;
  }
  return claimed;
}

void AccountsStore::add_hole(const Place& at, std::uint64_t first, std::uint64_t last, std::uint64_t count) {
  remark(at, Remark::Kind::kHole, count, first, last, at.state->at_us, at.at_us, at.state->sequence);
}

/// The lane's oldest holes are filled with vehicles that were missed; they count in the hour that tells of them. Returns how many.
std::uint64_t AccountsStore::fill_holes(const Place& at, std::uint64_t vehicles) {
  std::uint64_t filled = 0;
  while (filled < vehicles) {
    auto& oldest = bound(prepared("SELECT id, hour, count FROM remark WHERE chain = ? AND lane = ? AND kind = 0 ORDER BY id LIMIT 1"),
                         at.chain->id, at.lane);
    if (!oldest.executeStep()) break;
    const auto id = oldest.getColumn(0).getInt64();
    const auto hour = oldest.getColumn(1).getInt64();
    const auto count = static_cast<std::uint64_t>(oldest.getColumn(2).getInt64());
    const auto now = std::min(count, vehicles - filled);
    counts(at, hour).triggered -= static_cast<std::int64_t>(now);
    counts(at, at.hour()).triggered += static_cast<std::int64_t>(now);
    if (now == count) bound(prepared("DELETE FROM remark WHERE id = ?"), id).exec();
    else bound(prepared("UPDATE remark SET count = count - ? WHERE id = ?"), now, id).exec();
    filled += now;
  }
  return filled;
}

/// The lane was not measured, or not wholly. Adds to the hours what no other gap has told of.
void AccountsStore::cover(const Place& at, std::int64_t from_us, std::int64_t to_us) {
  from_us = std::max(from_us, to_us - kLongestGap_us);
  if (from_us >= to_us) return;
  const auto add = [&](std::int64_t from, std::int64_t to) {
    for (; from < to; from = std::min(to, (hour_of(from) + 1) * kHour_us)) {
      counts(at, hour_of(from)).gap_us += std::min(to, (hour_of(from) + 1) * kHour_us) - from;
    }
  };
  auto whole_from = from_us, whole_to = to_us, open = from_us;
  auto& query = bound(prepared("SELECT from_us, to_us FROM stretch WHERE station = ? AND lane = ? AND to_us >= ? AND from_us <= ? ORDER BY to_us"),
                      at.chain->station, at.lane, from_us, to_us);
  while (query.executeStep()) {
    const auto known_from = query.getColumn(0).getInt64(), known_to = query.getColumn(1).getInt64();
    if (known_from > open) add(open, known_from);
    open = std::max(open, known_to);
    whole_from = std::min(whole_from, known_from);
    whole_to = std::max(whole_to, known_to);
  }
  if (open < to_us) add(open, to_us);
  bound(prepared("DELETE FROM stretch WHERE station = ? AND lane = ? AND to_us >= ? AND from_us <= ?"), at.chain->station, at.lane, from_us,
        to_us).exec();
  bound(prepared("INSERT INTO stretch(station, lane, from_us, to_us) VALUES(?, ?, ?, ?)"), at.chain->station, at.lane, whole_from,
        whole_to).exec();
}

/// One remark of a stretch that is told in parts.
void AccountsStore::gate_down(const Place& at, std::int64_t from_us, std::int64_t to_us) {
  auto& longer = bound(prepared("UPDATE remark SET to_us = ?, hour = ? WHERE chain = ? AND lane = ? AND kind = 6 AND to_us = ?"), to_us,
                       at.hour(), at.chain->id, at.lane, from_us);
  if (longer.exec() == 0) remark(at, Remark::Kind::kGateDown, 0, 0, 0, from_us, to_us);
}

void AccountsStore::remark(const Place& at, Remark::Kind kind, std::uint64_t count, std::uint64_t first, std::uint64_t last,
                           std::int64_t from_us, std::int64_t to_us, Sequence after) {
  bound(prepared("INSERT INTO remark(chain, station, lane, kind, hour, count, first, last, after, sequence, from_us, to_us) "
                 "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        at.chain->id, at.chain->station, at.lane, static_cast<int>(kind), at.hour(), count, first, last, after, at.sequence, from_us,
        to_us).exec();
}

}  // namespace exhaust::projection
