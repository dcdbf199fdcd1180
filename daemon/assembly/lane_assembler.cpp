#include "daemon/assembly/lane_assembler.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "daemon/assembly/passage_parts.hpp"

namespace exhaust::assembly {

namespace {

google::protobuf::Timestamp timestamp(WallTime time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

}  // namespace

LaneAssembler::LaneAssembler(LaneSettings settings, std::optional<LaneMemory> memory) : settings_(std::move(settings)) {
  if (!memory) return;
  counting_ = true;
  last_ = memory->number;
  offset_ = memory->offset;
  last_at_ = memory->at;
}

std::uint64_t LaneAssembler::triggered() const {
  return counting_ ? static_cast<std::uint64_t>(LaneMemory{last_, offset_, last_at_}.triggered()) : 0;
}

Outcomes LaneAssembler::take(const Reading& reading) {
  Outcomes out;
  close_due(reading.delivered, out);  // what was due before this reading came is closed without it
  if (std::holds_alternative<WeatherReading>(reading.body)) {
    on_weather(reading);
  } else if (is_trigger(reading)) {
    on_trigger(reading, out);
  } else if (std::holds_alternative<BeamEvent>(reading.body)) {
    on_cleared(reading);
  } else {
    on_part(reading);
  }
  close_due(reading.delivered, out);
  return out;
}

Outcomes LaneAssembler::tick(MonotonicTime now) {
  Outcomes out;
  close_due(now, out);
  return out;
}

std::optional<MonotonicTime> LaneAssembler::due() const {
  std::optional<MonotonicTime> first;
  if (!open_.empty()) first = open_.front().triggered + settings_.join_window;
  for (const auto& waiting : waiting_) first = std::min(first.value_or(waiting.until), waiting.until);
  return first;
}

Outcomes LaneAssembler::finish() {
  Outcomes out;
  while (end_a_wait(MonotonicTime::max())) {
  }
  while (!open_.empty()) emit_front(out);
  return out;
}

void LaneAssembler::on_trigger(const Reading& reading, Outcomes& out) {
  const auto wall = reading.arrived;
  const bool asked = is_solicited(reading);
  const std::uint64_t number = reading.count.value_or(last_ + 1);  // a gate without a count is counted by us
  const bool any_heard = !counters_.empty();
  const auto known = counters_.find(reading.device);
  const Counter* before = known == counters_.end() ? nullptr : &known->second;
  const bool interrupted = !any_heard || (before && before->session != reading.session);
  const char* silence = any_heard ? "gate_silent" : "station_stopped";

  const bool began = !counting_;
  if (began) {
    counting_ = true;
    last_ = asked || number == 0 ? number : number - 1;
    offset_ = -static_cast<std::int64_t>(last_);
    last_at_ = wall;
    out.push_back({CountingBegins{}, {last_, offset_, wall}});
  }
  const bool restarted = number < last_ && was_restarted(reading, number, before);
  if (number >= last_ || restarted) counters_[reading.device] = {reading.session, number};
  const bool says_more = part_of(reading) != kNoPart;
  if (auto* open = find(number)) {  // the same vehicle again, from another device or in answer to a poll
    if (says_more && !open->has_speed) fill(*open, reading);
    else if (says_more) orphan("repeated");
    return;
  }
  if (number == last_) {
    if (says_more) orphan(began ? "late" : "repeated");
    return;
  }
  if (number < last_) {
    if (!restarted && says_more) orphan("late");
    if (!restarted) return;
    // The gate was restarted: its own count since then is the least that went by. What happened before is not known.
    while (!open_.empty()) emit_front(out);
    offset_ += static_cast<std::int64_t>(last_);
    last_ = 0;
    before_.reset();  // the count begins again: numbers do not tell any more who followed whom
    const std::uint64_t last_missed = asked || number == 0 ? number : number - 1;
    miss(1, last_missed, "gate_restarted", wall, out);
    if (!asked && number > 0) open_passage(number, reading, false);
    else if (says_more) orphan("vehicle_missed");
    adopt_waiting();
    return;
  }

  if (!reading.count) {
    own_triggers_.try_emplace(reading.device);
    for (auto& open : open_) open.cleared |= open.trigger_device == reading.device;
  }
  const std::uint64_t skipped = number - last_ - 1;
  if (interrupted) {
    // In answer to our first question the gate names a vehicle that went by before we listened.
    miss(last_ + 1, asked ? number : number - 1, silence, wall, out);
    if (!asked) open_passage(number, reading, reading.count.has_value());
    else if (says_more) orphan("vehicle_missed");
  } else if (skipped > settings_.jump_limit || open_.size() + skipped >= kMostOpen) {
    miss(last_ + 1, number - 1, "gate_count_jumped", wall, out);
    open_passage(number, reading, true);
  } else {
    // The gate's report was lost on the wire, but the vehicle was not: it has the time at which we learnt of it.
    Reading unheard;
    unheard.delivered = reading.delivered;
    unheard.arrived = reading.arrived;
    unheard.body = BeamEvent{};
    while (last_ + 1 < number) open_passage(last_ + 1, unheard, true);
    open_passage(number, reading, true);
  }
  adopt_waiting();
}

/// A count below the last one is a gate that began again only when that device itself has fallen back, in answer to a
/// question or by a lot; else it is an old report said twice, or another device that lags behind.
bool LaneAssembler::was_restarted(const Reading& reading, std::uint64_t number, const Counter* before) const {
  if (before != nullptr ? number >= before->number : !counters_.empty()) return false;
  return is_solicited(reading) || last_ - number > settings_.jump_limit;
}

void LaneAssembler::open_passage(std::uint64_t number, const Reading& trigger, bool follows) {
  const auto wall = trigger.arrived;
  const bool heard = !trigger.device.empty() && !is_solicited(trigger);
  // Else it was some time after the one before; of several that were learnt of together, after the last one known earlier.
  const bool together = !open_.empty() && open_.back().triggered == trigger.delivered;
  const auto after = together ? open_.back().earliest : last_triggered_.value_or(MonotonicTime{});
  const auto since = std::min(std::max(after, long_before(trigger.delivered)), trigger.delivered - Duration{1});
  last_triggered_ = trigger.delivered;
  last_ = number;
  last_at_ = wall;
  auto& open = open_.emplace_back();
  open.number = number;
  open.triggered = trigger.delivered;
  open.earliest = heard ? trigger.delivered : since;
  open.follows = follows;
  open.at = wall;
  auto& passage = open.passage;
  open.trigger_device = trigger.device;
  passage.set_line(settings_.line);
  passage.set_lane(settings_.lane);
  passage.set_slope_deg(settings_.slope_deg);
  passage.set_vehicle_number(number);
  *passage.mutable_detected_at() = timestamp(wall);
  note_conditions(passage);
  fill(open, trigger);
}

void LaneAssembler::miss(std::uint64_t first, std::uint64_t last, const char* reason, WallTime wall, Outcomes& out) {
  if (first > last) return;
  while (!open_.empty()) emit_front(out);  // entries stay in the order of the count
  v1::Gap gap;
  gap.set_lane(settings_.lane);
  gap.set_reason(reason);
  *gap.mutable_from() = timestamp(last_at_);
  *gap.mutable_to() = timestamp(wall);
  gap.set_missed(last - first + 1);
  gap.set_first_number(first);
  gap.set_last_number(last);
  last_ = last;
  last_at_ = wall;
  out.push_back({std::move(gap), {last_, offset_, wall}});
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    const bool missed = waiting.reading.count && *waiting.reading.count >= first && *waiting.reading.count <= last;
    if (missed) orphan("vehicle_missed");
    return missed;
  });
}

bool LaneAssembler::complete(const Open& open) const {
  const auto& passage = open.passage;
  return open.has_speed && (passage.has_plume() || !settings_.expects_plume) &&
         (passage.has_smoke() || !settings_.expects_smoke) && (passage.has_plate() || !settings_.expects_plate);
}

/// In the order of time, however seldom somebody looks. What a reading waits for comes before what closes at the same time.
void LaneAssembler::close_due(MonotonicTime now, Outcomes& out) {
  while (true) {
    const bool full = !open_.empty() && complete(open_.front());
    const auto deadline = open_.empty() ? MonotonicTime::max() : open_.front().triggered + settings_.join_window;
    if (full) {
      emit_front(out);
    } else if (!end_a_wait(deadline < now ? deadline + Duration{1} : now)) {
      if (deadline >= now) return;
      emit_front(out);
    }
  }
}

/// Stations tell wind and air in readings of their own.
void LaneAssembler::on_weather(const Reading& reading) {
  weather_.push_back(reading);
  WeatherReading given;
  std::vector<Reading> kept;
  for (auto& one : weather_ | std::views::reverse) {
    if (add_missing(given, std::get<WeatherReading>(one.body))) kept.push_back(std::move(one));
  }
  std::ranges::reverse(kept);
  weather_ = std::move(kept);
}

void LaneAssembler::emit_front(Outcomes& out) {
  auto& open = open_.front();
  for (const auto& weather : weather_) {
    if (open.triggered - weather.delivered > settings_.weather_age) continue;
    put(open.passage, std::get<WeatherReading>(weather.body));
    *open.passage.add_sources() = source_of(weather);
  }
  note_neighbours(open);
  remember_past({open.earliest, open.triggered, parts_in(open), false, open.tail});
  out.push_back({std::move(open.passage), {open.number, offset_, open.at}});
  open_.pop_front();
}

}  // namespace exhaust::assembly
