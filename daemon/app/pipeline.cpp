#include "daemon/app/pipeline.hpp"

#include <algorithm>
#include <deque>

#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"

namespace exhaust::app {

namespace {

template <class Number>
Number number_in(const ledger::Marks& marks, const std::string& name) {
  const auto found = marks.find(name);
  return found == marks.end() ? Number{} : static_cast<Number>(std::stoll(found->second));
}

/// While the ledger takes nothing, it is asked again so often.
constexpr Duration kRetryRefused = std::chrono::seconds{1};
/// Stretches without measuring that wait for such a ledger; they come hourly. More are lost, with an error.
constexpr std::size_t kMostStretches = 64;

/// Names of a lane's marks.
std::string mark(Lane lane, const char* what) { return "lane." + std::to_string(lane) + "." + what; }

std::optional<assembly::LaneMemory> memory_of(const ledger::Marks& marks, Lane lane) {
  if (!marks.contains(mark(lane, "number"))) return std::nullopt;
  return assembly::LaneMemory{number_in<std::uint64_t>(marks, mark(lane, "number")),
                              number_in<std::int64_t>(marks, mark(lane, "offset")),
                              WallTime{std::chrono::microseconds{number_in<std::int64_t>(marks, mark(lane, "at"))}}};
}

std::vector<inspection::LanePast> pasts_of(const ledger::Marks& marks, const std::vector<assembly::LaneSettings>& lanes) {
  std::vector<inspection::LanePast> pasts;
  for (const auto& lane : lanes) {
    auto& past = pasts.emplace_back();
    past.memory = memory_of(marks, lane.lane);
    if (const auto since = number_in<std::int64_t>(marks, mark(lane.lane, "dark")); since != 0) {
      past.dark_since = WallTime{std::chrono::microseconds{since}};
    }
    if (const auto used = number_in<std::int64_t>(marks, "line." + lane.line + ".second"); used != 0) {
      past.second = std::chrono::sys_seconds{std::chrono::seconds{used}};
    }
    past.quality = quality_past(marks, lane.lane);
  }
  return pasts;
}

}  // namespace

struct Pipeline::LaneState {
  LaneState(std::size_t its_index, assembly::LaneSettings lane_settings, const ledger::Marks& marks)
      : index(its_index),
        settings(std::move(lane_settings)),
        passages(number_in<std::uint64_t>(marks, mark(settings.lane, "passages"))),
        missed(number_in<std::uint64_t>(marks, mark(settings.lane, "missed"))),
        furthest(memory_of(marks, settings.lane).value_or(assembly::LaneMemory{})) {
    // Vehicles that the ledger refused before a crash could tell of them: the gate's count knows.
    const auto accounted = static_cast<std::int64_t>(passages + missed);
    if (furthest.triggered() <= accounted) return;
    untold.vehicles = static_cast<std::uint64_t>(furthest.triggered() - accounted);
    untold.from = furthest.at;
    untold.memory = furthest;
  }

  std::size_t index;
  assembly::LaneSettings settings;
  std::uint64_t passages;       ///< stored or on the way
  std::uint64_t missed;         ///< stored or on the way
  std::uint64_t passages_on_the_way = 0;
  std::uint64_t missed_on_the_way = 0;
  std::uint64_t entries_on_the_way = 0;
  assembly::LaneMemory furthest;  ///< of all that was handed to the ledger
  /// What the ledger refused and no gap entry tells of yet.
  struct {
    std::uint64_t vehicles = 0;
    std::optional<WallTime> from;  ///< when the first was refused; until a gap entry about it is on the disk
    assembly::LaneMemory memory;   ///< after the last of them
    std::deque<std::string> stretches;  ///< payloads of gaps that count no vehicles
    MonotonicTime try_again{};
  } untold;
};

Pipeline::Pipeline(boost::asio::io_context& io, const Clock& clock, ledger::Ledger& ledger, std::string station_id,
                   const std::vector<assembly::LaneSettings>& lanes, const assessment::StandardSet& standards,
                   const std::vector<quality::LanePlan>& plans)
    : clock_(clock),
      ledger_(ledger),
      inspection_(std::move(station_id), lanes, standards, {clock.monotonic(), clock.wall()}, pasts_of(ledger.marks(), lanes), plans),
      mailbox_(std::make_shared<Mailbox>(io.get_executor())),
      quality_(mailbox_, clock, ledger, [this](Lane lane) { return quality_state(lane); }) {
  const auto marks = ledger.marks();
  std::vector<Lane> numbers;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    lanes_.push_back(std::make_unique<LaneState>(i, lanes[i], marks));
    numbers.push_back(lanes[i].lane);
  }
  quality_.settle(numbers);
}

Pipeline::~Pipeline() { mailbox_->close(); }

void Pipeline::take(const Reading& reading) { submit(inspection_.take(reading)); }

void Pipeline::tick() {
  const auto now = clock_.monotonic();
  for (auto& lane : lanes_) {
    auto& untold = lane->untold;
    if ((untold.vehicles == 0 && untold.stretches.empty()) || now < untold.try_again) continue;
    untold.try_again = now + kRetryRefused;
    own_up(*lane);
    while (!untold.stretches.empty() && append_stretch(*lane, untold.stretches.front())) untold.stretches.pop_front();
  }
  quality_.tick();
  submit(inspection_.tick(now));
}

void Pipeline::quality_changed(const v1::QualityChange& change, assembly::Moment now, QualityEntries::Stored stored) {
  submit(inspection_.tick(now.at));  // what is due first is not what was asked
  submit(inspection_.quality_changed(change, now), std::move(stored));
}

std::string Pipeline::quality_state(Lane lane) const {
  const auto found = std::ranges::find(lanes_, lane, [](const auto& one) { return one->settings.lane; });
  return found == lanes_.end() ? std::string() : inspection_.control((*found)->index).state();
}

ledger::Marks Pipeline::quality_marks(Lane lane) const { return {quality_mark(lane, quality_state(lane))}; }

void Pipeline::finish(assembly::Moment now) { submit(inspection_.finish(now)); }

void Pipeline::set_clock_state(v1::ClockState state, assembly::Moment now) {
  submit(inspection_.set_clock_state(std::move(state), now.at));
}

ledger::Marks Pipeline::device_changed(const std::string& device, std::string_view state, std::string_view detail, assembly::Moment now) {
  submit(inspection_.device_changed(device, state, detail, now));
  ledger::Marks marks;
  for (const auto& lane : lanes_) marks[mark(lane->settings.lane, "dark")] = dark_mark(*lane);
  return marks;
}

/// When the stretch began that no entry tells of yet; 0: the lane measures.
std::string Pipeline::dark_mark(const LaneState& lane) const {
  const auto since = inspection_.watch(lane.index).dark_since();
  return std::to_string(since ? since->time_since_epoch().count() : 0);
}

bool Pipeline::drained() const {
  return quality_.drained() && std::ranges::all_of(lanes_, [](const auto& lane) {
    return lane->entries_on_the_way == 0 && lane->untold.vehicles == 0 && lane->untold.stretches.empty();
  });
}

void Pipeline::submit(inspection::Statements statements, QualityEntries::Stored stored) {
  for (auto& statement : statements) {
    auto& lane = *lanes_[statement.lane];
    if (statement.quality) {
      const bool is_check = statement.kind == v1::Entry::self_check || statement.kind == v1::Entry::calibration || statement.kind == v1::Entry::audit;
      quality_.submit(lane.settings.lane, std::move(statement), is_check ? std::exchange(stored, {}) : QualityEntries::Stored{});
      continue;
    }
    if (!statement.memory) {
      log::warning("a lane was not measured", {{"LANE", std::to_string(lane.settings.lane)}, {"REASON", statement.reason}});
      submit_stretch(lane, std::move(statement.payload));
      continue;
    }
    const auto vehicles = statement.passages + statement.missed;
    const auto memory = *statement.memory;
    if (statement.kind == v1::Entry::gap) {
      log::warning("vehicles missed", {{"LANE", std::to_string(lane.settings.lane)},
                                       {"MISSED", std::to_string(statement.missed)},
                                       {"REASON", statement.reason}});
    }
    // Without the entry that counting begins, a crash before the first passage would forget where; the next one says it too.
    const bool first_owns_up = statement.kind != v1::Entry::device_event;
    if ((first_owns_up && !own_up(lane)) || !append(lane, std::move(statement))) refused(lane, vehicles, memory);
  }
}

/// A gap that counts no vehicles. Kept while the ledger takes nothing.
void Pipeline::submit_stretch(LaneState& lane, std::string payload) {
  if (!lane.untold.stretches.empty() || !append_stretch(lane, payload)) keep_stretch(lane, std::move(payload));
}

void Pipeline::keep_stretch(LaneState& lane, std::string payload) {
  if (lane.untold.stretches.size() < kMostStretches) {
    lane.untold.stretches.push_back(std::move(payload));
  } else {
    log::error("a stretch without measuring is told by no entry", {{"LANE", std::to_string(lane.settings.lane)}});
  }
}

bool Pipeline::append_stretch(LaneState& lane, const std::string& payload) {
  ledger::Draft draft;
  draft.kind = v1::Entry::gap;
  draft.wall_time_us = clock_.wall().time_since_epoch().count();
  draft.payload = payload;
  draft.marks = {{mark(lane.settings.lane, "dark"), dark_mark(lane)}};
  auto done = [this, box = mailbox_, &lane, payload](const Result<Sequence>& appended) {
    box->post([this, &lane, payload, ok = appended.has_value()] {
      --lane.entries_on_the_way;
      if (!ok) keep_stretch(lane, payload);
    });
  };
  if (!ledger_.append(std::move(draft), std::move(done))) return false;
  ++lane.entries_on_the_way;
  return true;
}

bool Pipeline::append(LaneState& lane, inspection::Statement statement, bool owning_up) {
  const auto number = lane.settings.lane;
  const auto memory = *statement.memory;
  const auto passages = statement.passages, missed = statement.missed;
  // A gap that tells of refused vehicles may come after later entries: the memory never goes back.
  const auto& reached = memory.triggered() >= lane.furthest.triggered() ? memory : lane.furthest;
  ledger::Draft draft;
  draft.kind = statement.kind;
  draft.wall_time_us = clock_.wall().time_since_epoch().count();
  draft.payload = std::move(statement.payload);
  draft.marks = {{mark(number, "number"), std::to_string(reached.number)},
                 {mark(number, "offset"), std::to_string(reached.offset)},
                 {mark(number, "at"), std::to_string(reached.at.time_since_epoch().count())},
                 {mark(number, "dark"), dark_mark(lane)}};  // of changes too that no entry tells of
  draft.counts = {{mark(number, "passages"), static_cast<std::int64_t>(passages)},
                  {mark(number, "missed"), static_cast<std::int64_t>(missed)}};
  if (statement.second) {
    draft.marks["line." + lane.settings.line + ".second"] = std::to_string(statement.second->time_since_epoch().count());
  }
  if (statement.learnt) draft.marks.insert(learnt_mark(number, *statement.learnt));
  auto done = [this, box = mailbox_, &lane, passages, missed, memory, owning_up](const Result<Sequence>& appended) {
    box->post([this, &lane, passages, missed, memory, owning_up, ok = appended.has_value()] {
      lane.passages_on_the_way -= passages;
      lane.missed_on_the_way -= missed;
      --lane.entries_on_the_way;
      if (ok) {
        if (owning_up && lane.untold.vehicles == 0) lane.untold.from.reset();
        return;
      }
      lane.passages -= passages;
      lane.missed -= missed;
      refused(lane, passages + missed, memory);
    });
  };
  if (!ledger_.append(std::move(draft), std::move(done))) return false;
  lane.furthest = reached;
  lane.passages += passages;
  lane.missed += missed;
  lane.passages_on_the_way += passages;
  lane.missed_on_the_way += missed;
  ++lane.entries_on_the_way;
  return true;
}

void Pipeline::refused(LaneState& lane, std::uint64_t vehicles, const assembly::LaneMemory& memory) {
  auto& untold = lane.untold;
  if (vehicles == 0) return;
  if (!untold.from) {
    untold.from = memory.at;
    untold.memory = memory;
    log::error("the ledger takes no entries: measuring goes on, vehicles are counted as missed", {{"LANE", std::to_string(lane.settings.lane)}});
  }
  untold.vehicles += vehicles;
  if (memory.triggered() > untold.memory.triggered()) untold.memory = memory;
}

/// Tells of refused vehicles in a gap entry. False: the ledger still takes nothing.
bool Pipeline::own_up(LaneState& lane) {
  auto& untold = lane.untold;
  if (untold.vehicles == 0) return true;
  v1::Gap gap;
  gap.set_lane(lane.settings.lane);
  gap.set_reason("ledger_refused");
  gap.set_missed(untold.vehicles);
  gap.set_last_number(untold.memory.number);
  *gap.mutable_from() = records::to_timestamp(untold.from.value_or(untold.memory.at));
  *gap.mutable_to() = records::to_timestamp(untold.memory.at);
  inspection::Statement owned{lane.index, v1::Entry::gap, gap.SerializeAsString(), untold.memory, 0, untold.vehicles, {}, gap.reason()};
  if (!append(lane, std::move(owned), true)) return false;
  untold.vehicles = 0;
  return true;
}

std::vector<LaneAccount> Pipeline::accounts() const {
  std::vector<LaneAccount> accounts;
  for (const auto& lane : lanes_) {
    const auto& assembler = inspection_.assembler(lane->index);
    LaneAccount account;
    account.lane = lane->settings.lane;
    account.line = lane->settings.line;
    account.triggered = assembler.triggered();
    account.passages = lane->passages - lane->passages_on_the_way;
    account.missed = lane->missed - lane->missed_on_the_way;
    account.open = assembler.open() + lane->passages_on_the_way + lane->missed_on_the_way + lane->untold.vehicles;
    account.orphans = assembler.orphans();
    accounts.push_back(std::move(account));
  }
  return accounts;
}

}  // namespace exhaust::app
