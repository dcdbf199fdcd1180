#include "daemon/assembly/lane_assembler.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "daemon/assembly/reading_state.hpp"
#include "daemon/core/plate.hpp"

namespace exhaust::assembly {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

google::protobuf::Timestamp timestamp(WallTime time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

template <class Message, class Value>
void set(Message& message, void (Message::*setter)(Value), const auto& value) {
  if (value) (message.*setter)(*value);
}

bool is_trigger(const Reading& reading) {
  if (const auto* beam = std::get_if<BeamEvent>(&reading.body)) return beam->edge == BeamEvent::Edge::kBlocked;
  return std::holds_alternative<SpeedReading>(reading.body) && reading.count.has_value();
}

bool solicited(const Reading& reading) {
  const auto* speed = std::get_if<SpeedReading>(&reading.body);
  return speed != nullptr && speed->solicited;
}

void put(v1::Passage& passage, const PlumeReading& plume) { *passage.mutable_plume() = to_message(plume); }
void put(v1::Passage& passage, const SmokeReading& smoke) { *passage.mutable_smoke() = to_message(smoke); }

void put(v1::Passage& passage, const SpeedReading& speed) {
  set(passage, &v1::Passage::set_speed_km_h, speed.speed_km_h);
  set(passage, &v1::Passage::set_acceleration_m_s2, speed.acceleration_m_s2);
  set(passage, &v1::Passage::set_length_m, speed.length_m);
}

void put(v1::Passage& passage, const PlateReading& plate) {
  auto& to = *passage.mutable_plate();
  const auto parsed = parse_plate(plate.raw_text, plate.color);
  to.set_text(parsed.text);
  to.set_raw_text(recordable_text(plate.raw_text));
  to.set_class_(parsed.plate_class);
  to.set_corrected(parsed.corrected);
  to.set_color(plate.color);
  set(to, &v1::Plate::set_confidence, plate.confidence);
}

void put(v1::Passage& passage, const WeatherReading& weather) { *passage.mutable_weather() = to_message(weather); }

void name_source(v1::Passage& passage, const Reading& reading) {
  auto& source = *passage.add_sources();
  source.set_device(reading.device);
  if (reading.frame_sha256) source.set_frame_sha256(reading.frame_sha256->data(), reading.frame_sha256->size());
  if (reading.device_time) *source.mutable_device_time() = timestamp(*reading.device_time);
  if (reading.count) source.set_device_count(*reading.count);
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
    weather_ = reading;
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
  if (open_.empty()) return std::nullopt;
  return open_.front().triggered + settings_.join_window;
}

Outcomes LaneAssembler::finish() {
  Outcomes out;
  while (!open_.empty()) emit_front(out);
  for (; !waiting_.empty(); waiting_.pop_front()) orphan("no_trigger");
  return out;
}

void LaneAssembler::on_trigger(const Reading& reading, Outcomes& out) {
  const auto wall = reading.arrived;
  const bool asked = solicited(reading);
  const std::uint64_t number = reading.count.value_or(last_ + 1);  // a gate without a count is counted by us
  const bool any_heard = !counters_.empty();
  const auto known = counters_.find(reading.device);
  const Counter* before = known == counters_.end() ? nullptr : &known->second;
  const bool interrupted = !any_heard || (before && before->session != reading.session);
  const char* silence = any_heard ? "gate_silent" : "station_stopped";

  if (!counting_) {
    counting_ = true;
    last_ = asked || number == 0 ? number : number - 1;
    offset_ = -static_cast<std::int64_t>(last_);
    last_at_ = wall;
    out.push_back({CountingBegins{}, {last_, offset_, wall}});
  }
  const bool restarted = number < last_ && was_restarted(reading, number, before);
  if (number >= last_ || restarted) counters_[reading.device] = {reading.session, number};
  if (auto* open = find(number)) {  // the same vehicle again, from another device or in answer to a poll
    if (!open->has_speed) fill(*open, reading);
    return;
  }
  if (number == last_) return;
  if (number < last_) {
    if (!restarted) return orphan("late");
    // The gate was restarted: its own count since then is the least that went by. What happened before is not known.
    while (!open_.empty()) emit_front(out);
    offset_ += static_cast<std::int64_t>(last_);
    last_ = 0;
    before_.reset();  // the count begins again: numbers do not tell any more who followed whom
    const std::uint64_t last_missed = asked || number == 0 ? number : number - 1;
    miss(1, last_missed, "gate_restarted", wall, out);
    if (!asked && number > 0) open_passage(number, reading, false);
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
  return solicited(reading) || last_ - number > settings_.jump_limit;
}

void LaneAssembler::open_passage(std::uint64_t number, const Reading& trigger, bool follows) {
  const auto wall = trigger.arrived;
  const bool heard = !trigger.device.empty() && !solicited(trigger);
  // Else it was some time after the one before.
  const auto since = std::max(last_triggered_.value_or(MonotonicTime{}), trigger.delivered - std::min(settings_.join_window, trigger.delivered.time_since_epoch()));
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

void LaneAssembler::on_part(const Reading& reading) {
  if (joined(reading)) return;
  if (reading.count && counting_ && *reading.count <= last_) return orphan("late");
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    orphan("too_many_waiting");
  }
  waiting_.push_back({reading, reading.delivered + (reading.count ? settings_.join_window : settings_.early_window)});
}

/// True: the reading was used, or is an orphan already counted.
bool LaneAssembler::joined(const Reading& reading) {
  if (may_be_of_unheard_front(reading)) {
    orphan("front_unheard");
    return true;
  }
  Open* open = reading.count                                  ? find(*reading.count)
               : own_triggers_.contains(reading.device) ? result_of(reading)
                                                        : nearest(reading);
  if (open == nullptr) return false;
  if (lacks(*open, reading)) {
    fill(*open, reading);
  } else {
    orphan("double");
  }
  return true;
}

LaneAssembler::Open* LaneAssembler::find(std::uint64_t number) {
  const auto found = std::ranges::lower_bound(open_, number, {}, &Open::number);
  return found != open_.end() && found->number == number ? &*found : nullptr;
}

/// The passage without this part whose expected time is nearest to the reading's.
LaneAssembler::Open* LaneAssembler::nearest(const Reading& reading) {
  const bool plume = std::holds_alternative<PlumeReading>(reading.body);
  const Duration delay = plume ? settings_.plume_delay : Duration{0};
  Open* best = nullptr;
  Duration best_distance = Duration::max();
  for (auto& open : open_) {
    const auto since = reading.delivered - open.triggered;
    if (!lacks(open, reading) || since < -settings_.early_window || since > settings_.join_window) continue;
    const auto distance = std::chrono::abs(since - delay);
    if (distance < best_distance) {
      best = &open;
      best_distance = distance;
    }
  }
  return best;
}

bool LaneAssembler::may_be_of_unheard_front(const Reading& reading) const {
  if (reading.count || !own_triggers_.contains(reading.device)) return false;
  const auto opened = opened_.find(reading.device);
  return opened != opened_.end() && reading.delivered - opened->second <= settings_.join_window;
}

/// The passage that a device's result belongs to, when the device has triggered it without a count. It speaks of a vehicle
/// after its trigger, and of a plume after the tail has left the beam (physics.md 5): of several, those first. What came
/// in one frame has one stamp and stays with one vehicle.
LaneAssembler::Open* LaneAssembler::result_of(const Reading& reading) {
  auto& own = own_triggers_.find(reading.device)->second;
  Open* best = nullptr;
  std::pair best_rank{true, Duration::max()};
  for (auto& open : open_) {
    if (open.trigger_device != reading.device) continue;
    if (open.result == reading.delivered) return &open;
    const auto since = reading.delivered - open.triggered;
    if (open.result || since < Duration{0} || since > settings_.join_window) continue;
    if (own.result_after_cleared && !open.cleared) continue;
    const std::pair rank{!open.cleared, std::chrono::abs(since - settings_.plume_delay)};
    if (rank < best_rank) {
      best = &open;
      best_rank = rank;
    }
  }
  if (best == nullptr || own.result == reading.delivered) return nullptr;
  own.result_after_cleared |= best->said_cleared;
  own.result = best->result = reading.delivered;
  return best;
}

void LaneAssembler::on_cleared(const Reading& reading) {
  const auto newest = std::ranges::find_if(open_.rbegin(), open_.rend(), [&](const Open& open) {
    return reading.count ? open.number == *reading.count : open.trigger_device == reading.device;
  });
  // Without one, the passage has closed already, or its front was not heard: there is nothing to lose.
  if (newest == open_.rend()) return;
  if (!newest->tail) newest->tail = reading.delivered;
  newest->cleared = newest->said_cleared = true;
}

bool LaneAssembler::lacks(const Open& open, const Reading& reading) const {
  return std::visit(Overloaded{
                        [&](const PlumeReading&) { return !open.passage.has_plume(); },
                        [&](const SmokeReading&) { return !open.passage.has_smoke(); },
                        [&](const PlateReading&) { return !open.passage.has_plate(); },
                        [&](const SpeedReading&) { return !open.has_speed; },
                        [](const auto&) { return false; },
                    },
                    reading.body);
}

void LaneAssembler::fill(Open& open, const Reading& reading) {
  std::visit(Overloaded{
                 [&](const SpeedReading& speed) {
                   open.has_speed = true;
                   put(open.passage, speed);
                 },
                 [](const WeatherReading&) {},
                 [](const SelfCheckReading&) {},
                 [](const BeamEvent&) {},
                 [&](const auto& part) { put(open.passage, part); },
             },
             reading.body);
  const bool unheard = reading.device.empty();
  if (!unheard) name_source(open.passage, reading);
}

void LaneAssembler::adopt_waiting() {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return joined(waiting.reading); });
}

bool LaneAssembler::complete(const Open& open) const {
  const auto& passage = open.passage;
  return open.has_speed && (passage.has_plume() || !settings_.expects_plume) &&
         (passage.has_smoke() || !settings_.expects_smoke) && (passage.has_plate() || !settings_.expects_plate);
}

void LaneAssembler::close_due(MonotonicTime now, Outcomes& out) {
  while (!open_.empty() && (complete(open_.front()) || open_.front().triggered + settings_.join_window < now)) {
    emit_front(out);
  }
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (waiting.until >= now) return false;
    orphan("no_trigger");
    return true;
  });
}

void LaneAssembler::emit_front(Outcomes& out) {
  auto& open = open_.front();
  if (weather_ && open.triggered - weather_->delivered <= settings_.weather_age) {
    put(open.passage, std::get<WeatherReading>(weather_->body));
    name_source(open.passage, *weather_);
  }
  note_neighbours(open);
  out.push_back({std::move(open.passage), {open.number, offset_, open.at}});
  open_.pop_front();
}

}  // namespace exhaust::assembly
