#include "daemon/app/pipeline.hpp"

#include <algorithm>

#include "daemon/assessment/assess.hpp"
#include "daemon/core/log.hpp"
#include "daemon/records/records.hpp"
#include "daemon/registry/fuel.hpp"

namespace exhaust::app {

namespace {

template <class Number>
Number number_in(const ledger::Marks& marks, const std::string& name) {
  const auto found = marks.find(name);
  return found == marks.end() ? Number{} : static_cast<Number>(std::stoll(found->second));
}

/// While the ledger takes nothing, it is asked again so often.
constexpr Duration kRetryRefused = std::chrono::seconds{1};

/// Names of a lane's marks.
std::string mark(Lane lane, const char* what) { return "lane." + std::to_string(lane) + "." + what; }

std::optional<assembly::LaneMemory> memory_of(const ledger::Marks& marks, Lane lane) {
  if (!marks.contains(mark(lane, "number"))) return std::nullopt;
  return assembly::LaneMemory{number_in<std::uint64_t>(marks, mark(lane, "number")),
                              number_in<std::int64_t>(marks, mark(lane, "offset")),
                              WallTime{std::chrono::microseconds{number_in<std::int64_t>(marks, mark(lane, "at"))}}};
}

}  // namespace

struct Pipeline::LaneState {
  LaneState(assembly::LaneSettings lane_settings, const ledger::Marks& marks)
      : settings(lane_settings),
        assembler(std::move(lane_settings), memory_of(marks, settings.lane)),
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

  assembly::LaneSettings settings;
  assembly::LaneAssembler assembler;
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
    MonotonicTime try_again{};
  } untold;
};

Pipeline::Pipeline(boost::asio::io_context& io, const Clock& clock, ledger::Ledger& ledger, std::string station_id,
                   const std::vector<assembly::LaneSettings>& lanes, const assessment::Standard& standard)
    : clock_(clock),
      ledger_(ledger),
      standard_(standard),
      record_numbers_(std::move(station_id)),
      mailbox_(std::make_shared<Mailbox>(io.get_executor())) {
  const auto marks = ledger.marks();
  for (const auto& lane : lanes) {
    lanes_.push_back(std::make_unique<LaneState>(lane, marks));
    if (const auto used = number_in<std::int64_t>(marks, "line." + lane.line + ".second"); used != 0) {
      record_numbers_.remember(lane.line, std::chrono::sys_seconds{std::chrono::seconds{used}});
    }
  }
}

Pipeline::~Pipeline() { mailbox_->close(); }

/// Only the weather is everybody's; what does not name its lane can belong to the only one there is.
Pipeline::LaneState* Pipeline::lane_of(const Reading& reading) {
  if (reading.lane == 0) return lanes_.size() == 1 ? lanes_.front().get() : nullptr;
  const auto found = std::ranges::find(lanes_, reading.lane, [](const auto& lane) { return lane->settings.lane; });
  return found == lanes_.end() ? nullptr : found->get();
}

void Pipeline::take(const Reading& reading) {
  if (std::holds_alternative<WeatherReading>(reading.body)) {
    for (auto& lane : lanes_) submit(*lane, lane->assembler.take(reading));
  } else if (auto* lane = lane_of(reading)) {
    submit(*lane, lane->assembler.take(reading));
  } else if (without_lane_++ == 0) {
    log::warning("a reading names no lane of this station", {{"DEVICE", reading.device}, {"LANE", std::to_string(reading.lane)}});
  }
}

void Pipeline::tick() {
  const auto now = clock_.monotonic();
  for (auto& lane : lanes_) {
    if (lane->untold.vehicles > 0 && now >= lane->untold.try_again) {
      lane->untold.try_again = now + kRetryRefused;
      own_up(*lane);
    }
    submit(*lane, lane->assembler.tick(now));
  }
}

void Pipeline::finish() {
  for (auto& lane : lanes_) submit(*lane, lane->assembler.finish());
}

bool Pipeline::drained() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->entries_on_the_way == 0 && lane->untold.vehicles == 0; });
}

void Pipeline::submit(LaneState& lane, assembly::Outcomes outcomes) {
  for (auto& [what, memory] : outcomes) {
    if (auto* passage = std::get_if<v1::Passage>(&what)) submit_passage(lane, std::move(*passage), memory);
    else if (const auto* gap = std::get_if<v1::Gap>(&what)) submit_gap(lane, *gap, memory);
    else submit_counting_begins(lane, memory);
  }
}

void Pipeline::submit_passage(LaneState& lane, v1::Passage passage, const assembly::LaneMemory& memory) {
  *passage.mutable_clock() = clock_state_;
  passage.set_record_number(record_numbers_.next(lane.settings.line, memory.at));
  registry::fill_vehicle(passage);
  *passage.mutable_assessment() = assessment::assess(passage, standard_);
  if (!own_up(lane) || !append(lane, v1::Entry::passage, passage.SerializeAsString(), memory, 1, 0)) refused(lane, 1, memory);
}

void Pipeline::submit_gap(LaneState& lane, const v1::Gap& gap, const assembly::LaneMemory& memory) {
  log::warning("vehicles missed", {{"LANE", std::to_string(gap.lane())}, {"MISSED", std::to_string(gap.missed())}, {"REASON", gap.reason()}});
  if (!own_up(lane) || !append(lane, v1::Entry::gap, gap.SerializeAsString(), memory, 0, gap.missed())) refused(lane, gap.missed(), memory);
}

void Pipeline::submit_counting_begins(LaneState& lane, const assembly::LaneMemory& memory) {
  v1::DeviceEvent event;
  event.set_lane(lane.settings.lane);
  event.set_state("up");
  event.set_detail("the gate's count begins after " + std::to_string(memory.number));
  // Without this entry a crash before the first passage would forget where counting began; the next entry says it too.
  (void)append(lane, v1::Entry::device_event, event.SerializeAsString(), memory, 0, 0);
}

bool Pipeline::append(LaneState& lane, std::uint32_t kind, std::string payload, const assembly::LaneMemory& memory,
                      std::uint64_t passages, std::uint64_t missed, bool owning_up) {
  const auto number = lane.settings.lane;
  // A gap that tells of refused vehicles may come after later entries: the memory never goes back.
  const auto& reached = memory.triggered() >= lane.furthest.triggered() ? memory : lane.furthest;
  ledger::Draft draft;
  draft.kind = kind;
  draft.wall_time_us = clock_.wall().time_since_epoch().count();
  draft.payload = std::move(payload);
  draft.marks = {{mark(number, "number"), std::to_string(reached.number)},
                 {mark(number, "offset"), std::to_string(reached.offset)},
                 {mark(number, "at"), std::to_string(reached.at.time_since_epoch().count())}};
  draft.counts = {{mark(number, "passages"), static_cast<std::int64_t>(passages)},
                  {mark(number, "missed"), static_cast<std::int64_t>(missed)}};
  if (passages > 0) {
    const auto used = record_numbers_.used(lane.settings.line).time_since_epoch().count();
    draft.marks["line." + lane.settings.line + ".second"] = std::to_string(used);
  }
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
  *gap.mutable_from() = records::to_timestamp(untold.from.value_or(untold.memory.at));
  *gap.mutable_to() = records::to_timestamp(untold.memory.at);
  if (!append(lane, v1::Entry::gap, gap.SerializeAsString(), untold.memory, 0, untold.vehicles, true)) return false;
  untold.vehicles = 0;
  return true;
}

std::vector<LaneAccount> Pipeline::accounts() const {
  std::vector<LaneAccount> accounts;
  for (const auto& lane : lanes_) {
    LaneAccount account;
    account.lane = lane->settings.lane;
    account.line = lane->settings.line;
    account.triggered = lane->assembler.triggered();
    account.passages = lane->passages - lane->passages_on_the_way;
    account.missed = lane->missed - lane->missed_on_the_way;
    account.open = lane->assembler.open() + lane->passages_on_the_way + lane->missed_on_the_way + lane->untold.vehicles;
    account.orphans = lane->assembler.orphans();
    accounts.push_back(std::move(account));
  }
  return accounts;
}

}  // namespace exhaust::app
