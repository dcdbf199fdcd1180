// Which vehicle a reading belongs to: docs/adr/0008-the-nearest-vehicle-or-nobody.md.
#include <algorithm>
#include <bit>
#include <utility>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/passage_parts.hpp"

namespace exhaust::assembly {

namespace {

/// Not a picture without a plate.
bool says_something(const Reading& reading) {
  const auto* plate = std::get_if<PlateReading>(&reading.body);
  return plate == nullptr || !parse_plate(plate->raw_text, plate->color).text.empty();
}

}  // namespace

void LaneAssembler::on_part(const Reading& reading) {
  if (is_part(reading)) {
    if (reading.count)
      on_counted(reading);
    else if (own_triggers_.contains(reading.device))
      on_own_result(reading);
    else
      on_uncounted(reading);
  }
}

void LaneAssembler::wait(const Reading& reading, MonotonicTime until) {
  if (waiting_.size() == kMostWaiting) {
    waiting_.pop_front();
    orphan("too_many_waiting");
  }
  waiting_.push_back({reading, until});
}

/// The count says whose it is, however late or early: there is nothing to confuse.
void LaneAssembler::on_counted(const Reading& reading) {
  if (const auto* plate = std::get_if<PlateReading>(&reading.body)) remember_plate(reading, *plate);
  if (auto* open = find(*reading.count)) return give(*open, reading);
  if (counting_ && *reading.count <= last_) return orphan("late");
  wait(reading, reading.delivered + settings_.join_window);
}

LaneAssembler::Open* LaneAssembler::find(std::uint64_t number) {
  const auto found = std::ranges::lower_bound(open_, number, {}, &Open::number);
  return found != open_.end() && found->number == number ? &*found : nullptr;
}

void LaneAssembler::give(Open& open, const Reading& reading, std::optional<Duration> distance) {
  if (lacks(open, reading)) return fill(open, reading, distance.value_or(Duration{0}));
  // Another vehicle's reading came first: this one fits far better.
  if (distance && *distance + settings_.certain_by <= origin(open, reading).distance &&
      says_something(reading)) {
    replace(open, reading);
    origin(open, reading).distance = *distance;
    return orphan("off_time");  // the first one
  }
  const auto* plate = std::get_if<PlateReading>(&reading.body);
  if (plate == nullptr || !takes_second_plate(open, reading, *plate)) orphan("double");
}

/// A device that has triggered without a count speaks of its own fronts, in their order.
void LaneAssembler::on_own_result(const Reading& reading) {
  if (may_be_of_unheard_front(reading)) return orphan("front_unheard");
  if (auto* open = result_of(reading)) return give(*open, reading);
  wait(reading, reading.delivered + settings_.early_window);
}

void LaneAssembler::on_uncounted(const Reading& reading) {
  if (const auto* plate = std::get_if<PlateReading>(&reading.body)) {
    const auto text = parse_plate(plate->raw_text, plate->color);
    if (was_said_already(reading, *plate, text)) return;
    remember_plate(reading, *plate);
    if (belongs_to_its_trailer(reading, text)) return;
  }
  const auto fit = fit_of(reading);
  if (fit && fit->until <= reading.delivered) return settle(reading, fit);
  wait(reading, fit ? fit->until : reading.delivered + settings_.early_window);
}

/// How long after its front a device usually speaks of a vehicle; of its plume, after its tail, where the
/// gate tells that.
Duration LaneAssembler::usual_delay(const Reading& reading) const {
  if (std::holds_alternative<PlumeReading>(reading.body)) return settings_.plume_delay;
  if (std::holds_alternative<SmokeReading>(reading.body)) return settings_.smoke_delay;
  if (std::holds_alternative<PlateReading>(reading.body)) return settings_.plate_delay;
  return Duration{0};
}

/// The vehicle whose front lies nearest to where this reading's should be, of all that went by in the window,
/// closed ones too; absent: there is none.
std::optional<LaneAssembler::Fit> LaneAssembler::fit_of(const Reading& reading) {
  const auto expected = reading.delivered - usual_delay(reading);
  std::optional<Fit> best;
  Duration second = Duration::max();
  const bool of_plume = (part_of(reading) & (kPlumePart | kSmokePart)) != 0;
  const auto consider = [&](MonotonicTime earliest, MonotonicTime triggered,
                            std::optional<MonotonicTime> tail, Open* open, const Past* past) {
    if (earliest - reading.delivered > settings_.early_window ||
        reading.delivered - triggered > settings_.join_window)
      return;
    if (of_plume && tail)
      earliest = triggered = *tail;  // a long one's plume comes long after its front (physics.md 5)
    auto distance = expected < earliest    ? earliest - expected
                    : expected > triggered ? expected - triggered
                                           : Duration{0};
    // A front that was not heard at its time may have been anywhere: it fits a lot, but loosely.
    if (earliest != triggered) distance += 2 * settings_.certain_by;
    if (best && distance >= best->distance) {
      second = std::min(second, distance);
      return;
    }
    if (best) second = best->distance;
    best = Fit{open, past, distance, false, {}};
  };
  for (const auto& past : past_) consider(past.earliest, past.triggered, past.tail, nullptr, &past);
  for (auto& open : open_) consider(open.earliest, open.triggered, open.tail, &open, nullptr);
  static const Past kNow{{}, {}, 0, true, {}};
  if (deaf_since_) consider(*deaf_since_, reading.delivered + settings_.early_window, {}, nullptr, &kNow);
  if (!best) return best;
  best->certain = second == Duration::max() || second - best->distance >= settings_.certain_by;
  // A front that comes later than this is further off, by enough.
  best->until =
      std::min(reading.delivered + settings_.early_window, expected + best->distance + settings_.certain_by);
  return best;
}

void LaneAssembler::settle(const Reading& reading, const std::optional<Fit>& fit) {
  if (!fit) return orphan("no_trigger");
  if (!fit->certain) return orphan("ambiguous");
  const bool plate = std::holds_alternative<PlateReading>(reading.body);
  if (plate && fit->distance > settings_.plate_window) return orphan("off_time");
  if (fit->past != nullptr && fit->past->unheard) return orphan("front_unheard");
  if (fit->past != nullptr) return orphan((fit->past->parts & part_of(reading)) != 0 ? "double" : "late");
  give(*fit->open, reading, fit->distance);
}

/// A new vehicle is there: some may have waited for it.
void LaneAssembler::adopt_waiting() {
  auto waiting = std::exchange(waiting_, {});
  for (auto& [reading, until] : waiting) {
    if (reading.count) {
      if (auto* open = find(*reading.count))
        give(*open, reading);
      else if (*reading.count <= last_)
        orphan("late");
      else
        waiting_.push_back({std::move(reading), until});
    } else if (own_triggers_.contains(reading.device)) {
      if (may_be_of_unheard_front(reading))
        orphan("front_unheard");
      else if (auto* open = result_of(reading))
        give(*open, reading);
      else
        waiting_.push_back({std::move(reading), until});
    } else {
      const auto fit = fit_of(reading);
      if (fit && fit->until <= last_triggered_)
        settle(reading, fit);
      else
        waiting_.push_back({std::move(reading), fit ? fit->until : until});
    }
  }
}

/// The first of those that have waited long enough, if `until` lies before `now`.
bool LaneAssembler::end_a_wait(MonotonicTime now) {
  const auto first = std::ranges::min_element(waiting_, {}, &Waiting::until);
  if (first == waiting_.end() || first->until >= now) return false;
  const auto reading = std::move(first->reading);
  waiting_.erase(first);
  if (reading.count || own_triggers_.contains(reading.device))
    orphan("no_trigger");
  else
    settle(reading, fit_of(reading));
  return true;
}

bool LaneAssembler::may_be_of_unheard_front(const Reading& reading) const {
  const auto opened = opened_.find(reading.device);
  return opened != opened_.end() && reading.delivered - opened->second <= settings_.join_window;
}

/// The passage that a device's result belongs to, when the device has triggered it without a count. It speaks
/// of a vehicle after its trigger, and of a plume after the tail has left the beam (physics.md 5): of
/// several, those first. What came in one frame has one stamp and stays with one vehicle.
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
  return (parts_in(open) & part_of(reading)) == 0;
}

std::uint32_t LaneAssembler::parts_in(const Open& open) {
  const auto& passage = open.passage;
  return (passage.has_plume() ? kPlumePart : 0u) | (passage.has_smoke() ? kSmokePart : 0u) |
         (passage.has_plate() ? kPlatePart : 0u) | (open.has_speed ? kSpeedPart : 0u);
}

LaneAssembler::Origin& LaneAssembler::origin(Open& open, const Reading& reading) {
  return open
      .origins[static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(part_of(reading))))];
}

void LaneAssembler::replace(Open& open, const Reading& reading) {
  put(open.passage, reading);
  const auto source = origin(open, reading).source;
  if (source < static_cast<std::uint32_t>(open.passage.sources_size()))
    *open.passage.mutable_sources(static_cast<int>(source)) = source_of(reading);
}

void LaneAssembler::fill(Open& open, const Reading& reading, Duration distance) {
  put(open.passage, reading);
  open.has_speed |= part_of(reading) == kSpeedPart;
  if (is_part(reading))
    origin(open, reading) = {static_cast<std::uint32_t>(open.passage.sources_size()), distance};
  const bool unheard = reading.device.empty();
  if (!unheard) *open.passage.add_sources() = source_of(reading);
}

}  // namespace exhaust::assembly
