#include "daemon/projection/history_maker.hpp"

#include <algorithm>

#include "daemon/core/bytes.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::projection {

namespace {

/// Vehicles that are looked at after one commit; the others are at the next look.
constexpr std::size_t kDueAtOnce = 256;
/// Appended and not read back yet.
constexpr std::size_t kOnTheWay = 512;

EntryKey key_of(const ledger::Entry& entry) { return {entry.chain->key, entry.sequence}; }

std::string made_token(const Digest& id) { return "made " + to_hex(id); }
std::string withdrawn_token(std::string_view id) { return "withdrawn " + to_hex(as_bytes(id)); }

}  // namespace

HistoryMaker::HistoryMaker(ledger::Ledger& ledger, const Clock& clock, HistorySettings settings)
    : ledger_(ledger), clock_(clock), settings_(std::move(settings)), own_(ledger.own_chain()) {
  for (const auto& rule : settings_.rules) merge_most_ = std::max(merge_most_, rule.repetition.merge_within);
  if (!settings_.rules.empty()) {
    fewest_ = std::ranges::min_element(settings_.rules, {}, [](const Rule& rule) { return rule.repetition.consecutive; })->repetition.consecutive;
  }
  state_.makes = settings_.make;
}

std::string HistoryMaker::format(const HistorySettings& settings) {
  std::string format = "history 2";
  if (!settings.make) return format + ", keeps";
  format += ", makes";
  for (const auto& rule : settings.rules) {
    format += "; " + rule.id + " " + std::to_string(rule.repetition.consecutive) + " in " + std::to_string(rule.repetition.months) +
              " months, merged within " + std::to_string(rule.repetition.merge_within.count()) + " s, by " + to_hex(rule.hash);
    for (const auto& text : rule.earlier) format += " or " + to_hex(text);
  }
  return format;
}

void HistoryMaker::open(SQLite::Database& database) {
  store_ = std::make_unique<HistoryStore>(database, settings_.rules, settings_.run);
  ready_from_ = ledger_.newest();
}

void HistoryMaker::close() {
  store_.reset();
  rows_.clear();
  reviewed_.clear();
  amended_.clear();
  touched_.clear();
}

void HistoryMaker::take(const ledger::Entry& entry) {
  if (!entry.payload) {
    if (entry.kind == v1::Entry::passage) ++store_->counts()["withheld"];
    return;
  }
  switch (entry.kind) {
    case v1::Entry::passage:
      if (settings_.make) take_passage(entry);
      return;
    case v1::Entry::determination: return take_determination(entry);
    case v1::Entry::determination_withdrawn: return take_withdrawal(entry);
    case v1::Entry::review: {
      v1::Review review;
      if (!settings_.make || is_of_another_world(entry) || !review.ParseFromString(*entry.payload)) return;
      if (const auto passage = from_citation(review.passage())) {
        reviewed_.push_back({*passage, key_of(entry), entry.position, review.confirmed()});
      }
      return;
    }
    case v1::Entry::amendment: {
      v1::Amendment amendment;
      if (!settings_.make || is_of_another_world(entry) || !amendment.ParseFromString(*entry.payload) || amendment.effect() != "invalid") return;
      amended_.push_back({key_of(entry), entry.wall_time_us, std::move(amendment)});
      return;
    }
    default: return;
  }
}

void HistoryMaker::take_passage(const ledger::Entry& entry) {
  auto& counts = store_->counts();
  if (is_of_another_world(entry)) {
    ++counts["simulated"];
    return;
  }
  if (!passage_.ParseFromString(*entry.payload)) {
    ++counts["not_readable"];
    return;
  }
  const auto kept = projection::kept(passage_, settings_.rules);
  if (!kept) {
    ++counts[kept.error()];
    return;
  }
  auto& row = rows_.emplace_back();
  row.vehicle = {passage_.plate().text(), store_->color(passage_.plate().color())};
  row.chain = store_->chain(entry.chain->key);
  row.sequence = static_cast<std::int64_t>(entry.sequence);
  row.kept = *kept;
  if (kept->exceeded != 0) {
    row.record_number = passage_.record_number();
    row.exceeded = exceeded_bytes(passage_.assessment());
  }
}

void HistoryMaker::take_determination(const ledger::Entry& entry) {
  v1::Determination body;
  if (!body.ParseFromString(*entry.payload)) return;
  store_->add_determination(key_of(entry), entry.wall_time_us, body);
  if (!is_ours(entry)) return;
  if (const auto found = from_body(body)) came_back(made_token(found->id));
  touched_.push_back({body.plate(), store_->color(body.plate_color())});
}

void HistoryMaker::take_withdrawal(const ledger::Entry& entry) {
  v1::DeterminationWithdrawn body;
  if (!body.ParseFromString(*entry.payload)) return;
  const auto vehicle = store_->add_withdrawal(key_of(entry), entry.wall_time_us, body);
  if (!is_ours(entry)) return;
  came_back(withdrawn_token(body.id()));
  if (vehicle) touched_.push_back(*vehicle);
}

/// A pass changes what was found only if the vehicle exceeded after it, or so little before that both are one passage.
bool HistoryMaker::pass_matters(const PassageRow& row) {
  const auto latest = store_->latest_exceedance_us(row.vehicle);
  return latest && *latest + std::chrono::microseconds(merge_most_).count() > row.kept.detected_us;
}

void HistoryMaker::touch_passages() {
  std::ranges::sort(rows_, [](const PassageRow& a, const PassageRow& b) { return a.order() < b.order(); });
  store_->insert(rows_);
  auto& passes = store_->counts()["kept_passes"];
  auto& exceedances = store_->counts()["kept_exceedances"];
  for (const auto& row : rows_) {
    ++(row.kept.exceeded != 0 ? exceedances : passes);
    if (row.kept.exceeded != 0 || pass_matters(row)) touched_.push_back(row.vehicle);
  }
  rows_.clear();
}

void HistoryMaker::end_batch() {
  touch_passages();
  for (const auto& one : reviewed_) {
    if (const auto vehicle = store_->add_review(one.passage, one.review, one.position, one.confirmed)) touched_.push_back(*vehicle);
  }
  for (const auto& one : amended_) store_->add_amendment(one.entry, one.said_us, one.body, fewest_, touched_);
  reviewed_.clear();
  amended_.clear();
  if (settings_.make) {
    std::ranges::sort(touched_);
    const auto rest = std::ranges::unique(touched_);
    touched_.erase(rest.begin(), rest.end());
    for (const auto& vehicle : touched_) {
      const auto decided = decide(vehicle);
      store_->set_due(vehicle, !decided.to_make.empty() || !decided.to_withdraw.empty());
    }
  }
  touched_.clear();
  store_->save();
}

/// What the ledger does not say yet of this vehicle.
HistoryMaker::Decided HistoryMaker::decide(const VehicleRow& row) {
  Decided decided;
  const auto events = store_->events(row, merge_most_);
  const auto found = determinations(store_->vehicle(row), events, settings_.rules);
  const auto standing = store_->standing(row, own_->key.station_id);
  std::set<Digest> said;
  for (const auto& line : standing) {
    const auto made = from_body(line.body);
    if (!made) continue;
    said.insert(made->id);
    const auto why = broken(*made, events, settings_.rules, found);
    if (!why) continue;
    auto& withdrawal = decided.to_withdraw.emplace_back();
    withdrawal.set_id(line.body.id());
    *withdrawal.mutable_determination() = to_citation(line.entry);
    withdrawal.set_reason(why->reason);
    *withdrawal.mutable_cause() = to_citation(why->cause);
  }
  for (const auto& one : found) {
    if (!said.contains(one.id)) decided.to_make.push_back(one);
  }
  return decided;
}

void HistoryMaker::committed(Position position) {
  if (settings_.make && position >= ready_from_ && store_->any_due()) {
    for (const auto& vehicle : store_->due(kDueAtOnce)) {
      if (!say(decide(vehicle))) break;
    }
  }
  const std::lock_guard lock(mutex_);
  state_.made = store_->made();
  state_.withdrawn = store_->withdrawn();
  state_.passages = store_->counts();
}

/// The new one first: a vehicle that stays determined is never seen without. False: the ledger takes no more now.
bool HistoryMaker::say(const Decided& decided) {
  for (const auto& found : decided.to_make) {
    const auto rule = std::ranges::find(settings_.rules, found.rule, &Rule::id);
    if (!append(v1::Entry::determination, made_token(found.id), to_body(found, rule->hash).SerializeAsString())) return false;
  }
  for (const auto& withdrawal : decided.to_withdraw) {
    if (!append(v1::Entry::determination_withdrawn, withdrawn_token(withdrawal.id()), withdrawal.SerializeAsString())) return false;
  }
  return true;
}

bool HistoryMaker::append(std::uint32_t kind, const std::string& token, std::string payload) {
  {
    const std::lock_guard lock(on_the_way_->mutex);
    if (on_the_way_->said.contains(token)) return true;
    if (on_the_way_->said.size() >= kOnTheWay) return false;
    on_the_way_->said.insert(token);
  }
  const auto lost = [on_the_way = on_the_way_, token] {
    const std::lock_guard lock(on_the_way->mutex);
    on_the_way->said.erase(token);
    ++on_the_way->refused;
  };
  const bool taken = ledger_.append({kind, clock_.wall().time_since_epoch().count(), std::move(payload), {}},
                                    [lost](const Result<Sequence>& appended) {
                                      if (!appended) lost();
                                    });
  if (!taken) lost();
  return taken;
}

void HistoryMaker::came_back(const std::string& token) {
  const std::lock_guard lock(on_the_way_->mutex);
  on_the_way_->said.erase(token);
}

HistoryState HistoryMaker::state() const {
  HistoryState state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  const std::lock_guard lock(on_the_way_->mutex);
  state.on_the_way = on_the_way_->said.size();
  state.refused = on_the_way_->refused;
  return state;
}

}  // namespace exhaust::projection
