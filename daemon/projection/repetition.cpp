#include "daemon/projection/repetition.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "daemon/records/records.hpp"

namespace exhaust::projection {

namespace {

/// One camera may see a vehicle twice: what it made of one passage is one capture each.
struct Capture {
  const Event* event;
  const Judged* judged;
  auto order() const { return std::tie(event->detected, event->entry); }
};

/// Captures of one plate at one station that lie so close that they are of one passage. Sorted by time; never empty.
struct Merged {
  std::vector<Capture> captures;

  /// What any capture lets pass has not exceeded: a doubt is the vehicle's.
  const Capture* pass() const {
    const auto at = std::ranges::find_if(captures, [](const Capture& one) { return !one.judged->exceeded; });
    return at == captures.end() ? nullptr : &*at;
  }
  const Capture& first() const { return captures.front(); }
  bool holds(const EntryKey& entry) const {
    return std::ranges::any_of(captures, [&](const Capture& one) { return one.event->entry == entry; });
  }
};

const Judged* outcome(const Event& event, v1::Result::Pollutant pollutant) {
  const auto at = std::ranges::find(event.judged, pollutant, &Judged::pollutant);
  return at == event.judged.end() ? nullptr : &*at;
}

/// All captures of each passage, whatever they say: one that is rejected still shows that its neighbours are the same
/// vehicle going by once.
std::vector<std::vector<const Event*>> passages_of(std::span<const Event> events, std::chrono::seconds merge_within) {
  std::vector<const Event*> by_time;
  for (const auto& event : events) by_time.push_back(&event);
  std::ranges::sort(by_time, [](const Event* a, const Event* b) { return std::tie(a->detected, a->entry) < std::tie(b->detected, b->entry); });
  std::vector<std::vector<const Event*>> passages;
  std::map<std::string_view, std::size_t> latest;  // passage of each station
  for (const auto* event : by_time) {
    const auto at = latest.find(event->entry.chain.station_id);
    if (at != latest.end() && event->detected - passages[at->second].back()->detected < merge_within) {
      passages[at->second].push_back(event);
      continue;
    }
    latest[event->entry.chain.station_id] = passages.size();
    passages.push_back({event});
  }
  return passages;
}

bool exceeds(const Event& event, v1::Result::Pollutant pollutant) {
  const auto* judged = outcome(event, pollutant);
  return judged != nullptr && judged->exceeded;
}

/// A person rejected what a capture of this passage says.
const Event* rejected(const std::vector<const Event*>& passage, v1::Result::Pollutant pollutant) {
  const auto at = std::ranges::find_if(passage, [&](const Event* event) { return event->rejected_by && exceeds(*event, pollutant); });
  return at == passage.end() ? nullptr : *at;
}

/// The vehicle's passages by time, as far as they say something of this pollutant under this rule. A passage of which one
/// capture is rejected has not exceeded by another.
std::vector<Merged> merged(std::span<const Event> events, const Rule& rule, v1::Result::Pollutant pollutant) {
  std::vector<Merged> passages;
  for (const auto& group : passages_of(events, rule.repetition.merge_within)) {
    Merged passage;
    const bool doubted = rejected(group, pollutant) != nullptr;
    for (const auto* event : group) {
      if (!event->valid || event->amended_by || event->rule != rule.id) continue;
      const auto* judged = outcome(*event, pollutant);
      if (judged != nullptr && !(judged->exceeded && doubted)) passage.captures.push_back({event, judged});
    }
    if (!passage.captures.empty()) passages.push_back(std::move(passage));
  }
  std::ranges::sort(passages, [](const Merged& one, const Merged& other) { return one.first().order() < other.first().order(); });
  return passages;
}

Exceedance exceedance(const Capture& capture) {
  return {capture.event->entry, capture.event->detected, capture.event->record_number, capture.judged->value, capture.judged->limit};
}

/// A run is determined once in a window: by its earliest exceedances that are close enough. What follows within the window
/// belongs to it.
void find_in_run(std::span<const Merged* const> run, const Vehicle& vehicle, const Rule& rule, v1::Result::Pollutant pollutant,
                 std::vector<Found>& found) {
  const std::size_t wanted = std::max(rule.repetition.consecutive, 1u);
  for (std::size_t i = 0; i + wanted <= run.size();) {
    const auto until = add_months(run[i]->first().event->detected, rule.repetition.months);
    if (run[i + wanted - 1]->first().event->detected > until) {
      ++i;
      continue;
    }
    Found one{.id = {}, .vehicle = vehicle, .rule = rule.id, .pollutant = pollutant, .exceedances = {}};
    for (std::size_t n = i; n < i + wanted; ++n) one.exceedances.push_back(exceedance(run[n]->first()));
    one.id = determination_id(vehicle, rule.id, pollutant, one.exceedances.front().entry, one.exceedances.back().entry);
    found.push_back(std::move(one));
    i += wanted;
    while (i < run.size() && run[i]->first().event->detected <= until) ++i;
  }
}

std::set<v1::Result::Pollutant> exceeded_pollutants(std::span<const Event> events) {
  std::set<v1::Result::Pollutant> pollutants;
  for (const auto& event : events) {
    for (const auto& judged : event.judged) {
      if (judged.exceeded) pollutants.insert(judged.pollutant);
    }
  }
  return pollutants;
}

void add_text(Hasher& hasher, std::string_view text) {
  hasher.add_u16be(static_cast<std::uint16_t>(text.size()));
  hasher.add(as_bytes(text));
}

void add_entry(Hasher& hasher, const EntryKey& key) {
  add_text(hasher, key.chain.station_id);
  hasher.add(key.chain.ledger_id);
  hasher.add_u64be(key.sequence);
}

/// Of what it cites: rejected, amended, or let pass after all.
std::optional<Broken> broken_itself(const Found& made, std::span<const Event> events, const Rule* rule) {
  for (const auto& cited : made.exceedances) {
    const auto event = std::ranges::find(events, cited.entry, &Event::entry);
    if (event == events.end()) continue;
    if (event->rejected_by) return Broken{"review_rejected", *event->rejected_by};
    if (event->amended_by) return Broken{"amendment", *event->amended_by};
  }
  if (rule == nullptr) return std::nullopt;
  for (const auto& group : passages_of(events, rule->repetition.merge_within)) {
    const auto is_cited = [&](const Event* event) {
      return std::ranges::find(made.exceedances, event->entry, &Exceedance::entry) != made.exceedances.end();
    };
    const auto* doubted = rejected(group, made.pollutant);
    if (doubted != nullptr && std::ranges::any_of(group, is_cited)) return Broken{"review_rejected", *doubted->rejected_by};
  }
  const auto passages = merged(events, *rule, made.pollutant);
  const auto passage_of = [&](const Exceedance& cited) {
    return std::ranges::find_if(passages, [&](const Merged& one) { return one.holds(cited.entry); });
  };
  const auto first = passage_of(made.exceedances.front());
  const auto last = passage_of(made.exceedances.back());
  if (first == passages.end() || last == passages.end()) return std::nullopt;
  for (auto passage = first; passage <= last; ++passage) {
    if (const auto* pass = passage->pass()) return Broken{"late_pass", pass->event->entry};
  }
  for (const auto& passage : passages) {
    const auto cited = [&](const Capture& one) {
      return std::ranges::find(made.exceedances, one.event->entry, &Exceedance::entry) != made.exceedances.end();
    };
    if (std::ranges::count_if(passage.captures, cited) < 2) continue;
    const auto between = std::ranges::find_if_not(passage.captures, cited);
    if (between != passage.captures.end()) return Broken{"double_capture", between->event->entry};
  }
  return std::nullopt;
}

}  // namespace

v1::Citation to_citation(const EntryKey& key) {
  v1::Citation citation;
  citation.set_station_id(key.chain.station_id);
  citation.set_ledger_id(records::to_bytes(key.chain.ledger_id));
  citation.set_sequence(key.sequence);
  return citation;
}

std::optional<EntryKey> from_citation(const v1::Citation& citation) {
  const auto id = records::ledger_id_from_bytes(citation.ledger_id());
  if (!id || citation.station_id().empty() || citation.sequence() == 0) return std::nullopt;
  return EntryKey{{citation.station_id(), *id}, citation.sequence()};
}

WallTime add_months(WallTime from, unsigned months) {
  using namespace std::chrono;
  const auto local = from + kChinaUtcOffset;
  const auto day = floor<days>(local);
  const year_month_day date{day};
  auto then = date + std::chrono::months{static_cast<int>(months)};
  if (!then.ok()) then = then.year() / then.month() / std::chrono::last;
  return sys_days{then} + (local - day) - kChinaUtcOffset;
}

Digest determination_id(const Vehicle& vehicle, std::string_view rule, v1::Result::Pollutant pollutant, const EntryKey& first,
                        const EntryKey& last) {
  Hasher hasher;
  hasher.add(as_bytes("exhaustd.determination.v1"));
  add_text(hasher, rule);
  add_text(hasher, vehicle.plate);
  add_text(hasher, vehicle.color);
  hasher.add_u32be(static_cast<std::uint32_t>(pollutant));
  add_entry(hasher, first);
  add_entry(hasher, last);
  return hasher.finish();
}

std::vector<Found> determinations(const Vehicle& vehicle, std::span<const Event> events, std::span<const Rule> rules) {
  std::vector<Found> found;
  const auto pollutants = exceeded_pollutants(events);
  for (const auto& rule : rules) {
    for (const auto pollutant : pollutants) {
      const auto passages = merged(events, rule, pollutant);
      std::vector<const Merged*> run;
      for (const auto& passage : passages) {
        if (passage.pass() == nullptr) {
          run.push_back(&passage);
          continue;
        }
        find_in_run(run, vehicle, rule, pollutant, found);
        run.clear();
      }
      find_in_run(run, vehicle, rule, pollutant, found);
    }
  }
  return found;
}

std::optional<Broken> broken(const Found& made, std::span<const Event> events, std::span<const Rule> rules,
                             std::span<const Found> found) {
  const auto same = [&](const Found& one) {
    return one.id == made.id && std::ranges::equal(one.exceedances, made.exceedances, {}, &Exceedance::entry, &Exceedance::entry);
  };
  if (made.exceedances.empty() || std::ranges::any_of(found, same)) return std::nullopt;
  const auto at = std::ranges::find(rules, made.rule, &Rule::id);
  const auto* rule = at == rules.end() ? nullptr : &*at;
  if (auto itself = broken_itself(made, events, rule)) return itself;
  if (rule == nullptr) return std::nullopt;
  const auto begins = made.exceedances.front().detected;
  for (const auto& other : found) {
    if (other.rule != made.rule || other.pollutant != made.pollutant) continue;
    const auto from = other.exceedances.front().detected;
    if (begins < from || begins > add_months(from, rule->repetition.months)) continue;
    const auto fresh = std::ranges::find_if(other.exceedances, [&](const Exceedance& one) {
      return std::ranges::find(made.exceedances, one.entry, &Exceedance::entry) == made.exceedances.end();
    });
    if (fresh != other.exceedances.end()) return Broken{"superseded", fresh->entry};
  }
  return std::nullopt;
}

v1::Determination to_body(const Found& found, const Digest& rule_hash) {
  v1::Determination body;
  body.set_id(records::to_bytes(found.id));
  body.set_rule(found.rule);
  body.set_rule_hash(records::to_bytes(rule_hash));
  body.set_plate(found.vehicle.plate);
  body.set_plate_color(found.vehicle.color);
  body.set_pollutant(found.pollutant);
  for (const auto& exceedance : found.exceedances) {
    auto& one = *body.add_exceedances();
    *one.mutable_passage() = to_citation(exceedance.entry);
    *one.mutable_detected_at() = records::to_timestamp(exceedance.detected);
    one.set_record_number(exceedance.record_number);
    one.set_value(exceedance.value);
    one.set_limit(exceedance.limit);
  }
  return body;
}

std::optional<Found> from_body(const v1::Determination& body) {
  const auto id = records::digest_from_bytes(body.id());
  if (!id || body.exceedances_size() == 0) return std::nullopt;
  Found found{.id = *id, .vehicle = {body.plate(), body.plate_color()}, .rule = body.rule(), .pollutant = body.pollutant(), .exceedances = {}};
  for (const auto& one : body.exceedances()) {
    const auto entry = from_citation(one.passage());
    if (!entry) return std::nullopt;
    found.exceedances.push_back({*entry, records::to_wall_time(one.detected_at()), one.record_number(), one.value(), one.limit()});
  }
  return found;
}

}  // namespace exhaust::projection
