#include "daemon/inspection/inspection.hpp"

#include <algorithm>

#include "daemon/core/log.hpp"
#include "daemon/core/plate.hpp"
#include "daemon/registry/fuel.hpp"

namespace exhaust::inspection {

namespace {

Lane lane_named_in(const v1::QualityChange& change) {
  switch (change.what_case()) {
    case v1::QualityChange::kRecorded: return change.recorded().lane();
    case v1::QualityChange::kAuditStarted: return change.audit_started().lane();
    case v1::QualityChange::kAuditStopped: return change.audit_stopped().lane();
    case v1::QualityChange::kDisturbed: return change.disturbed().lane();
    default: return 0;
  }
}

}  // namespace

struct Inspection::LaneState {
  LaneState(std::size_t its_index, const assembly::LaneSettings& lane_settings, assembly::Moment start, const LanePast& past,
            const quality::LanePlan& plan)
      : index(its_index),
        settings(lane_settings),
        assembler(lane_settings, past.memory),
        watch(lane_settings, start, past.dark_since),
        control(plan, lane_settings.lane, lane_settings.line, start.wall, past.quality) {}

  bool dark() const { return watch.dark_since().has_value(); }

  std::size_t index;
  assembly::LaneSettings settings;
  assembly::LaneAssembler assembler;
  assembly::LaneWatch watch;
  quality::LaneControl control;
};

Inspection::Inspection(std::string station_id, const std::vector<assembly::LaneSettings>& lanes,
                       const assessment::StandardSet& standards, assembly::Moment start, const std::vector<LanePast>& past,
                       const std::vector<quality::LanePlan>& plans)
    : standards_(standards), record_numbers_(std::move(station_id)) {
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    lanes_.push_back(std::make_unique<LaneState>(i, lanes[i], start, past[i], plans.empty() ? quality::LanePlan{} : plans[i]));
    if (past[i].second) record_numbers_.remember(lanes[i].line, *past[i].second);
  }
}

Inspection::~Inspection() = default;

const assembly::LaneAssembler& Inspection::assembler(std::size_t lane) const { return lanes_[lane]->assembler; }
const assembly::LaneWatch& Inspection::watch(std::size_t lane) const { return lanes_[lane]->watch; }
const quality::LaneControl& Inspection::control(std::size_t lane) const { return lanes_[lane]->control; }

const quality::Tolerances& Inspection::tolerances(Lane lane) const {
  return (*std::ranges::find(lanes_, lane, [](const auto& one) { return one->settings.lane; }))->control.tolerances();
}

void Inspection::tell_vehicles_by(const registry::FuelRules& rules, registry::Vehicles* vehicles) {
  fuel_rules_ = rules;
  vehicles_ = vehicles;
}

/// Only the weather is everybody's; what does not name its lane can belong to the only one there is.
Inspection::LaneState* Inspection::lane_of(const Reading& reading) {
  if (reading.lane == 0) return lanes_.size() == 1 ? lanes_.front().get() : nullptr;
  const auto found = std::ranges::find(lanes_, reading.lane, [](const auto& lane) { return lane->settings.lane; });
  return found == lanes_.end() ? nullptr : found->get();
}

Statements Inspection::take(const Reading& reading) {
  Statements out;
  advance(reading.delivered, out);
  for (auto& lane : lanes_) state(*lane, lane->control.moment(reading.delivered, reading.arrived, lane->dark()), out);
  if (std::holds_alternative<WeatherReading>(reading.body)) {
    for (auto& lane : lanes_) state(*lane, lane->assembler.take(reading), out);
  } else if (auto* lane = lane_of(reading); lane != nullptr && std::holds_alternative<SelfCheckReading>(reading.body)) {
    const auto& check = std::get<SelfCheckReading>(reading.body);
    state(*lane, lane->control.self_check(reading.device, check.passed, recordable_text(check.remark), reading.arrived), out);
  } else if (lane != nullptr) {
    state(*lane, lane->assembler.take(reading), out);
  } else if (without_lane_++ == 0) {
    log::warning("a reading names no lane of this station", {{"DEVICE", reading.device}, {"LANE", std::to_string(reading.lane)}});
  }
  return out;
}

Statements Inspection::tick(MonotonicTime now) {
  Statements out;
  advance(now, out);
  for (auto& lane : lanes_) state(*lane, lane->assembler.tick(now), out);  // and readings that nobody waits for any more
  return out;
}

Statements Inspection::set_clock_state(v1::ClockState state, MonotonicTime now) {
  Statements out;
  advance(now, out);
  clock_state_ = std::move(state);
  return out;
}

Statements Inspection::device_changed(const std::string& device, std::string_view word, std::string_view detail, assembly::Moment now) {
  Statements out;
  advance(now.at, out);
  const bool answers = word == "up" || word == "degraded";
  for (auto& lane : lanes_) {
    lane->assembler.device_changed(device, word, detail, now.at);
    if (lane->dark()) lane->control.spoil_hour();
    state(*lane, lane->watch.device_changed(device, answers, now), out);
    if (lane->dark()) lane->control.spoil_hour();
  }
  return out;
}

Result<void> Inspection::acceptable(const v1::QualityChange& change, assembly::Moment now) const {
  const auto found = std::ranges::find(lanes_, lane_named_in(change), [](const auto& lane) { return lane->settings.lane; });
  if (found != lanes_.end()) return (*found)->control.acceptable(change, now.wall);
  return fail(ErrorKind::kRefused, "this station has no lane " + std::to_string(lane_named_in(change)));
}

Statements Inspection::quality_changed(const v1::QualityChange& change, assembly::Moment now) {
  Statements out;
  advance(now.at, out);
  const auto found = std::ranges::find(lanes_, lane_named_in(change), [](const auto& lane) { return lane->settings.lane; });
  if (found != lanes_.end()) state(**found, (*found)->control.changed(change, now.wall), out);
  return out;
}

Statements Inspection::finish(assembly::Moment now) {
  Statements out;
  advance(now.at, out);
  for (auto& lane : lanes_) state(*lane, lane->assembler.finish(), out);
  for (auto& lane : lanes_) state(*lane, lane->watch.finish(now), out);
  return out;
}

/// Lanes share clock state and, where they share a line, record numbers: so their deadlines pass in one order, that of
/// time, however seldom somebody looks.
void Inspection::advance(MonotonicTime now, Statements& out) {
  while (true) {
    LaneState* first = nullptr;
    std::optional<MonotonicTime> earliest;
    enum class Of { kAssembler, kWatch, kControl } of = Of::kAssembler;
    const auto consider = [&](LaneState& lane, std::optional<MonotonicTime> due, Of whose) {
      if (!due || *due >= now || (earliest && *due >= *earliest)) return;
      first = &lane;
      earliest = due;
      of = whose;
    };
    for (auto& lane : lanes_) {
      consider(*lane, lane->assembler.due(), Of::kAssembler);
      consider(*lane, lane->watch.due(), Of::kWatch);
      consider(*lane, lane->control.due(), Of::kControl);
    }
    if (first == nullptr) return;
    const auto just_after = *earliest + Duration{1};
    switch (of) {
      case Of::kAssembler: state(*first, first->assembler.tick(just_after), out); break;
      case Of::kWatch: state(*first, first->watch.tick(just_after), out); break;
      case Of::kControl: state(*first, first->control.tick(first->dark()), out); break;
    }
  }
}

void Inspection::state(LaneState& lane, assembly::Outcomes outcomes, Statements& out) {
  for (auto& [what, memory] : outcomes) {
    if (auto* closed = std::get_if<v1::Passage>(&what)) {
      state(lane, std::move(*closed), memory, out);
    } else if (const auto* gap = std::get_if<v1::Gap>(&what)) {
      out.push_back({lane.index, v1::Entry::gap, gap->SerializeAsString(), memory, 0, gap->missed(), {}, gap->reason()});
    } else {
      v1::DeviceEvent event;
      event.set_lane(lane.settings.lane);
      event.set_state("up");
      event.set_detail("the gate's count begins after " + std::to_string(memory.number));
      event.set_count_begins_after(memory.number);
      out.push_back({lane.index, v1::Entry::device_event, event.SerializeAsString(), memory, 0, 0, {}, {}});
    }
  }
}

void Inspection::state(LaneState& lane, std::vector<v1::Gap> gaps, Statements& out) {
  for (const auto& gap : gaps) {
    out.push_back({lane.index, v1::Entry::gap, gap.SerializeAsString(), std::nullopt, 0, 0, {}, gap.reason()});
  }
}

void Inspection::state(LaneState& lane, quality::SaidAll said, Statements& out) {
  for (auto& one : said) {
    Statement statement{lane.index, one.kind, std::move(one.payload), std::nullopt, 0, 0, {}, {}};
    statement.quality = std::move(one.state);
    statement.amends = std::move(one.amends);
    out.push_back(std::move(statement));
  }
}

void Inspection::state(LaneState& lane, v1::Passage passage, const assembly::LaneMemory& memory, Statements& out) {
  *passage.mutable_clock() = clock_state_;
  passage.set_record_number(record_numbers_.next(lane.settings.line, memory.at));
  registry::fill_vehicle(passage, fuel_rules_, vehicles_);
  state(lane, lane.control.before(passage, lane.settings.plume_from), out);
  *passage.mutable_assessment() = assessment::assess(passage, standards_);
  out.push_back({lane.index, v1::Entry::passage, passage.SerializeAsString(), memory, 1, 0, record_numbers_.used(lane.settings.line), {}});
  out.back().learnt = lane.control.learnt();
  state(lane, lane.control.after(passage), out);
}

v1::InspectionState Inspection::save() const {
  v1::InspectionState state;
  *state.mutable_clock() = clock_state_;
  for (const auto& lane : lanes_) {
    auto& to = *state.add_lanes();
    lane->assembler.save(to);
    lane->watch.save(*to.mutable_watch());
    lane->control.save(to);
  }
  for (const auto& [line, second] : record_numbers_.all()) {
    auto& to = *state.add_lines();
    to.set_line(line);
    to.set_second(second.time_since_epoch().count());
  }
  return state;
}

Result<void> Inspection::restore(const v1::InspectionState& state) {
  if (static_cast<std::size_t>(state.lanes_size()) != lanes_.size()) {
    return fail(ErrorKind::kDamaged, "the state has " + std::to_string(state.lanes_size()) + " lanes, the settings " + std::to_string(lanes_.size()));
  }
  clock_state_ = state.clock();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const auto& from = state.lanes(static_cast<int>(i));
    if (auto restored = lanes_[i]->assembler.restore(from); !restored) return restored;
    if (auto restored = lanes_[i]->watch.restore(from.watch()); !restored) return restored;
    if (auto restored = lanes_[i]->control.restore(from); !restored) return restored;
  }
  for (const auto& line : state.lines()) {
    if (line.second() < 0 || line.second() > 253'402'300'799) return fail(ErrorKind::kDamaged, "a record number's second is out of range");
    record_numbers_.remember(line.line(), std::chrono::sys_seconds{std::chrono::seconds{line.second()}});
  }
  return {};
}

}  // namespace exhaust::inspection
