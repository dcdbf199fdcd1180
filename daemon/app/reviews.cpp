#include "daemon/app/reviews.hpp"

#include <algorithm>
#include <map>
#include <ranges>

#include "daemon/records/records.hpp"

namespace exhaust::app {

namespace {

constexpr std::size_t kLongestReason = 2000;
constexpr std::size_t kMostListed = 1000;
constexpr std::size_t kMostRules = 32;

/// The chain that the request means. A station's newest: the one that said something last.
Result<ledger::ChainKey> chain_of(const ledger::Ledger& ledger, const v1::ReviewRequest& request) {
  const auto station = request.station_id().empty() ? ledger.own_chain()->key.station_id : request.station_id();
  if (!request.ledger_id().empty()) {
    const auto id = records::ledger_id_from_text(request.ledger_id());
    if (!id) return fail(ErrorKind::kRefused, id.error().detail);
    return ledger::ChainKey{station, *id};
  }
  const auto chains = ledger.chains();
  const ledger::ChainState* newest = nullptr;
  for (const auto& chain : chains) {
    if (chain.header->key.station_id != station) continue;
    if (newest == nullptr || chain.last_wall_time_us >= newest->last_wall_time_us) newest = &chain;
  }
  if (newest == nullptr) return fail(ErrorKind::kRefused, "nothing of station " + station + " is in this ledger");
  return newest->header->key;
}

/// Why this entry cannot be reviewed.
std::optional<std::string> objection(const ledger::Entries& found, const std::string& name) {
  if (found.empty()) return "there is no " + name;
  const auto& entry = *found.front();
  if (entry.kind != v1::Entry::passage) {
    return name + " is a " + v1::Entry::Kind_Name(static_cast<v1::Entry::Kind>(entry.kind)) + ": only passages that exceed can be reviewed";
  }
  if (!entry.payload) return name + " was withheld: what it says is not known here";
  const auto record = records::to_record(entry);
  if (!record.has_passage()) return name + " cannot be read";
  const auto& assessment = record.passage().assessment();
  if (!assessment.validity().valid()) return name + " is not valid, so it is no exceedance: only passages that exceed can be reviewed";
  if (!std::ranges::any_of(assessment.results(), [](const auto& result) { return result.exceeded(); })) {
    return name + " exceeds nothing: only passages that exceed can be reviewed";
  }
  return std::nullopt;
}

}  // namespace

projection::HistorySettings history_settings(const settings::Settings& settings) {
  projection::HistorySettings history;
  history.file = settings.ledger.folder / "history.sqlite";
  history.make = settings.determinations.make;
  std::map<std::string, std::vector<const assessment::Standard*>> texts;  // of each standard
  for (const auto& standard : settings.standards.all()) {
    // An example is no law: nobody is to be fined by it.
    if (!standard.example || settings.station.simulated) texts[standard.id].push_back(&standard);
  }
  for (auto& [id, of_one] : texts) {
    std::ranges::sort(of_one, std::ranges::greater{}, &assessment::Standard::effective_from);
    const auto& newest = *of_one.front();  // its rule governs; without one, the standard determines nothing any more
    if (!newest.repetition || history.rules.size() == kMostRules) continue;
    auto& rule = history.rules.emplace_back(id, newest.hash, *newest.repetition);
    for (const auto* older : of_one | std::views::drop(1)) rule.earlier.push_back(older->hash);
  }
  return history;
}

void give_review(ledger::Ledger& ledger, const Clock& clock, const v1::ReviewRequest& request,
                 std::function<void(Result<v1::ReviewReply>)> answer) {
  if (request.reason().empty() || request.reason().size() > kLongestReason) {
    return answer(fail(ErrorKind::kRefused, "a review needs a reason, of at most " + std::to_string(kLongestReason) + " bytes"));
  }
  if (request.actor().empty()) return answer(fail(ErrorKind::kRefused, "a review needs the name of the person who gives it"));
  const auto key = chain_of(ledger, request);
  if (!key) return answer(std::unexpected(key.error()));
  ledger.find(*key, request.sequence(), [&ledger, &clock, key = *key, request, answer = std::move(answer)](Result<ledger::Entries> found) {
    if (!found) return answer(std::unexpected(found.error()));
    const auto name = "entry " + std::to_string(request.sequence()) + " of station " + key.station_id;
    if (const auto why = objection(*found, name)) return answer(fail(ErrorKind::kRefused, *why));
    v1::ReviewReply reply;
    auto& review = *reply.mutable_review();
    *review.mutable_passage() = projection::to_citation({key, request.sequence()});
    review.set_confirmed(request.confirmed());
    review.set_reason(request.reason());
    review.set_actor(request.actor());
    ledger::Draft draft{v1::Entry::review, clock.wall().time_since_epoch().count(), review.SerializeAsString(), {}};
    const bool taken = ledger.append(std::move(draft), [reply, answer](Result<Sequence> appended) mutable {
      if (!appended) return answer(std::unexpected(appended.error()));
      reply.set_sequence(*appended);
      answer(reply);
    });
    if (!taken) answer(fail(ErrorKind::kRefused, "the ledger is busy: try again"));
  });
}

void list_determinations(projection::History& history, const v1::DeterminationsRequest& request,
                         std::function<void(Result<v1::DeterminationsReply>)> answer) {
  projection::DeterminationQuery query;
  query.plate = request.plate();
  query.id = request.id();
  query.withdrawn_too = request.withdrawn_too();
  query.limit = request.limit() == 0 ? kMostListed : std::min<std::size_t>(request.limit(), kMostListed);
  std::ranges::transform(query.id, query.id.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (query.id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return answer(fail(ErrorKind::kRefused, "'" + request.id() + "' is not the beginning of a determination's id: hexadecimal digits"));
  }
  history.list(std::move(query), [answer = std::move(answer)](Result<std::vector<projection::DeterminationLine>> lines) {
    if (!lines) return answer(std::unexpected(lines.error()));
    v1::DeterminationsReply reply;
    for (auto& line : *lines) {
      auto& said = *reply.add_determinations();
      *said.mutable_determination() = std::move(line.body);
      *said.mutable_entry() = projection::to_citation(line.entry);
      *said.mutable_said_at() = records::to_timestamp(line.said);
      if (!line.withdrawn) continue;
      *said.mutable_withdrawn() = std::move(line.withdrawn->body);
      *said.mutable_withdrawn_entry() = projection::to_citation(line.withdrawn->entry);
      *said.mutable_withdrawn_at() = records::to_timestamp(line.withdrawn->said);
    }
    answer(std::move(reply));
  });
}

void add_determinations(const projection::HistoryState& state, Position newest, const std::vector<projection::Rule>& rules,
                        v1::DeterminationsStatus& status) {
  status.set_makes(state.makes);
  status.set_made(state.made);
  status.set_withdrawn(state.withdrawn);
  status.set_position(state.progress.position);
  status.set_behind(newest - std::min(newest, state.progress.position));
  status.set_trouble(state.progress.trouble);
  status.set_refused(state.refused);
  for (const auto& [name, count] : state.passages) {
    auto& one = *status.add_passages();
    one.set_name(name);
    one.set_count(count);
  }
  for (const auto& rule : rules) status.add_rules(rule.id);
}

}  // namespace exhaust::app
