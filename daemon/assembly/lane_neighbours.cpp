// What a passage says of the vehicles around it, and of the devices that were not well.
#include <algorithm>
#include <array>
#include <utility>

#include "daemon/assembly/lane_assembler.hpp"
#include "daemon/assembly/passage_parts.hpp"
#include "daemon/core/plate.hpp"

namespace exhaust::assembly {

namespace {

/// A device's own words, short enough to stand in each passage while it lasts.
std::string short_text(std::string_view detail) {
  constexpr std::size_t kMost = 160;
  auto text = recordable_text(detail);
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // never inside a character
  return text.substr(0, end);
}

}  // namespace

void LaneAssembler::device_changed(const std::string& device, std::string_view state, std::string_view detail,
                                   MonotonicTime at) {
  if (state == "up" || state == "degraded")
    opened_.try_emplace(device, at);
  else
    opened_.erase(device);
  note_hearing(at);
  if (!is_of_lane(device)) return;
  if (state != "degraded" && state != "down") {
    conditions_.erase(device);
    return;
  }
  auto& condition = conditions_[device];
  condition.set_device(device);
  condition.set_state(std::string(state));
  condition.set_detail(short_text(detail));
  for (auto& open : open_) note_conditions(open.passage);
}

/// While no device that triggers is heard, vehicles go by that nobody knows of, and their readings must not
/// become those of the last one that was heard. That it is silent is noticed late: so this begins with that
/// vehicle.
void LaneAssembler::note_hearing(MonotonicTime at) {
  const auto& by = settings_.triggered_by;
  const bool hears =
      by.empty() || std::ranges::any_of(by, [&](const auto& device) { return opened_.contains(device); });
  const bool heard = std::exchange(hears_, hears);
  if (heard && !hears) {
    deaf_since_ = std::max(last_triggered_.value_or(MonotonicTime{}), long_before(at));
  } else if (hears && deaf_since_) {
    remember_past({*deaf_since_, at, 0, true});
    deaf_since_.reset();
  }
}

/// A join window before, and never before the beginning of time.
MonotonicTime LaneAssembler::long_before(MonotonicTime at) const {
  return at - std::min(settings_.join_window, at.time_since_epoch());
}

/// A reading waits for its decision an early window at the most, and is nobody's a join window after the
/// front.
void LaneAssembler::remember_past(Past past) {
  const auto is_over = [&](const Past& one) {
    return one.triggered + settings_.join_window + settings_.early_window < past.triggered;
  };
  std::erase_if(past_, is_over);
  if (past_.size() == kMostPast) past_.pop_front();
  past_.push_back(past);
}

bool LaneAssembler::is_of_lane(const std::string& device) const {
  const auto& lane = settings_;
  return std::ranges::any_of(
      std::array{&lane.triggered_by, &lane.plume_from, &lane.smoke_from, &lane.plate_from},
      [&](const auto* devices) { return std::ranges::find(*devices, device) != devices->end(); });
}

/// In the time of one passage the worst counts: what was down and is degraded now was down.
void LaneAssembler::note_conditions(v1::Passage& passage) const {
  for (const auto& [device, condition] : conditions_) {
    const auto noted = std::ranges::find(*passage.mutable_conditions(), device,
                                         [](const auto& one) { return one.device(); });
    if (noted == passage.mutable_conditions()->end()) {
      *passage.add_conditions() = condition;
    } else if (noted->state() != "down") {
      *noted = condition;
    }
  }
}

/// When a passage closes. By delivery stamps alone, so that a replay says the same.
void LaneAssembler::note_neighbours(Open& open) {
  v1::Neighbours neighbours;
  const auto seconds = [this](Duration duration) {
    return std::chrono::duration<double>(duration).count() * settings_.time_scale;
  };
  const auto front = open.front();
  if (before_ && open.follows && before_->number + 1 == open.number) {
    if (before_->front && front) neighbours.set_before_s(seconds(*front - *before_->front));
    if (before_->co2_excess_percent) neighbours.set_before_co2_excess_percent(*before_->co2_excess_percent);
  }
  if (open.passage.has_trailer_plate()) neighbours.set_trailer(true);
  const Open* next = open_.size() > 1 && &open == &open_.front() ? &open_[1] : nullptr;
  if (next != nullptr && next->follows && next->number == open.number + 1) {
    if (is_trailer_of(next->passage.plate().text(), open.passage.plate().text()))
      neighbours.set_trailer(true);
    if (const auto after = next->front()) {
      if (front) neighbours.set_after_s(seconds(*after - *front));
      if (open.tail) neighbours.set_clear_s(seconds(*after - *open.tail));
    }
  }
  if (neighbours.ByteSizeLong() > 0) *open.passage.mutable_neighbours() = std::move(neighbours);
  const auto& plume = open.passage.plume();
  before_ = {open.number, front,
             plume.has_co2_excess_percent() ? std::optional(plume.co2_excess_percent()) : std::nullopt};
}

}  // namespace exhaust::assembly
